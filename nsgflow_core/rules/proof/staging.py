"""Closing in stages: allow rules first, then a count of what would still fall to the closing deny, then the deny.

While the deny is not there, nothing breaks: what the drafted rules do not admit goes on by the default rules, and is
logged. When a day has passed on which nothing would have fallen to the deny, it is due.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields, replace
from datetime import date
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import Access, Rule, RuleSet
from nsgflow_core.rules.decide.evaluate import decide_all
from nsgflow_core.rules.draft.closed.latest import ELSEWHERE
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.draft.seen.evidence_query import FLOW_KEY
from nsgflow_core.rules.proof.days import day_name, days_of, on
from nsgflow_core.rules.replay.of_scope import replay_for
from nsgflow_core.rules.replay.outcome import Outcome, is_decided_by, is_new
from nsgflow_core.rules.replay.paths_met import path_notes
from nsgflow_core.rules.replay.replay import PACKET, REPLAYED
from nsgflow_core.rules.replay.services import count_services
from nsgflow_core.stores.base import FlowStore, not_whole_words
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.sets.group_numbers import is_among

OURS = "nsgflow: "
"""How the descriptions of drafted rules begin."""
FALLS = ("day", *REPLAYED)
PACKET_OF = {"source_ip": "src_ip", "destination_ip": "dst_ip"}
"""The names of a packet's addresses, by those of a replay."""


class DraftStage(StrEnum):
    """Which part of a draft is applied: the allow rules, the closing denies and what they replace, or all at once."""

    ALLOW = "allow"
    CLOSE = "close"
    BOTH = "both"


def closing_denies(made: Draft) -> frozenset[str]:
    """The names of the denies that close, in lower case."""
    rules = made.rule_set.towards(made.direction)
    return frozenset(r.name.casefold() for r in rules if r.name in made.closing and r.access is Access.DENY)


def drafted_allows(made: Draft) -> tuple[Rule, ...]:
    """The rules of the first stage: all of the draft's own that are no closing deny."""
    return tuple(rule for rule in made.own_rules if rule.name.casefold() not in closing_denies(made))


@dataclass(frozen=True, slots=True)
class FallingDay:
    """What would have fallen to the closing deny on one day, of what was allowed; services are by rule and port.

    `open_flows`: those of which that turns on a name whose addresses are not known.
    """

    day: date
    flows: int
    services: int
    open_flows: int = 0

    @property
    def is_quiet(self) -> bool:
        """True where nothing would have fallen, for sure."""
        return not self.flows and not self.open_flows


@dataclass(frozen=True)
class Falling:
    """Day by day, the allowed traffic that would fall to a draft's closing denies. `rows` have the columns FALLS.

    `notes`: what of the paths was asked, and `doubts`: what of that may decide otherwise, as in a replay.
    """

    days: tuple[FallingDay, ...]
    rows: pd.DataFrame
    partial: str = ""
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def quiet_days(self) -> int:
        """On how many last days nothing would have fallen."""
        return next((n for n, each in enumerate(reversed(self.days)) if not each.is_quiet), len(self.days))

    @property
    def is_quiet(self) -> bool:
        """True where nothing would have fallen on the last day, and no rule that could not be read says otherwise."""
        return bool(self.quiet_days) and not self.doubts

    @property
    def sentence(self) -> str:
        """The trend: from the first day to the last, and for how long nothing has fallen."""
        if not self.days:
            return "No traffic was logged here in this window, so nothing can be counted."
        first, last = self.days[0], self.days[-1]
        if last.is_quiet:
            quiet = "the last day" if self.quiet_days == 1 else f"each of the last {self.quiet_days} days"
            return f"Nothing that was allowed would have fallen to the closing deny on {quiet}."
        if not last.flows:
            return (
                f"On {day_name(last.day)} {counted(last.open_flows, 'flow')} may have fallen to the closing deny: that "
                "turns on a name whose addresses are not known."
            )
        fell = f"{counted(last.flows, 'flow')} of {counted(last.services, 'service')}"
        trend = f", {first.flows:,} on {day_name(first.day)}" if len(self.days) > 1 else ""
        return f"On {day_name(last.day)} {fell} would still have fallen to the closing deny{trend}."

    def frame(self) -> pd.DataFrame:
        """One row a day: day, flows, services, and the flows that may fall, for want of known addresses."""
        return pd.DataFrame([astuple(each) for each in self.days], columns=[each.name for each in fields(FallingDay)])


