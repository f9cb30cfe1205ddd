"""A slow, obvious FlowQuery over plain dict rows: the meaning of design section 3, written apart from the engines.

Rows have the keys of FLOW_SCHEMA. Nothing here is shared with the SQL; only the filter's and subnet map's own
meaning (`parse_prefix`, `SubnetMap.label`) is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import Any

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.measures import MEASURES, MeasureKind
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.ask.text.times import parse_time
from nsgflow_core.inventory.names.address_names import AddressNames
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.words.prefixes import INTERNET, is_prefix, pack, parse_prefix
from nsgflow_core.words.vocabulary import protocol_name

OPPOSITE = {"source": "destination", "src_ip": "dst_ip", "source_name": "destination_name"}
OPPOSITE |= {there: here for here, there in OPPOSITE.items()}
ENDS = ("source", "destination", "src_ip", "dst_ip")
"""What is asked for by address, prefix or label alike."""
OUTSIDE = ("service_tag", "country", "asn")
MINUTES = {"minute": 1, "five_minutes": 5, "quarter_hour": 15}
LENGTHS = {name: timedelta(minutes=minutes) for name, minutes in MINUTES.items()}
LENGTHS |= {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
COUNTERS = ("src_to_dst_packets", "src_to_dst_bytes", "dst_to_src_packets", "dst_to_src_bytes")
Row = dict[str, Any]
Group = tuple[Any, ...]


class Reference:
    def __init__(
        self,
        rows: list[Row],
        subnets: SubnetMap | None = None,
        names: dict[str, str] | None = None,
        address_names: AddressNames | None = None,
    ) -> None:
        self.address_names = address_names or AddressNames()
        self.subnets = subnets or SubnetMap()
        self.names = {key.lower(): name for key, name in (names or {}).items()}
        self.ids = {row["nsg_id"] for row in rows}
        self.rows = [self._with_shown(row) for row in rows]

    def _with_shown(self, row: Row) -> Row:
        shown = dict(row)
        shown["nsg"], shown["nsg_id"], shown["nsg_keys"] = self._nsg(row["nsg"], row["nsg_id"])
        shown["source"] = self.subnets.label(packed(row["src_ip"]))
        shown["destination"] = self.subnets.label(packed(row["dst_ip"]))
        named = {end: self.address_names.of(packed(row[f"{end}_ip"])) for end in ("src", "dst")}
        shown["source_name"], shown["destination_name"] = named["src"].name, named["dst"].name
        public = "dst" if shown["destination"] == INTERNET else "src" if shown["source"] == INTERNET else ""
        shown |= {key: getattr(named[public], key) if public else "" for key in OUTSIDE}
        for name, minutes in MINUTES.items():
            shown[name] = row["time"].replace(minute=row["time"].minute // minutes * minutes, second=0, microsecond=0)
        shown["hour"] = row["time"].replace(minute=0, second=0, microsecond=0)
        shown["day"] = shown["hour"].replace(hour=0)
        shown["week"] = shown["day"] - timedelta(days=shown["day"].weekday())
        shown["weekday"] = row["time"].strftime("%A")
        shown["port"] = row["dst_port"]
        shown["protocol"] = protocol_name(row["protocol"])
        return shown

    def _nsg(self, name: str, logged: str) -> tuple[str, str, list[str]]:
        """Its loaded name, by guid or by name; its full id where a log that ends in that name has it; all its ids."""
        if logged == "00000000-0000-0000-0000-000000000000":
            return "none", "", [logged, "unspecified"]
        loaded = {known.lower(): known for known in self.names.values()}
        shown = self.names.get(logged.lower()) or loaded.get(name.lower(), name)
        full = [each for each in self.ids if each.lower().endswith(f"/{shown.lower()}")]
        guids = [guid for guid, known in self.names.items() if known.lower() == shown.lower()]
        return shown, min(full, default=logged.lower()), [*guids, *(each.lower() for each in full), logged.lower()]

    def fetch(self, query: FlowQuery) -> list[Group]:
        kept = [row for row in self.rows if keeps(query.filter, row)]
        groups: dict[Group, list[Row]] = defaultdict(list)
        for row in kept:
            groups[tuple(row[key] for key in query.by)].append(row)
        if not query.by and not groups:
            groups[()] = []
        answer = [
            (*key, *(measured(name, rows, query.by) for name in query.measures))
            for key, rows in sorted(groups.items(), key=lambda group: sorted_by(query.by, group[0]))
        ]
        if query.order in query.measures:
            at = query.columns.index(query.order)
            answer.sort(key=lambda line: line[at], reverse=True)
        elif order := query.order:
            answer.sort(key=lambda line: sorted_by((order,), (line[query.columns.index(order)],)))
        return answer[: query.limit]


def packed(address: str) -> bytes:
    found = pack(address)
    assert found is not None, address
    return found


def sorted_by(by: tuple[str, ...], key: Group) -> Group:
    """Days of the week as the calendar has them, anything else as it reads."""
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    return tuple(days.index(value) if name == "weekday" else value for name, value in zip(by, key, strict=True))


def keeps(flow_filter: FlowFilter, row: Row) -> bool:
    if flow_filter.since and row["time"] < flow_filter.since:
        return False
    if flow_filter.until and row["time"] >= flow_filter.until:
        return False
    ends = [c for c in flow_filter.conditions if c.dimension in OPPOSITE and not c.is_fixed]
    others = [c for c in flow_filter.conditions if c.dimension not in OPPOSITE or c.is_fixed]
    if not all(meets(condition, row) for condition in others):
        return False
    if all(meets(condition, row) for condition in ends):
        return True
    return flow_filter.either_way and all(
        meets(replace(condition, dimension=OPPOSITE[condition.dimension]), row) for condition in ends
    )


def meets(condition, row: Row) -> bool:
    test = fits if condition.operator in ("is", "is_not") else contains
    hit = any(test(condition.dimension, value, row) for value in condition.values)
    return not hit if condition.operator in ("is_not", "contains_not") else hit


def contains(dimension: str, value: str, row: Row) -> bool:
    texts = [row[dimension]]
    if dimension in ENDS:
        texts = (
            [row["source"], row["src_ip"]] if dimension in ("source", "src_ip") else [row["destination"], row["dst_ip"]]
        )
    return any(value.lower() in text.lower() for text in texts)


def fits(dimension: str, value: str, row: Row) -> bool:
    if dimension == "asn":
        return value.lower() in (row["asn"].lower(), row["asn"].lower().partition(" ")[0]) and bool(row["asn"])
    if dimension in ENDS:
        side = "source" if dimension in ("source", "src_ip") else "destination"
        address = row["src_ip" if side == "source" else "dst_ip"]
        if is_prefix(value):
            return parse_prefix(value).holds(packed(address))
        return bool(row[side].lower() == value.lower())
    if dimension in ("port", "src_port"):
        first, _, last = value.partition("-")
        return bool(int(first) <= row[dimension] <= int(last or first))
    if dimension in LENGTHS:
        return bool(row[dimension] <= parse_time(value) < row[dimension] + LENGTHS[dimension])
    if dimension in ("nsg", "nsg_id"):
        return value.lower() in [*row["nsg_keys"], *([row["nsg"].lower()] if dimension == "nsg" else [])]
    return str(row[dimension]).lower() == value.lower()


def measured(name: str, rows: list[Row], by: tuple[str, ...]) -> object:
    if MEASURES[name].kind is MeasureKind.VOLUME:
        return volume(name, rows, by)
    return FACTS[name](rows)


def distinct(key: str):
    return lambda rows: len({row[key] for row in rows})


FACTS = {
    "tuples": len,
    "sources": distinct("src_ip"),
    "destinations": distinct("dst_ip"),
    "ports": distinct("dst_port"),
    "days": distinct("day"),
    "first_seen": lambda rows: min((row["time"] for row in rows), default=None),
    "last_seen": lambda rows: max((row["time"] for row in rows), default=None),
    "directions": lambda rows: tuple(sorted({row["direction"] for row in rows})),
    "rules": lambda rows: tuple(sorted({(row["nsg"], row["rule"]) for row in rows})),
}


def volume(name: str, rows: list[Row], by: tuple[str, ...]) -> int:
    derived = {"source", "destination", "source_name", "destination_name", *OUTSIDE}
    own = [key for key in by if key not in derived]
    keys: dict[Group, dict[Group, dict[Group, list[Row]]]] = {}
    for row in rows:
        atom = (row["src_ip"], row["dst_ip"], row["protocol"], row["dst_port"], row["decision"], *(row[k] for k in own))
        side = (row["log_kind"], row["direction"])
        view = (row["nsg"], row["rule"])
        keys.setdefault(atom, {}).setdefault(side, {}).setdefault(view, []).append(row)
    total = 0
    for sides in keys.values():
        total += max(sum(amount(name, view) for view in views.values()) for views in sides.values())
    return total


def amount(name: str, rows: list[Row]) -> int:
    """Of one viewpoint."""
    if name == "flows":
        if rows[0]["decision"] == "Denied":
            return len(rows)
        stateless = [row for row in rows if row["flow_state"] == ""]
        begins = [row for row in rows if row["flow_state"] == "Begin"]
        ends = [row for row in rows if row["flow_state"] == "End"]
        if len(stateless) == len(rows):
            return len(rows)
        return len(stateless) + max(len(begins), len(ends), 1)
    columns = [counter for counter in COUNTERS if name == counter or name == counter.rsplit("_", 1)[1]]
    return sum(row[column] or 0 for row in rows for column in columns)
