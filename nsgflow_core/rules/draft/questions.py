"""What a draft cannot decide by itself, and what it must warn about."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules.draft.excluded import DYNAMIC, PROBE
from nsgflow_core.rules.draft.fit import Fit
from nsgflow_core.rules.draft.grouping.ranges import ranges_opened
from nsgflow_core.rules.draft.traffic import Material
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.prefixes import INTERNET
from nsgflow_core.words.vocabulary import Direction

_ALLOW_VNET_OUT = "allowvnetoutbound"
SHOWN = 10
"""How many addresses a question lists, most flows first."""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A decision for a person: about which rule ("" for none), in words, and who is concerned.

    `addresses` are (address, flows) of the busiest; `total` says how many there are. `kind` is internet,
    close-internet, new-ports, dynamic-range or closed (allowed once and denied since).
    """

    kind: str
    rule: str
    question: str
    addresses: tuple[tuple[str, int], ...] = ()
    total: int = 0


def questions_of(material: Material, fit: Fit, names: list[str]) -> tuple[OpenQuestion, ...]:
    """The decisions to make: Internet or these addresses, closing the way out, dynamic port ranges."""
    found = [_internet(material, fit, place, name) for place, name in enumerate(names)]
    found = [question for question in found if question.total]
    flows = material.flows
    if material.direction is Direction.OUTBOUND and not material.options.close_internet and len(flows):
        public = flows[flows["dst_label"] == INTERNET]
        question = _way_out_closed(public, material.rule_names) or _way_out_open(public)
        found.append(OpenQuestion("close-internet", "", question, *busiest(public, "dst_ip")))
    found += [*_new_ports(material, fit, names), *_may_be_new_ports(material)]
    return (*found, *_dynamic_ranges(material.set_apart))


def _way_out_open(public: pd.DataFrame) -> str:
    services = public[["protocol", "port"]].drop_duplicates()
    return (
        f"The default rule AllowInternetOutBound leaves every way out open; {len(services)} services to "
        f"{public['dst_ip'].nunique()} public addresses were seen. Close the Internet for all others?"
    )


def _way_out_closed(public: pd.DataFrame, rule_names: tuple[str, ...]) -> str:
    """What is so where AllowVnetOutBound let public addresses pass: a default route is in VirtualNetwork; "" if not."""
    bits = sum(1 << place for place, name in enumerate(rule_names) if name.casefold() == _ALLOW_VNET_OUT)
    inside = public[(public["on_rules"].to_numpy() & bits) != 0] if bits else public.iloc[:0]
    if inside.empty:
        return ""
    example = busiest(inside, "dst_ip")[0][0][0]
    return (
        f"The log shows the public address {example} under AllowVnetOutBound: a "
        "default route makes VirtualNetwork hold it, so the closing deny for VirtualNetwork "
        "closes the way out too. Is what was seen all that is needed?"
    )


def _internet(material: Material, fit: Fit, place: int, name: str) -> OpenQuestion:
    """Whether a rule should say Internet, or the public addresses that were seen."""
    opening = fit.openings[place]
    side = "src_ip" if INTERNET in opening.sources else "dst_ip" if INTERNET in opening.destinations else ""
    if not side:
        return OpenQuestion("internet", name, "")
    members = material.flows[fit.member == place]
    addresses, total = busiest(members[members[side.replace("_ip", "_label")] == INTERNET], side)
    word = "came from" if side == "src_ip" else "went to"
    public = "1 public address" if total == 1 else f"{total:,} public addresses"
    question = f"Open to the whole Internet? The traffic {word} {public}; list them instead if you know them."
    return OpenQuestion("internet", name, question, addresses, total)


def _new_ports(material: Material, fit: Fit, names: list[str]) -> list[OpenQuestion]:
    """The marked ranges: what was seen on which days, and what to do about it."""
    return [
        OpenQuestion("new-ports", names[place], each.sentence, *busiest(material.flows[fit.member == place], "src_ip"))
        for place, each in ranges_opened(fit.openings, fit.member, material.flows, material.ranges).items()
    ]


