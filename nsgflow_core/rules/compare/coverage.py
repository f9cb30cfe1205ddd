"""How much of the admitted traffic somebody meant: the share that named rules admit, of flows and of services.

A rule is named when a person wrote it and it narrows something: a default rule and one that admits everything decide
nothing. A service is a destination address, protocol and port; it is covered when named rules admit all of its flows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from nsgflow_core.analysis.question import FLOAT, NUMBER, TEXT, Shape
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.rules.audit.proved import is_any_any
from nsgflow_core.rules.draft.seen.own_logs import ByNsg
from nsgflow_core.rules.replay.replay import fetch_logged, fold_viewpoints
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.numbers import first_of
from nsgflow_core.words.sets.group_numbers import group_numbers
from nsgflow_core.words.vocabulary import DEFAULT_RULE_NAMES, Decision

COVERAGE = Shape.of(
    nsg=TEXT, direction=TEXT, rule=TEXT, named=TEXT, flows=NUMBER, services=NUMBER, flow_share=FLOAT,
    service_share=FLOAT,
)  # fmt: skip
"""`named` is yes, or why it is not; shares are of what the NSG admitted in that direction."""
YES, IS_DEFAULT, ADMITS_ALL = "yes", "a default rule", "admits everything"
NAMED_RULES = 3
"""How many of the other rules a sentence names."""


@dataclass(frozen=True, slots=True)
class Covered:
    """What named rules admit in one direction of one NSG, of all that it admitted, and by which rules the rest came."""

    nsg: str
    direction: str
    named_flows: int
    flows: int
    named_services: int
    services: int
    others: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Like "named rules admit 93% of flows and 40 of 52 services; the rest came by AllowVnetInBound"."""
        share = self.named_flows / self.flows if self.flows else 1.0
        percent = "100%" if share == 1 else f"{min(share, 0.9999):.2%}" if share > 0.99 else f"{share:.0%}"
        words = f"named rules admit {percent} of flows and {self.named_services:,} of {self.services:,} services"
        names = first_of(self.others, NAMED_RULES)
        return words + (f"; the rest came by {names}" if names else "")


def coverage(
    store: FlowStore, flow_filter: FlowFilter, rule_sets: Sequence[RuleSet] = (), *, and_others: bool = False
) -> tuple[pd.DataFrame, list[Covered]]:
    """One row per NSG, direction and rule that admitted something (`COVERAGE`), and the sums of each direction.

    With rule sets, of those NSGs alone unless others are wanted too, and a rule of theirs that admits everything is
    not a named one.
    """
    logged = fetch_logged(store, flow_filter)
    admitted = logged[logged["decision"] == str(Decision.ALLOWED)]
    tables, sums = [], []
    for nsg, rows, rule_set in _of_each(admitted, rule_sets, and_others or not rule_sets):
        folded = fold_viewpoints(rows)
        for direction, flows in folded.groupby("direction", sort=True, observed=True):
            table, covered = _of_one(nsg, str(direction), flows, _unnamed(rule_set))
            tables.append(table)
            sums.append(covered)
    found = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COVERAGE.names))
    made = COVERAGE.made(found)
    made.attrs |= {key: value for key, value in logged.attrs.items() if key == "partial"}
    return made, sums


def _of_each(
    admitted: pd.DataFrame, rule_sets: Sequence[RuleSet], and_others: bool
) -> list[tuple[str, pd.DataFrame, RuleSet | None]]:
    found: list[tuple[str, pd.DataFrame, RuleSet | None]]
    by_nsg = ByNsg(admitted)
    found = [(each.called, by_nsg.of(each), each) for each in rule_sets]
    if and_others:
        rest = admitted
        for _, rows, _ in found:
            rest = rest[~rest.index.isin(rows.index)]
        spelled = rest["nsg"].astype(str).str.casefold()
        found += [(str(rows["nsg"].iloc[0]), rows, None) for _, rows in rest.groupby(spelled, sort=True)]
        found.sort(key=lambda each: each[0].casefold())
    return found


def _unnamed(rule_set: RuleSet | None) -> dict[tuple[str, str], str]:
    """(direction, rule) of what admits everything."""
    rules = rule_set.own_rules if rule_set else ()
    return {(str(rule.direction), rule.name.casefold()): ADMITS_ALL for rule in rules if is_any_any(rule)}


def _of_one(
    nsg: str, direction: str, flows: pd.DataFrame, unnamed: dict[tuple[str, str], str]
) -> tuple[pd.DataFrame, Covered]:
    rules = flows["rule"].astype(str)
    why = {
        rule: IS_DEFAULT if rule.casefold() in DEFAULT_RULE_NAMES else unnamed.get((direction, rule.casefold()), YES)
        for rule in rules.unique()
    }
    service = pd.Series(group_numbers(flows["dst_ip"], flows["protocol"], flows["port"], in_order=False), flows.index)
    is_named = rules.map(why) == YES
    all_flows, all_services = int(flows["flows"].sum()), int(service.nunique())
    by_rule = flows.assign(service=service, rule=rules).groupby("rule", sort=False)
    table = by_rule.agg(flows=("flows", "sum"), services=("service", "nunique")).reset_index()
    table = table.sort_values(["flows", "rule"], ascending=[False, True], ignore_index=True)
    table = table.assign(
        nsg=nsg,
        direction=direction,
        named=table["rule"].map(why),
        flow_share=table["flows"] / max(all_flows, 1),
        service_share=table["services"] / max(all_services, 1),
    )
    covered = Covered(
        nsg,
        direction,
        int(flows["flows"][is_named].sum()),
        all_flows,
        all_services - int(service[~is_named].nunique()),
        all_services,
        tuple(table["rule"][table["named"] != YES]),
    )
    return table, covered
