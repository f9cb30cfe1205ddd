"""The step Replay: what the draft or the existing rules would do to the traffic that was seen."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from nsgflow_core.charts.flows import DENIED_COLOUR
from nsgflow_core.errors import BadFilter
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.rules.proof.completeness import refused
from nsgflow_core.rules.replay.against import decided_otherwise
from nsgflow_core.rules.replay.disagreements import disagreements
from nsgflow_core.rules.replay.held_out import hold_out
from nsgflow_core.rules.replay.outcome import Outcome, is_new
from nsgflow_core.rules.replay.replay import REPLAYED, totals
from nsgflow_core.rules.replay.services import by_service
from nsgflow_core.rules.replay.verdict import not_decided, verdict_on
from nsgflow_core.ui.frame import session, url
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.parts import said, tables
from nsgflow_core.ui.rules import cache, existing, path
from nsgflow_core.ui.rules.cache import RulesSubject
from nsgflow_core.ui.rules.drafting import draft
from nsgflow_core.words.numbers import counted

LABELS = {
    Outcome.NEWLY_ALLOWED: "Newly allowed",
    Outcome.NEWLY_DENIED: "Newly denied",
    Outcome.INDETERMINATE: "Indeterminate",
    Outcome.STILL_ALLOWED: "Still allowed",
    Outcome.STILL_DENIED: "Still denied",
}
_HELP = {
    Outcome.NEWLY_DENIED: "Was allowed, and would be cut: this is what breaks, but for what today denies already.",
    Outcome.NEWLY_ALLOWED: "Was denied, and would get in: each row names the deny that this undoes, or today did.",
    Outcome.STILL_ALLOWED: "Allowed then, and allowed by these rules.",
    Outcome.STILL_DENIED: "Denied then, and denied by these rules.",
    Outcome.INDETERMINATE: "Turns on a tag or group whose addresses are not known: import service tags or NICs.",
}
_WORDS = {"draft": "Draft", "existing": "Existing rules", "both": "Draft against existing", "held-out": "Held-out day"}
_CHANGES = (str(Outcome.NEWLY_ALLOWED), str(Outcome.NEWLY_DENIED), str(Outcome.INDETERMINATE))


def show(subject: RulesSubject) -> None:
    """The whole step."""
    which = url.choice(st.container(), "Rules to replay", tuple(_WORDS), "replay", _WORDS.__getitem__)
    if which in ("existing", "both") and subject.existing is None:
        why = "With the rules as they are, this shows where they and the log disagree, and what the draft would change."
        existing.ask_for_import(subject.settings, subject.scope, why)
        return
    _SHOWN[which](subject)
    path.ask(subject)


def _draft(subject: RulesSubject) -> None:
    desk = draft.desk_of(subject)
    outcomes = cache.replayed(subject, desk.decided.draft.rule_set)
    rejected = len(desk.decided.rejected)
    about = f"The draft at “{desk.drafted.fit.rung.name}”, with your review ({rejected} rejected)"
    _tiles(outcomes)
    hint = "To keep such traffic, accept or widen a rule on Draft, or turn the dial towards simple."
    _verdict(subject, outcomes, about, hint)
    _table(outcomes, "replay-draft")


def _existing(subject: RulesSubject) -> None:
    rules = _known(subject)
    outcomes = cache.replayed(subject, rules)
    _tiles(outcomes)
    taken_for_granted(outcomes)
    found = disagreements(outcomes, rules)
    if found.empty and (unsure := not_decided(outcomes)):
        st.info(plain(unsure), title="Of what could be decided rules and log agree", icon=":material/rule:")
    elif found.empty:
        st.success(
            f"Every flow met what {plain(rules.called)} says today.",
            title="Rules and log agree",
            icon=":material/check:",
        )
    else:
        st.warning(
            f"The log says otherwise than {plain(rules.called)} says today. The reason is in each row.",
            title=plain(f"{counted(len(found), 'disagreement')}, {counted(int(found['flows'].sum()), 'flow')}"),
            icon=":material/rule:",
        )
        first = ["outcome", "reason", "logged_rule", "decided_by"]
        tables.show(
            _spoken(found[[*first, *(name for name in REPLAYED if name not in first)]]),
            tables.TableView(
                "Disagreements", "disagreements", bars=("flows",), colour=DENIED_COLOUR, complete=lambda: found
            ),
        )
    _table(outcomes, "replay-existing")


def _both(subject: RulesSubject) -> None:
    """Where the draft decides otherwise than the existing rules."""
    desk = draft.desk_of(subject)
    sets = {"Existing rules": _known(subject), "Draft": desk.decided.draft.rule_set}
    found = {name: cache.replayed(subject, each) for name, each in sets.items()}
    for name, outcomes in found.items():
        st.markdown(f"**{plain(name)}**")
        _tiles(outcomes, name)
    differs = decided_otherwise(found["Existing rules"], found["Draft"])
    tables.show(
        differs.drop(columns=["direction", "logged_rule"]),
        tables.TableView(
            "Decided otherwise by the draft", "draft-against-existing", bars=("flows",), complete=lambda: differs
        ),
    )


def _held_out(subject: RulesSubject) -> None:
    """Draft from all days but the last, replay the last."""
    asked = subject.view.flow_filter
    try:
        held = hold_out(asked, session.extent())
    except BadFilter as error:
        st.info(plain(error.hint), title=plain(error.message.rstrip(".")), icon=":material/event_busy:")
        return
    drafted = cache.draft(subject.within(held.earlier(asked)))
    outcomes = cache.replayed(subject.within(held.later(asked)), drafted.rule_set)
    st.markdown(f"{plain(held.sentence(outcomes))} Without your review.")
    _tiles(outcomes)
    if drafted.own_rules:
        hint = "A draft from so few days would have cut this: take a longer window, or a simpler point of the dial."
        _verdict(subject, outcomes, f"A draft of the days before {held.day:%Y-%m-%d}", hint)
        _table(outcomes, "replay-held-out")
    else:
        st.info("The earlier days hold no allowed traffic, so that draft is empty.", icon=":material/search_off:")


def _known(subject: RulesSubject) -> RuleSet:
    if subject.existing is None:
        raise RuntimeError("Asked for before the import was.")
    return subject.existing


def _tiles(outcomes: pd.DataFrame, key: str = "") -> None:
    """The five outcomes: flows, and how many services (rule, protocol and port) they are."""
    rows = totals(outcomes).to_dict("records")
    counts = {str(row["outcome"]): (int(row["flows"]), int(row["services"])) for row in rows}
    with (
        st.container(key=f"outcomes_{key.split()[0].lower()}" if key else "outcomes"),
        st.grid(5, min_column_width=136, gap="small"),
    ):
        for outcome, label in LABELS.items():
            flows, services = counts[str(outcome)]
            with st.container(border=True, gap="xxsmall"):
                st.metric(plain(label), f"{flows:,}", help=_HELP[outcome])
                st.caption(plain(f"flows · {counted(services, 'service')}"))


def _verdict(subject: RulesSubject, outcomes: pd.DataFrame, about: str, hint: str) -> None:
    """In one sentence: what is opened and what breaks, and what to do; then what was taken for granted."""
    verdict = verdict_on(outcomes)
    if verdict.is_green:
        verdict = refused(verdict, cache.complete(subject))
    if verdict.is_green:
        words = f"{plain(about)} keeps every decision of the log. {plain(verdict.sentence)}"
        st.success(words, title=plain(verdict.title), icon=":material/check:")
    elif outcomes.empty:
        st.info(plain(verdict.sentence), title=plain(verdict.title), icon=":material/search_off:")
    else:
        to_do = hint if is_new(outcomes, Outcome.NEWLY_DENIED).any() else ""
        st.warning(
            f"{plain(about)}: {plain(' '.join(filter(None, (verdict.sentence, to_do))))}",
            title=plain(verdict.title),
            icon=":material/link_off:",
        )
    taken_for_granted(outcomes)


def taken_for_granted(outcomes: pd.DataFrame) -> None:
    """What the replay took names to stand for and what it took for no NSG, where no file says it or the log differs."""
    if sentences := outcomes.attrs.get("said", ()):
        with st.expander(plain(f"What was taken for granted ({len(sentences)})"), icon=":material/hub:"):
            st.markdown(said.as_list(sentences))


def _table(outcomes: pd.DataFrame, file_name: str) -> None:
    """What changes, once for each rule and port or pair by pair, with the rule that decides; or everything."""
    if outcomes.empty:
        return
    changes = outcomes[outcomes["outcome"].isin(_CHANGES)].reset_index(drop=True)
    services = by_service(changes)
    words = {
        "services": f"What changes ({len(services):,})",
        "changes": f"Each pair of it ({len(changes):,})",
        "all": f"Everything ({len(outcomes):,})",
    }
    shown = url.choice(st.container(), "Rows", tuple(words), "rows", words.__getitem__)
    rows, title, what = {
        "services": (services, "What changes", "by rule and port"),
        "changes": (changes, "What changes, pair by pair", "worst first"),
        "all": (outcomes, "Every flow", "worst first"),
    }[shown]
    none = pd.Series("", index=rows.index)
    tables.show(
        _spoken(rows),
        tables.TableView(
            title,
            file_name,
            bars=("flows",),
            colour=DENIED_COLOUR,
            hide=("direction", *(name for name in ("undoes", "today") if not (rows.get(name, none) != "").any())),
            complete=lambda: services if shown == "services" else outcomes,
            note=what if shown == "services" else f"{what}; the CSV has every outcome",
            height=640,
        ),
    )


def _spoken(outcomes: pd.DataFrame) -> pd.DataFrame:
    """As on screen: the outcome in words."""
    named = outcomes.rename(columns={"source_ip": "source", "destination_ip": "destination"})
    return named.assign(
        outcome=named["outcome"].map(lambda word: LABELS[Outcome(word)]),
        priority=named["priority"].astype("Int64"),
    )


_SHOWN = {"draft": _draft, "existing": _existing, "both": _both, "held-out": _held_out}