def _may_be_new_ports(material: Material) -> list[OpenQuestion]:
    """Pairs whose ports may be new every day, where the logs are too short to tell, or show no answers."""
    why = "One day cannot tell whether tomorrow's are new" if material.window_days < 2 else _NO_ANSWERS
    return [
        OpenQuestion(
            "new-ports",
            "",
            f"{source} used {ports:,} {protocol} ports on {destination}, each on one day alone. {why}: "
            "if they are, pin the service's range and allow that.",
            ((str(source), int(ports)),),
            1,
        )
        for source, destination, protocol, ports in material.asked_pairs.itertuples(index=False, name=None)
    ]


_NO_ANSWERS = "These logs do not show answers, so this may be a scan, or a service whose ports are new every day"


def _dynamic_ranges(set_apart: pd.DataFrame) -> list[OpenQuestion]:
    dynamic = set_apart[set_apart["reason"] == DYNAMIC]
    found = []
    for (server, protocol), ports in dynamic.groupby(["dst_ip", "protocol"], sort=True, observed=True):
        first, last = int(ports["port"].min()), int(ports["port"].max())
        question = (
            f"{server} was met on {ports['port'].nunique()} {protocol} ports between {first} and {last}: a dynamic "
            "range (RPC, passive FTP)? If so, fix the range on the server and allow that range."
        )
        found.append(OpenQuestion("dynamic-range", "", question, *busiest(ports, "src_ip")))
    return found


def busiest(flows: pd.DataFrame, side: str) -> tuple[tuple[tuple[str, int], ...], int]:
    """The addresses with the most flows, and how many addresses there are."""
    counts = flows.groupby(side, observed=True)["flows"].sum().reset_index()
    top = counts.sort_values(["flows", side], ascending=[False, True]).head(SHOWN)
    return tuple((str(a), int(n)) for a, n in zip(top[side], top["flows"], strict=True)), len(counts)


def warnings_of(material: Material, asked_rung: str, fit: Fit, why: str, closing: tuple[Rule, ...]) -> list[str]:
    """What the person must know before using the draft, as sentences."""
    found = []
    if material.partial:
        found.append(f"The traffic is not complete: {material.partial}")
    found += [special.sentence for special in material.options.special]
    found += material.unlogged
    if material.is_empty:
        seen = "No allowed traffic was logged here in this window"
        if len(material.set_apart):
            seen = f"All {len(material.set_apart):,} distinct flows seen here are set apart, each with its reason"
        found.append(f"{seen}, so nothing is drafted and nothing closed.")
        return found
    if why:
        found.append(f"The draft is '{fit.rung.name}' instead of '{asked_rung}': {why}.")
    denies = [rule for rule in closing if rule.name.startswith("deny-")]
    if denies:
        found.append(
            "Flow logs may not show ICMP (ping, path MTU discovery). The closing denies name Tcp and Udp, so ICMP "
            "stays as the default rules have it."
        )
    if denies and material.direction is Direction.INBOUND:
        probes = int(material.set_apart.loc[material.set_apart["reason"] == PROBE, "flows"].sum())
        seen = f"{probes:,} probe flows were seen" if probes else "none were seen, but logs may not show them"
        found.append(
            "The VirtualNetwork tag holds 168.63.129.16, so a closing deny would stop load balancer probes; the rule "
            f"for AzureLoadBalancer above it admits them ({seen})."
        )
    if denies and material.window_days < 7:
        covered = counted(material.window_days, "day")
        found.append(f"The traffic covers {covered}: weekly and monthly jobs may be missing, and would be cut.")
    if material.scope.subnet:
        found.append("The draft is for a subnet: NSGs on its network interfaces must admit the same traffic.")
    return found
