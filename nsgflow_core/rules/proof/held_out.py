"""The held-out proof: each day left out in turn, and what the draft of the other days would have cut on that day.

Nothing is estimated: the draft of the other days is really made, from the store asked for all days but that one, so
that every threshold (how many days, how many flows, how many hosts) meets what it would have met. The day is then
replayed as any other traffic is, along its whole path where the files of the draft tell that: what something else
denies by now the draft does not cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.rules.draft.asking.reasons import REASONS_OF_DENIALS
from nsgflow_core.rules.draft.draft import Draft, draft
from nsgflow_core.rules.draft.seen.evidence_query import FLOW_KEY
from nsgflow_core.rules.proof.days import all_but, day_name, days_of, on
from nsgflow_core.rules.replay.of_scope import replay_for
from nsgflow_core.rules.replay.outcome import is_new
from nsgflow_core.rules.replay.paths_met import path_notes
from nsgflow_core.rules.replay.replay import REPLAYED, Outcome
from nsgflow_core.rules.replay.services import ReplayedService, busiest
from nsgflow_core.stores.base import FlowStore, not_whole_words
from nsgflow_core.words.numbers import counted, percent
from nsgflow_core.words.sets.group_numbers import group_numbers

UNSEEN = "not seen on the other days"
DENIED_AHEAD = "seen on other days too, and denied by a rule that stays ahead"
LET_IN = "was denied, and would be let in"
UNDECIDED = "turns on a name whose addresses are not known"
CUT = ("day", "why", *REPLAYED)
"""The columns of the (pair, port)s that would have been cut."""
EXAMPLES = 3
_CHANGES = (str(Outcome.NEWLY_DENIED), str(Outcome.NEWLY_ALLOWED), str(Outcome.INDETERMINATE))


@dataclass(frozen=True)
class LeftOut:
    """One day, and what the draft of all the others would have done with its allowed traffic.

    `services` are distinct (source, destination, protocol, port). `open_flows`, allowed or denied, turn on a name whose
    addresses are not known, and count on neither side. `set_apart_flows`, of those cut, are traffic that the draft of
    the whole window makes no rule of either. `closed_flows`, which a deny of this NSG has closed since, or what else
    stands on the path, count as neither: no draft is to admit them again. `outcomes` are the rows that change (see
    `replay`), with the columns CUT. `doubts` are the replay's, and `asked` what of the paths it asked.
    """

    day: date
    rules: int
    flows: int
    cut_flows: int
    set_apart_flows: int
    open_flows: int
    services: int
    cut_services: int
    newly_allowed_flows: int
    closed_flows: int
    outcomes: pd.DataFrame
    partial: str = ""
    asked: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def share_of_flows(self) -> float:
        """The share of the day's allowed flows that would have passed; 1 on a day without any."""
        return 1 - self.cut_flows / self.flows if self.flows else 1.0

    @property
    def share_of_services(self) -> float:
        """The share of the day's (pair, port)s that would have passed whole; 1 on a day without any."""
        return 1 - self.cut_services / self.services if self.services else 1.0

    @property
    def examples(self) -> tuple[ReplayedService, ...]:
        """What would have been cut, the most flows first."""
        broken = self.outcomes[self.outcomes["outcome"] == str(Outcome.NEWLY_DENIED)]
        return busiest(broken, EXAMPLES, "day") if len(broken) else ()

    @property
    def busiest(self) -> str:
        """The examples in words; "" where nothing would have been cut."""
        return "; ".join(each.sentence for each in self.examples)

    @property
    def sentence(self) -> str:
        """What the day would have lost, with the busiest of it."""
        about = f"Without {day_name(self.day)}"
        if not self.flows and self.open_flows:
            return f"{about}: nothing of it could be decided ({_undecided(self.open_flows)})."
        if not self.flows:
            return f"{about}: no allowed traffic was logged that day, so there is nothing to lose."
        if not self.rules:
            return f"{about}: the other days hold no allowed traffic, so that draft is empty."
        kept = f"{percent(self.share_of_flows)} of its flows and {percent(self.share_of_services)} of its pairs"
        said = f"{about}, the draft of the other days would have passed {kept}"
        if self.newly_allowed_flows:
            said += f" and let in {counted(self.newly_allowed_flows, 'flow')} that were denied"
        if self.open_flows:
            said += f" ({_undecided(self.open_flows)})"
        if not self.cut_flows:
            return f"{said}."
        apart = f", {self.set_apart_flows:,} of them set apart by choice" if self.set_apart_flows else ""
        lost = f"{counted(self.cut_flows, 'flow')} of {counted(self.cut_services, 'pair')}"
        return f"{said}: it would have cut {lost}{apart}. Busiest: {self.busiest}."


