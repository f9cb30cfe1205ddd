"""The step Audit: what is wrong with the existing rules, worst first, each with the packet or flow that proves it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.rules.audit.finding import Finding, FindingKind
from nsgflow_core.ui.frame import url
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.parts import said as in_sentences
from nsgflow_core.ui.parts import tables
from nsgflow_core.ui.rules import cache, existing
from nsgflow_core.ui.rules.cache import RulesSubject
from nsgflow_core.ui.rules.compare import against_draft, wanted
from nsgflow_core.words.numbers import counted

FINDINGS: dict[FindingKind, tuple[str, str, str]] = {
    FindingKind.EXPOSED: (
        "Exposed",
        "red",
        "Let people in by Bastion, a VPN or just-in-time access, and name the few addresses that must come directly.",
    ),
    FindingKind.ANY_ANY: ("Any to any", "red", "Replace it by rules for what is used: the draft lists them."),
    FindingKind.OVER_BROAD: (
        "Over-broad",
        "orange",
        "Narrow it to what was seen: the draft has the exact addresses and ports.",
    ),
    FindingKind.UNUSED_PARTS: (
        "Unused parts",
        "blue",
        "Take these parts out, after a look at a longer window: a yearly job is silent for months.",
    ),
    FindingKind.WAY_OUT: ("Way out", "orange", "Name the addresses that hosts must reach there, if any."),
    FindingKind.HELD: (
        "Held elsewhere",
        "blue",
        "Close it here too: what holds it may be another team's to change.",
    ),
    FindingKind.OVERLAPPING: (
        "Overlapping",
        "orange",
        "Check that the order is meant: the earlier rule wins for that part.",
    ),
    FindingKind.EMPTY: (
        "Matches nothing",
        "violet",
        "A packet is IPv4 or IPv6 at both ends: give it one rule for each, or remove it.",
    ),
    FindingKind.SHADOWED: (
        "Shadowed",
        "violet",
        "It never decides anything: remove it, or move it up if it was meant to act.",
    ),
    FindingKind.REDUNDANT: ("Redundant", "blue", "Removing it changes no packet's fate."),
    FindingKind.NEVER_HIT: (
        "Never hit",
        "gray",
        "Look at a longer window before removing it: a yearly job is silent for months.",
    ),
    FindingKind.NOT_DECIDED: ("Not decided", "gray", "Import service tags and NICs, or look at it by hand."),
}
"""Kind -> words, colour, what to do; the worst first."""
_MOST = 60
_VIEWS = {"traffic": "Traffic and each other", "draft": "The draft", "wanted": "What is wanted"}


@dataclass(frozen=True)
class FindingOnRule:
    """One finding, and the rule that it is on."""

    finding: Finding
    rule: str
    priority: int
    access: str

    @property
    def kind(self) -> FindingKind:
        """What is wrong."""
        return self.finding.kind


def show(subject: RulesSubject) -> None:
    """The whole step."""
    rules = subject.existing
    if rules is None:
        why = "The audit shows which rules do nothing, get in each other's way, or open more than is used."
        existing.ask_for_import(subject.settings, subject.scope, why)
        return
    view = url.choice(st.container(), "Hold the rules against", tuple(_VIEWS), "against", _VIEWS.__getitem__)
    if view == "draft":
        against_draft.show(subject, rules)
    elif view == "wanted":
        wanted.show(subject)
    else:
        _findings(subject, rules)


def _findings(subject: RulesSubject, rules: RuleSet) -> None:
    audited = cache.audited(subject, rules)
    there = audited[audited["direction"] == str(subject.direction)].reset_index(drop=True)
    found = sorted(findings(there), key=lambda each: (list(FINDINGS).index(each.kind), each.priority))
    elsewhere = sum(1 for _ in findings(audited)) - len(found)
    st.subheader(f"{plain(subject.direction)} rules of {plain(rules.called)}", anchor=False)
    st.caption(plain(_summary(found, elsewhere, subject)))
    for each in cache.covered(subject, rules):
        if each.direction == str(subject.direction):
            st.markdown(f":material/donut_large: {plain(each.sentence[:1].upper() + each.sentence[1:])}.")
    if said := audited.attrs["said"]:
        st.caption(in_sentences.as_list(said))
    _cards(found)
    tables.show(
        _named(there),
        tables.TableView(
            "Every rule",
            f"audit-{rules.called}",
            bars=("hits",),
            complete=lambda: audited,
            note="default rules included",
        ),
    )


def findings(audited: pd.DataFrame) -> Iterator[FindingOnRule]:
    """The findings of an audit one by one."""
    columns = (audited[name] for name in ("findings", "name", "priority", "access"))
    for several, name, priority, access in zip(*columns, strict=True):
        for finding in several:
            yield FindingOnRule(finding, str(name), int(priority), str(access))


def _named(audited: pd.DataFrame) -> pd.DataFrame:
    """Every rule with the kinds of its findings; the cards above have their words."""
    kinds: dict[str, list[str]] = {}
    for each in findings(audited):
        kinds.setdefault(each.rule, []).append(FINDINGS[each.kind][0])
    named = audited[["priority", "name", "access", "hits", "last_hit"]]
    return named.assign(findings=[", ".join(kinds.get(str(name), [])) for name in named["name"]])


def _summary(found: list[FindingOnRule], elsewhere: int, subject: RulesSubject) -> str:
    counts = [
        f"{sum(each.kind == kind for each in found)} {words.lower()}"
        for kind, (words, _, _) in FINDINGS.items()
        if any(each.kind == kind for each in found)
    ]
    other = f" The other direction has {elsewhere}." if elsewhere else ""
    scope = " All flows that the NSG logged count, not only this subnet's." if subject.scope.subnet else ""
    return (", ".join(counts) + "." if counts else "Nothing found in this direction.") + other + scope


def _cards(found: list[FindingOnRule]) -> None:
    if not found:
        st.success("Every rule is used, and none hides or contradicts another.", icon=":material/check:")
        return
    there = {each.kind for each in found}
    words = {"all": "All"} | {str(kind): title for kind, (title, _, _) in FINDINGS.items() if kind in there}
    wanted = url.choice(st.container(), "Finding", tuple(words), "finding", words.__getitem__)
    shown = said_once(each for each in found if wanted in ("all", each.kind))
    for same in shown[:_MOST]:
        _card(same)
    if len(shown) > _MOST:
        st.caption(f"The worst {_MOST} of {len(shown):,}; the CSV of every rule has them all.")


def said_once(found: Iterable[FindingOnRule]) -> list[list[FindingOnRule]]:
    """The findings, those that say the same of several rules together: twenty cards of one sentence hide the rest."""
    same: dict[Finding, list[FindingOnRule]] = {}
    for each in found:
        same.setdefault(each.finding, []).append(each)
    return [*same.values()]


def _card(same: Sequence[FindingOnRule]) -> None:
    finding = same[0].finding
    words, colour, advice = FINDINGS[finding.kind]
    with st.container(border=True, gap="xsmall"):
        row = st.container(horizontal=True, vertical_alignment="center", gap="small")
        row.badge(words, color=colour)  # type: ignore[arg-type]
        if len(same) == 1:
            row.markdown(f"**{plain(same[0].rule)}**", width="content")
            row.caption(f"priority {same[0].priority:d} · {plain(same[0].access)}", width="content")
        else:
            row.markdown(f"**{counted(len(same), 'rule')}**", width="content")
            named = (f"**{plain(each.rule)}** ({each.priority:d}, {plain(each.access)})" for each in same[:_MOST])
            more = f" and {len(same) - _MOST:,} more" if len(same) > _MOST else ""
            st.markdown(f"{', '.join(named)}{more}, each:")
        st.markdown(f"{plain(_sentence(finding))}. {advice}")
        if finding.witness:
            st.markdown(f":gray[:material/science: Proof:] {plain(finding.witness)}")


def _sentence(finding: Finding) -> str:
    """With a capital letter, unless it begins with the name of a rule."""
    is_name = finding.kind in (FindingKind.SHADOWED, FindingKind.OVERLAPPING)
    return finding.words if is_name else finding.words[:1].upper() + finding.words[1:]