def is_applied(existing: RuleSet | None, made: Draft) -> bool:
    """True when allow rules of this draft, or of an earlier one, are in the NSG."""
    return bool(_applied(existing, made))


def _applied(existing: RuleSet | None, made: Draft) -> list[Rule]:
    names = {rule.name.casefold() for rule in drafted_allows(made) if rule.name not in made.closing}
    rules = () if existing is None else existing.towards(made.direction)
    allows = [rule for rule in rules if rule.access is Access.ALLOW and not rule.is_default]
    return [rule for rule in allows if rule.name.casefold() in names or rule.description.startswith(OURS)]


def closed_today(made: Draft) -> RuleSet:
    """The NSG as it would be if the closing deny came now: its drafted rules of today, of this draft or an earlier one.

    Before any is applied, the draft itself.
    """
    existing = made.material.existing
    applied = _applied(existing, made)
    if existing is None or not applied:
        return made.rule_set
    there = [rule for rule in existing.towards(made.direction) if rule.access is Access.DENY or rule in applied]
    held = {rule.name.casefold() for rule in there}
    closing = [rule for rule in made.own_rules if rule.name in made.closing and rule.name.casefold() not in held]
    rules = sorted((*(r for r in there if not r.is_default), *closing), key=lambda rule: rule.priority)
    return replace(existing, rules=tuple(rules), directions=(made.direction,)).with_defaults()


def count_falling(store: FlowStore, flow_filter: FlowFilter, made: Draft) -> Falling:
    """Each day of the window replayed under `closed_today`. Raises what the store raises."""
    window = days_of(store, flow_filter, made.scope, made.direction)
    return together([fall_of(store, flow_filter, made, day) for day in window], window)


def fall_of(store: FlowStore, flow_filter: FlowFilter, made: Draft, day: date) -> pd.DataFrame:
    """What would have fallen to the closing denies on one day, the most flows first; columns FALLS.

    What something else denies by now, as the log has it or the NSG as it is, falls to none of them.
    """
    closed, without = closed_today(made), _without_closing(made)
    outcomes = replay_for(made, store, closed, on(flow_filter, day), without)
    is_open = outcomes["outcome"] == str(Outcome.INDETERMINATE)
    to_close = outcomes["decided_by"].astype("str").str.casefold().isin(closing_denies(made))
    to_close &= is_decided_by(closed, outcomes) & is_new(outcomes, Outcome.NEWLY_DENIED)
    rows = outcomes[to_close | is_open].reset_index(drop=True)
    rows = rows[~_are_closed_since(rows, made, without)]
    is_open = rows["outcome"] == str(Outcome.INDETERMINATE)
    shown = rows[~is_open].assign(day=day)[list(FALLS)].reset_index(drop=True)
    shown.attrs = {name: outcomes.attrs.get(name, "") for name in ("partial", "asked", "doubts")}
    shown.attrs["open_flows"] = _may_fall(rows[is_open], closed, made)
    return shown


def _may_fall(rows: pd.DataFrame, closed: RuleSet, made: Draft) -> int:
    """How many of these flows may fall to a deny of the NSG: what it lets pass itself turns on a name elsewhere."""
    packets = rows.rename(columns=PACKET_OF)
    access = decide_all(closed, packets[list(PACKET)], made.material.space)["access"]
    return int(rows["flows"][(access != str(Access.ALLOW)).to_numpy()].sum())