@dataclass(frozen=True)
class HeldOutProof:
    """All days of a window, each left out in turn. Without two days there are none, and the sentence says so."""

    days: tuple[LeftOut, ...]
    window: tuple[date, ...]

    @property
    def cut_flows(self) -> int:
        """Over all days."""
        return sum(each.cut_flows for each in self.days)

    @property
    def open_flows(self) -> int:
        """Those that could not be decided, over all days."""
        return sum(each.open_flows for each in self.days)

    @property
    def is_green(self) -> bool:
        """True where every day's traffic would have passed, for sure."""
        return bool(self.days) and not (self.cut_flows or self.open_flows or self.doubts)

    @property
    def share_of_flows(self) -> float:
        """The share of all allowed flows that passed the draft of the days that were not theirs."""
        flows = sum(each.flows for each in self.days)
        return 1 - self.cut_flows / flows if flows else 1.0

    @property
    def share_of_services(self) -> float:
        """The same of (pair, port)s, each counted on each of its days."""
        services = sum(each.services for each in self.days)
        return 1 - sum(each.cut_services for each in self.days) / services if services else 1.0

    @property
    def worst(self) -> LeftOut | None:
        """The day that would have lost most of its flows; None where none would have lost any."""
        broken = [each for each in self.days if each.cut_flows]
        return min(broken, key=lambda each: (each.share_of_flows, each.share_of_services), default=None)

    @property
    def sentence(self) -> str:
        """The proof in one or two sentences, or what is missing for one."""
        if not self.days:
            only = f"only {day_name(self.window[0])}" if self.window else "no day"
            return f"Nothing is proved: {only} holds traffic here, and leaving a day out takes at least two."
        each = f"Each of {counted(len(self.days), 'day')} left out in turn"
        kept = f"{percent(self.share_of_flows)} of the flows and {percent(self.share_of_services)} of the pairs"
        apart = f"; {_undecided(self.open_flows)}" if self.open_flows else ""
        said = f"{each}, the drafts of the others would have passed {kept} (source, destination, port{apart})."
        worst = self.worst
        return said if worst is None else f"{said} {worst.sentence}"

    @property
    def partial(self) -> str:
        """Why a store's answers were not whole; "" where they were."""
        return not_whole_words(*(each.partial for each in self.days))

    @property
    def doubts(self) -> tuple[str, ...]:
        """What on the paths may decide otherwise, as rules of it could not be read."""
        return tuple(dict.fromkeys(doubt for each in self.days for doubt in each.doubts))

    @property
    def notes(self) -> tuple[str, ...]:
        """What of the paths was asked, and what of that is in doubt, a sentence each."""
        return path_notes((each.asked for each in self.days), self.doubts)

    def outcomes(self) -> pd.DataFrame:
        """What would have changed on every day, in order of days, worst first; columns CUT."""
        parts = [each.outcomes for each in self.days if len(each.outcomes)]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(CUT))

    def frame(self) -> pd.DataFrame:
        """One row a day, with the columns DAYS."""
        rows = [[getattr(each, name) for name in DAYS[:-1]] + [each.busiest] for each in self.days]
        frame = pd.DataFrame(rows, columns=list(DAYS))
        frame.attrs = {"partial": self.partial} if self.partial else {}
        return frame.round({"share_of_flows": 6, "share_of_services": 6})


DAYS = (
    *("day", "rules", "flows", "cut_flows", "set_apart_flows", "open_flows", "services", "cut_services"),
    *("newly_allowed_flows", "share_of_flows", "share_of_services", "busiest"),
)


def _undecided(flows: int) -> str:
    return f"undecided, for want of known addresses: {counted(flows, 'flow')}"


def prove(store: FlowStore, flow_filter: FlowFilter, drafted: Draft) -> HeldOutProof:
    """Each day of the draft's window left out in turn. Two drafts' questions a day; raises what the store raises.

    `drafted` is the draft of the whole window, whose scope, options, point of the dial, NSG and names the others take.
    """
    window = days_of(store, flow_filter, drafted.scope, drafted.direction)
    held_out = window if len(window) > 1 else ()
    return HeldOutProof(tuple(leave_out(store, flow_filter, drafted, day) for day in held_out), window)


def leave_out(store: FlowStore, flow_filter: FlowFilter, drafted: Draft, day: date) -> LeftOut:
    """The draft of all days but one, replayed on that one. Raises what the store raises."""
    made = drafted.material
    others = draft(
        store, all_but(flow_filter, day), drafted.scope, drafted.direction, exactness=drafted.asked,
        options=made.options, existing=made.existing, answers=made.answers, space=made.space,
    )  # fmt: skip
    logged = replay_for(drafted, store, others.rule_set, on(flow_filter, day), made.existing)
    return _left_out(day, logged, others, drafted)


