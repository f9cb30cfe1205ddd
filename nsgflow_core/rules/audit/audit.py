"""Audits the rules of an NSG: which do nothing, which get in each other's way, which open more than is used.

Findings, each with a flow or packet that proves it:
  exposed      an Allow rule lets strangers reach a port of management or data (`words/guarded_ports.py`): its source is
               a wide part of public space by arithmetic, alone or with other rules, and such packets do reach it
  never-hit    no flow of the window was logged under the rule; the window is named, as a longer one may tell otherwise;
               not of a rule for ICMP, ESP or AH, which flow logs do not show
  shadowed     earlier rules take every packet that it matches
  matches-nothing  no packet has both its source and its destination, as where one is IPv4 and the other IPv6
  redundant    without it every packet meets the same access, from later rules
  overlapping  an earlier rule of the other access takes a part of what it matches
  over-broad   of a closed side's addresses, or of the ports, that an Allow rule admits, less than 1 in 256 was seen
               (one host of a /24 is not less); the share of the whole is addresses of its closed sides x ports
  unused-parts prefixes or port ranges of a used Allow rule that no flow of the window met; they are named
  way-out      an outbound Allow rule that names such a port lets hosts reach it anywhere in the Internet
  held-elsewhere  it would be exposed or a way out, but an admin rule or the other NSG at the same end stops every such
               packet (see `along.py`)
  any-any      an Allow rule that admits any source to any destination on any port
Verdicts on exposed, shadowed, redundant and overlapping are exact, and hold whatever the names that are not known
stand for. Where files tell what else stands at an NSG's end, a rule is shadowed by that too, and the admin rules ahead
of it are rows of their own: one that always allows is exposed whatever the NSG says.
A rule that earlier rules make idle is not called redundant once more, and default rules are counted but not judged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd

from nsgflow_core.analysis.question import NUMBER, TEXT, TIME, VALUES, Shape
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import Rule, RuleSet
from nsgflow_core.rules.audit.ahead import ahead
from nsgflow_core.rules.audit.finding import SEVERITY, Finding
from nsgflow_core.rules.audit.proved import proved_findings
from nsgflow_core.rules.audit.usage import usage
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.beside import not_placed, places_of
from nsgflow_core.rules.decide.ends import Ends
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.draft.seen.own_logs import each_may_be_theirs
from nsgflow_core.rules.replay.logged import fetch_logged, fetch_logged_of_each, fold_viewpoints
from nsgflow_core.stores.base import FlowStore, held
from nsgflow_core.words.several import Several
from nsgflow_core.words.vocabulary import Direction, RuleKind

AUDITED = Shape.of(
    priority=NUMBER, name=TEXT, direction=TEXT, access=TEXT, hits=NUMBER, last_hit=TIME, findings=VALUES, witness=VALUES
)
"""An audit's columns: `findings` holds every `Finding` on a rule, `witness` their proofs in the same order."""


_MEASURES = ("flows", "last_seen")
NO_LOG = "as no log of that time is here"


def audit(
    store: FlowStore, rule_set: RuleSet, flow_filter: FlowFilter, network: AddressSpace | Network
) -> pd.DataFrame:
    """One row per rule in the order they are looked at, inbound first.

    In the shape `AUDITED`: `hits` are flows that this NSG logged under that rule in that direction; `last_hit` is UTC,
    null when there was none. A network tells what names stand for in the rules of this NSG, and what stands beside it:
    each admin rule ahead of it is a row too, named "admin rule ...", of which `hits` are all that the window has; a
    space says only what names stand for. `attrs["said"]` is what was taken for granted of the path, a sentence each.
    """
    return audits(store, (rule_set,), flow_filter, network)[0]


def audits(
    store: FlowStore, rule_sets: Sequence[RuleSet], flow_filter: FlowFilter, network: AddressSpace | Network
) -> list[pd.DataFrame]:
    """The audit of each; a store is asked about many NSGs at once, and once about what all of them share."""
    ends = Ends(network.known if isinstance(network, Network) else Inventory())
    with held(store):
        window, of_admin_rules = _window(store, flow_filter), _of_admin_rules(store, flow_filter)
        said = each_may_be_theirs(store, flow_filter, rule_sets, network)
        each_logged = fetch_logged_of_each(store, flow_filter, rule_sets, _MEASURES)
        return [
            _audited(rule_set, logged, of_admin_rules, window, network, ends, wanted)
            for rule_set, logged, wanted in zip(rule_sets, each_logged, said, strict=True)
        ]