def _without_closing(made: Draft) -> RuleSet | None:
    """The NSG as it is, but for the closing denies, where it has them already."""
    existing, closing = made.material.existing, closing_denies(made)
    if existing is None:
        return None
    rules = tuple(rule for rule in existing.rules if rule.name.casefold() not in closing)
    return replace(existing, rules=rules, directions=existing.speaks_for)


def _are_closed_since(fell: pd.DataFrame, made: Draft, without: RuleSet | None) -> NDArray[np.bool_]:
    """Where the last decision of the window was a denial of something else, on whichever day that was.

    One by a rule that the NSG has no more denies nothing now.
    """
    material, packet = made.material, list(FLOW_KEY)
    packets = fell.rename(columns=PACKET_OF)
    cells = material.closed_cells
    cells = cells[~cells["denied_by"].astype(str).str.casefold().isin(closing_denies(made)).to_numpy(dtype=np.bool_)]
    cells = cells[is_among(cells[packet], packets[packet])]
    if without is not None and len(cells):
        verdicts = decide_all(without, cells[packet].assign(direction=str(made.direction)), material.space)
        is_open = (verdicts["access"] == str(Access.ALLOW)) & (cells["rule_kind"].astype(str) != ELSEWHERE)
        cells = cells[~is_open.to_numpy(dtype=np.bool_)]
    return is_among(packets[packet], cells[packet])


def together(fell: list[pd.DataFrame], window: tuple[date, ...]) -> Falling:
    """The days of a window as one."""
    days = [
        FallingDay(day, int(rows["flows"].sum()), count_services(rows), rows.attrs["open_flows"])
        for day, rows in zip(window, fell, strict=True)
    ]
    partial = not_whole_words(*(str(rows.attrs["partial"]) for rows in fell))
    some = [rows for rows in fell if len(rows)]
    doubts = tuple(dict.fromkeys(doubt for rows in fell for doubt in rows.attrs["doubts"]))
    notes = path_notes((rows.attrs["asked"] for rows in fell), doubts)
    every = pd.concat(some, ignore_index=True) if some else pd.DataFrame(columns=FALLS)
    return Falling(tuple(days), every, partial, notes, doubts)


@dataclass(frozen=True, slots=True)
class Due:
    """Which stage is due, and why. `stage` None: the draft is in force, and what it denies is to be looked at."""

    stage: DraftStage | None
    sentence: str


def due(existing: RuleSet | None, made: Draft, falling: Falling) -> Due:
    """The stage that is due, from the NSG as it is and from what would still fall to the closing deny."""
    allows, denies = drafted_allows(made), closing_denies(made)
    if existing is None:
        return Due(
            DraftStage.ALLOW, "The NSG of today is not known here: begin with the allow rules, which close nothing."
        )
    there = {(rule.name.casefold(), rule.access) for rule in existing.towards(made.direction)}
    if denies and all((name, Access.DENY) in there for name in denies):
        return Due(None, "The closing deny is in the NSG: look at what it denies since.")
    if not is_applied(existing, made):
        count = counted(len(allows), "drafted allow rule")
        return Due(
            DraftStage.ALLOW, f"{existing.called} has none of the {count} yet: apply them first, they close nothing."
        )
    if not denies:
        return Due(None, "Allow rules of a draft are in the NSG, and this draft closes nothing.")
    if falling.is_quiet:
        return Due(DraftStage.CLOSE, f"The allow rules are in the NSG. {falling.sentence} The deny is due.")
    lacking = sum((rule.name.casefold(), rule.access) not in there for rule in allows)
    more = f" {counted(lacking, 'rule')} of this draft would admit more." if lacking else ""
    more = "".join(f" {doubt}, so more may fall." for doubt in falling.doubts) + more
    return Due(DraftStage.ALLOW, f"Not yet: {falling.sentence[:1].lower()}{falling.sentence[1:]}{more}")