def _left_out(day: date, logged: pd.DataFrame, others: Draft, whole: Draft) -> LeftOut:
    outcomes = _without_closed(logged, whole)
    changes = outcomes[outcomes["outcome"].isin(_CHANGES)].reset_index(drop=True)
    changes = changes.assign(day=day, why=_why(changes, others))[list(CUT)]
    broken = changes[changes["outcome"] == str(Outcome.NEWLY_DENIED)]
    apart = _reasons(broken, whole.material.set_apart) != ""
    flows = outcomes.groupby("outcome")["flows"].sum()
    was_allowed = outcomes[outcomes["outcome"].isin(_WERE_ALLOWED)]
    found = {each: int(flows.get(str(each), 0)) for each in Outcome}
    return LeftOut(
        day=day,
        rules=len(others.openings),
        flows=found[Outcome.STILL_ALLOWED] + found[Outcome.NEWLY_DENIED],
        cut_flows=found[Outcome.NEWLY_DENIED],
        set_apart_flows=int(broken.loc[apart, "flows"].sum()),
        open_flows=found[Outcome.INDETERMINATE],
        services=_distinct(was_allowed),
        cut_services=_distinct(broken),
        newly_allowed_flows=found[Outcome.NEWLY_ALLOWED],
        closed_flows=int(logged["flows"].sum() - outcomes["flows"].sum()),
        outcomes=changes,
        partial=str(logged.attrs.get("partial", "") or others.material.partial),
        asked=logged.attrs["asked"],
        doubts=logged.attrs["doubts"],
    )


def _without_closed(outcomes: pd.DataFrame, whole: Draft) -> pd.DataFrame:
    """The outcomes without allowed flows that a deny has closed since, by the log or by the rules as they are.

    A flow that a person lets in over the deny counts all the same.
    """
    apart, drafted = whole.material.set_apart, whole.material.flows
    closed = apart[apart["reason"].isin(REASONS_OF_DENIALS)]
    let_in = drafted[drafted["undoes"].to_numpy(dtype=np.bool_)].assign(reason=LET_IN)
    is_closed = (_reasons(outcomes, closed) != "") & outcomes["outcome"].isin(_WERE_ALLOWED)
    is_denied = (outcomes["outcome"] == str(Outcome.NEWLY_DENIED)) & ~is_new(outcomes, Outcome.NEWLY_DENIED)
    is_closed |= is_denied & (_reasons(outcomes, let_in) == "")
    return outcomes[~is_closed].reset_index(drop=True)


def _distinct(outcomes: pd.DataFrame) -> int:
    """How many (source, destination, protocol, port) there are."""
    return int(group_numbers(*(outcomes[name] for name in _KEY), in_order=False).max(initial=-1)) + 1


def _why(changes: pd.DataFrame, others: Draft) -> pd.Series[str]:
    """Why each service would have been cut: set apart by the other days' draft, not seen there, or denied ahead."""
    why = _reasons(changes, others.material.set_apart)
    seen = _reasons(changes, others.material.flows.assign(reason=DENIED_AHEAD))
    why = why.mask(why == "", seen.mask(seen == "", UNSEEN))
    for outcome, words in ((Outcome.NEWLY_ALLOWED, LET_IN), (Outcome.INDETERMINATE, UNDECIDED)):
        why = why.mask(changes["outcome"] == str(outcome), words)
    return why


def _reasons(changes: pd.DataFrame, known: pd.DataFrame) -> pd.Series[str]:
    """The `reason` that known flows (columns FLOW_KEY, reason) give for each row; "" where they do not hold it."""
    if changes.empty or known.empty:
        return pd.Series("", index=changes.index, dtype="str")
    near = known[known["port"].isin(changes["port"]) & known["dst_ip"].isin(changes["destination_ip"])]
    keys = [near[name].astype("str") for name in FLOW_KEY]
    reasons = pd.Series(near["reason"].to_numpy(dtype=object), index=pd.MultiIndex.from_arrays(keys))
    wanted = pd.MultiIndex.from_arrays([changes[name].astype("str") for name in _KEY])
    found = reasons[~reasons.index.duplicated()].reindex(wanted).fillna("")
    return pd.Series(found.to_numpy(dtype=object), index=changes.index, dtype="str")


_KEY = ("source_ip", "destination_ip", "protocol", "port")
_WERE_ALLOWED = (str(Outcome.STILL_ALLOWED), str(Outcome.NEWLY_DENIED))