def _audited(
    rule_set: RuleSet,
    logged: pd.DataFrame,
    of_admin_rules: dict[tuple[str, str], pd.DataFrame],
    window: str,
    network: AddressSpace | Network,
    ends: Ends,
    wanted: tuple[str, ...],
) -> pd.DataFrame:
    seen = fold_viewpoints(logged)
    if seen.empty and window != NO_LOG:
        window = f"as this NSG logged nothing {window}"
    by_rule, nothing = _by_rule(seen), seen.iloc[:0]
    space = network.space(rule_set) if isinstance(network, Network) else network
    places = places_of(ends, rule_set)
    rows = []
    for direction in Direction:
        for admin, rule, findings in ahead(places, space, direction):
            hits = of_admin_rules.get((str(direction), _OWN_GUID.sub("", admin.name.casefold())), nothing)
            rows.append(_row(rule, str(admin.access), hits, findings))
        rules = rule_set.with_defaults().towards(direction)
        proofs = proved_findings(rules, space, places)
        for place, rule in enumerate(rules):
            hits = by_rule.get((str(direction), rule.name.casefold()), nothing)
            found = [] if rule.is_default else [*usage(rule, hits, window, space), *proofs[place]]
            rows.append(_row(rule, str(rule.access), hits, found))
    audited = pd.DataFrame(rows, columns=list(AUDITED.names))
    audited["last_hit"] = pd.to_datetime(audited["last_hit"], utc=True)
    audited = AUDITED.made(audited)
    assumed = ends.admin.assumed if any(place.admin_rules for place in places) else ()
    said = (*not_placed(ends, rule_set), *assumed, *(sentence for place in places for sentence in place.said), *wanted)
    audited.attrs |= logged.attrs | {"said": tuple(dict.fromkeys(said))}
    return audited


def _of_admin_rules(store: FlowStore, flow_filter: FlowFilter) -> dict[tuple[str, str], pd.DataFrame]:
    """The flows of admin rules, each once, whoever logged them, by direction and the rule's name in lower case."""
    if "rule_kind" in store.unsupported:
        return {}
    logged = fetch_logged(store, flow_filter.where("rule_kind", RuleKind.ADMIN), _MEASURES)
    return _by_rule(_named(fold_viewpoints(logged)))


_OWN_GUID = re.compile(r"_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
"""VNet logs of 2024 wrote an admin rule as its name and a guid (`Internet_d04abb96-...`), those of today its name."""


def _named(of_admin_rules: pd.DataFrame) -> pd.DataFrame:
    """The flows of admin rules under the rules' names alone, in lower case."""
    return of_admin_rules.assign(rule=[_OWN_GUID.sub("", str(each).casefold()) for each in of_admin_rules["rule"]])


def _by_rule(seen: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    """The flows of each direction and rule, by its name in lower case."""
    return {
        (str(direction), str(rule).casefold()): hits
        for (direction, rule), hits in seen.groupby(["direction", "rule"], sort=False, observed=True)
    }


def _row(rule: Rule, access: str, hits: pd.DataFrame, findings: list[Finding]) -> tuple[object, ...]:
    findings = sorted(findings, key=lambda each: SEVERITY[each.kind])
    return (
        rule.priority,
        rule.name,
        str(rule.direction),
        access,
        int(hits["flows"].sum()) if len(hits) else 0,
        hits["last_seen"].max() if len(hits) else pd.NaT,
        Several(findings),
        Several(finding.witness for finding in findings if finding.witness),
    )


def _window(store: FlowStore, flow_filter: FlowFilter) -> str:
    """The time in which there could have been a flow: the window asked for, as far as the store holds logs."""
    extent = store.extent()
    starts = [moment for moment in (flow_filter.since, extent.first) if moment]
    ends = [moment for moment in (flow_filter.until, extent.last) if moment]

    def words(moment: datetime) -> str:
        return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

    if extent.first is None or not starts or not ends or max(starts) > min(ends):
        return NO_LOG
    narrowed = ", in the part of the traffic that the filter keeps" if flow_filter.conditions else ""
    return f"from {words(max(starts))} to {words(min(ends))}{narrowed}"
