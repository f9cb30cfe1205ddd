"""What was denied, by story: source, rule and destination in one table, with the tries of a sweep as one line.

A sweep is a source that tried many ports or hosts; those of one label whose times overlap are one, like "4 addresses
tried 100 ports on 2 hosts in 6 minutes". What is left is told by its ends' labels, the Internet apart from the inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pandas as pd

from nsgflow_core.analysis.denied import denied
from nsgflow_core.analysis.question import Question
from nsgflow_core.analysis.traffic import entries
from nsgflow_core.ask.filters import Condition, FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.words.lengths import duration
from nsgflow_core.words.numbers import and_more, counted
from nsgflow_core.words.prefixes import INTERNET, is_prefix, pack, parse_prefix
from nsgflow_core.words.services.port_names import service_words
from nsgflow_core.words.several import NsgRule, NsgRules

Ask = Callable[[Question], pd.DataFrame]
Asking = Callable[..., AbstractContextManager[None]]
SWEEP = 10
"""Ports or hosts that a source tried, from which on it sweeps."""
FEW_EACH = 3
"""Flows to each of many hosts, on average, up to which it is a sweep and not a client of theirs."""
MOST_SWEEPERS = 100
"""Addresses; a link to what is left names each of them."""
_MOST_SOURCES, _MOST_TRIES, _MOST_CELLS, _MOST_SERVICES = 5_000, 100_000, 1_000, 5_000
_MANY_PORTS = 1_000
"""Ports of a cell beyond which it is told by their number: the two busiest of so many say little."""
_APART = timedelta(minutes=10)
"""Sweeps further apart than that are two."""
_SHORT = timedelta(hours=6)
"""Sources that sweep for longer nearly all overlap: those of the Internet are one line, each of the inside its own."""
CELL = ["source", "nsg", "rule", "direction", "destination"]
COLUMNS = (
    "side", "story", "source", "rules", "destination",
    "flows", "sources", "destinations", "ports", "first_seen", "last_seen",
)  # fmt: skip
INSIDE, OUTSIDE = "inside", "Internet"


@dataclass(frozen=True)
class Stories:
    """One row a story (`COLUMNS`), the most flows first within a side, and the part of the traffic behind each."""

    table: pd.DataFrame
    partial: str
    _part: FlowFilter
    _ask: Ask
    _folded: tuple[list[str], ...]
    """The addresses of each sweep."""
    _rest: FlowFilter
    """The traffic that is in no sweep, told by cells (columns CELL)."""
    _cells: tuple[tuple[str, ...], ...]
    _places: tuple[int, ...]
    """Of each row its place in all sweeps and then cells."""

    def behind(self, row: int) -> FlowFilter:
        """The part of the traffic behind a row of the table: made for the one that is opened, not for thousands."""
        place = self._places[row] - len(self._folded)
        if place >= 0:
            cell = self._cells[place]
            return _one_way(self._rest, lambda part: _behind(part, cell), self._ask)
        addresses = self._folded[place]
        return _one_way(self._part, lambda part: part.where("src_ip", *addresses), self._ask)


def stories(flow_filter: FlowFilter, ask: Ask, asking: Asking = lambda *_: nullcontext()) -> Stories:
    """What was denied of a filter's traffic. Bounded: the busiest 5,000 sources are looked at for sweeps, and the
    busiest 1,000 cells are told. `asking` is told several questions that are asked inside it."""
    part = denied(flow_filter)
    sources = ask(_sources(part))
    sweepers = _sweepers(sources)
    rest = _without(part, sweepers["src_ip"].tolist())
    with asking(*(_of_sweepers(part, sweepers) if len(sweepers) else ()), _cells(rest)):
        folded = list(_sweeps(part, sweepers, ask)) if len(sweepers) else []
        cells = ask(_cells(rest))
    told = cells.assign(
        side=cells["source"].map(lambda label: OUTSIDE if label == INTERNET else INSIDE),
        rules=pd.Series(
            [NsgRules((NsgRule(nsg, rule),)) for nsg, rule in zip(cells["nsg"], cells["rule"], strict=True)],
            cells.index,
            dtype=object,
        ),
        story=_told(cells, _services_of(rest, cells, sources, ask)),
    )
    rows = pd.concat([pd.DataFrame([row for row, _ in folded]), told], ignore_index=True) if folded else told
    order = rows.sort_values(["side", "flows"], ascending=[False, False], kind="stable").index
    partial = dict.fromkeys(str(each.attrs["partial"]) for each in (sources, cells) if each.attrs.get("partial"))
    table = rows.loc[order, list(COLUMNS)].reset_index(drop=True)
    table = table.astype(dict.fromkeys(("flows", "sources", "destinations", "ports"), "int64"))
    return Stories(
        table,
        " ".join(partial),
        part,
        ask,
        tuple(addresses for _, addresses in folded),
        rest,
        tuple(cells[CELL].itertuples(index=False, name=None)),
        tuple(order.tolist()),
    )


def _sources(part: FlowFilter) -> Question:
    measures = ("flows", "destinations", "ports", "first_seen", "last_seen")
    query = FlowQuery(part, by=("src_ip", "source"), measures=measures, order="flows", limit=_MOST_SOURCES)
    return Question.of_flows("denied_stories.sources", query)


def _tries(part: FlowFilter) -> Question:
    by = ("src_ip", "dst_ip", "destination", "protocol", "port")
    query = FlowQuery(part, by=by, measures=("flows",), order="flows", limit=_MOST_TRIES)
    return Question.of_flows("denied_stories.tries", query)


def _rules(part: FlowFilter) -> Question:
    return Question.of_flows("denied_stories.rules", FlowQuery(part, by=("src_ip",), measures=("rules",)))


def _cells(part: FlowFilter) -> Question:
    measures = ("flows", "sources", "destinations", "ports", "first_seen", "last_seen")
    query = FlowQuery(part, by=tuple(CELL), measures=measures, order="flows", limit=_MOST_CELLS)
    return Question.of_flows("denied_stories.cells", query)


def _services(part: FlowFilter) -> Question:
    by = (*CELL, "protocol", "port")
    query = FlowQuery(part, by=by, measures=("flows",), order="flows", limit=_MOST_SERVICES)
    return Question.of_flows("denied_stories.services", query)


def _services_of(rest: FlowFilter, cells: pd.DataFrame, sources: pd.DataFrame, ask: Ask) -> pd.DataFrame:
    """The services of those cells that are told by them; of the sources of these alone, where ends are told apart."""
    few = cells[cells["ports"] <= _MANY_PORTS]
    if not rest.either_way and not rest.values_of("source"):
        rest = rest.where("source", *_asked_for(few["source"].unique(), sources)) if len(few) else rest
    services = ask(_services(rest)) if len(few) else cells.assign(protocol="", port=0).head(0)
    return services[pd.MultiIndex.from_frame(services[CELL]).isin(pd.MultiIndex.from_frame(few[CELL]))]


def _asked_for(labels: Iterable[str], sources: pd.DataFrame) -> list[str]:
    """These labels of sources as values of a filter, which reads one that is a prefix as those addresses: whoever has
    such a label and lies elsewhere is asked for by address."""
    ranges = {label: parse_prefix(label) for label in labels if is_prefix(label)}
    near = sources[sources["source"].isin(list(ranges))]
    named = (str(each) for each, label in zip(near["src_ip"], near["source"], strict=True)
             if (packed := pack(str(each))) and not ranges[label].holds(packed))  # fmt: skip
    return [*labels, *named]


def _sweepers(sources: pd.DataFrame) -> pd.DataFrame:
    """The sources that tried many ports, or many hosts with few flows to each; the busiest."""
    many_hosts = (sources["destinations"] >= SWEEP) & (sources["flows"] <= FEW_EACH * sources["destinations"])
    return sources[(sources["ports"] >= SWEEP) | many_hosts].head(MOST_SWEEPERS)


def _of_sweepers(part: FlowFilter, sweepers: pd.DataFrame) -> tuple[Question, Question]:
    """What sweepers tried, and the rules that denied it."""
    sent = _sent_by(part, sweepers["src_ip"].tolist())
    return _tries(sent), _rules(sent)


def _sweeps(part: FlowFilter, sweepers: pd.DataFrame, ask: Ask) -> Iterator[tuple[dict[str, object], list[str]]]:
    """A row a sweep, and its addresses."""
    tries, by_source = map(ask, _of_sweepers(part, sweepers))
    sweep = _sweep_of(sweepers)
    tried = tries.assign(sweep=tries["src_ip"].map(dict(zip(sweepers["src_ip"], sweep, strict=True))))
    ports = tried[["sweep", "protocol", "port"]].drop_duplicates()["sweep"].value_counts().to_dict()
    hosts = tried.groupby("sweep")["dst_ip"].nunique().to_dict()
    targets = _targets(tried)
    rules = dict(zip(by_source["src_ip"], by_source["rules"], strict=True))
    ends: dict[str, Any] = {"src_ip": list, "source": "first", "flows": "sum", "first_seen": "min", "last_seen": "max"}
    for name, each in sweepers.groupby(sweep, sort=False).agg(ends).to_dict("index").items():
        addresses, label = each["src_ip"], str(each["source"])
        words = f"{counted(ports.get(name, 0), 'port')} on {counted(hosts.get(name, 0), 'host')}"
        who = counted(len(addresses), "address") if len(addresses) > 1 else addresses[0]
        row = {
            "side": OUTSIDE if label == INTERNET else INSIDE,
            "story": f"Sweep: {who} tried {words} in {duration(each['last_seen'] - each['first_seen'])}",
            "source": label,
            "rules": NsgRules(sorted({rule for address in addresses for rule in rules[address]})),
            "destination": _first_of(targets.get(str(name), [])),
            "flows": int(each["flows"]),
            "sources": len(addresses),
            "destinations": hosts.get(name, 0),
            "ports": ports.get(name, 0),
            "first_seen": each["first_seen"],
            "last_seen": each["last_seen"],
        }
        yield row, addresses


def _targets(tried: pd.DataFrame) -> dict[str, list[str]]:
    """The labels that each sweep tried: the most flows first, and those of as many by name."""
    flows = tried.groupby(["sweep", "destination"])["flows"].sum()
    ordered = flows.sort_values(ascending=False, kind="stable").reset_index()
    return {str(sweep): list(map(str, labels)) for sweep, labels in ordered.groupby("sweep")["destination"]}


def _sweep_of(sweepers: pd.DataFrame) -> pd.Series[str]:
    """Which sweep each source is of: the next in time of its label begins another where nobody was at it before."""
    ordered = sweepers.sort_values(["source", "first_seen"], kind="stable")
    is_short = ordered["last_seen"] - ordered["first_seen"] <= _SHORT
    reach = ordered["last_seen"].where(is_short).groupby(ordered["source"]).cummax()
    before = reach.groupby(ordered["source"]).shift()
    begins = ~is_short | before.isna() | (ordered["first_seen"] > before + _APART)
    number = begins.where(is_short, False).groupby(ordered["source"]).cumsum()
    slow = ordered["src_ip"].where(ordered["source"] != INTERNET, "slow")
    return (ordered["source"] + " " + number.astype("str").where(is_short, slow)).reindex(sweepers.index)


def _sent_by(part: FlowFilter, addresses: Sequence[str]) -> FlowFilter:
    """The flows that these sent, also where a filter that counts either way was met the other way round."""
    if part.either_way:
        return part.meeting(Condition("src_ip", "is", tuple(addresses), is_fixed=True))
    return part.where("src_ip", *addresses)


def _without(part: FlowFilter, addresses: Sequence[str]) -> FlowFilter:
    if part.either_way and addresses:
        return part.meeting(Condition("src_ip", "is_not", tuple(addresses), is_fixed=True))
    before = part.values_of("src_ip", "is_not")
    return part.where("src_ip", *before, *addresses, operator="is_not")


def _told(cells: pd.DataFrame, services: pd.DataFrame) -> pd.Series[str]:
    """Like "web → data: TCP 1433 ms-sql-s": the busiest services of each cell."""
    services = services.assign(
        words=[service_words(*each) for each in zip(services["protocol"], services["port"], strict=True)]
    )
    joined = services.groupby(CELL, sort=False)["words"].agg(list)
    keys = pd.MultiIndex.from_frame(cells[CELL].astype(object))
    told = joined.to_dict() if len(joined) else {}
    words = [_first_of(told.get(key, []), ports) for key, ports in zip(keys, cells["ports"], strict=True)]
    ends = cells["source"] + " → " + cells["destination"]
    return ends + pd.Series([f": {each}" for each in words], cells.index, dtype="str")


def _first_of(names: list[str], in_all: int | None = None) -> str:
    shown = names[:2]
    more = (in_all if in_all is not None else len(names)) - len(shown)
    return ", ".join(shown) + and_more(more) if shown else counted(more, "port")


def _one_way(part: FlowFilter, narrowed: Callable[[FlowFilter], FlowFilter], ask: Ask) -> FlowFilter:
    """The traffic of a story as a link can say it: one way, and that in which most of it is found."""
    if not part.either_way:
        return narrowed(part)
    one_way = replace(part, either_way=False)
    ways = [narrowed(each) for each in (one_way, one_way.swapped())]
    return max(ways, key=lambda way: int(ask(entries(way))["tuples"].sum()))


def _behind(part: FlowFilter, cell: tuple[str, ...]) -> FlowFilter:
    """The traffic of one cell of a part that is asked for one way."""
    values = dict(zip(CELL, map(str, cell), strict=True))
    for end, address in (("source", "src_ip"), ("destination", "dst_ip")):
        value = values.pop(end)
        part = part.where(address if part.values_of(end) else end, value)
    for name, value in values.items():
        if value:
            part = part.where(name, value)
    return part
