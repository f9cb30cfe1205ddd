"""What can be asked: DIMENSIONS to group and filter by, MEASURES to compute. One row per concept.

Adding one is adding a row here and, when it is not a plain canonical column, its expression in each engine
(`stores/local/columns_sql.py`, `stores/kusto/filters_kql.py`); a test walks both tables through both engines.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nsgflow_core.errors import BadFilter


class Kind(StrEnum):
    """What values a dimension has, which decides how they are parsed, compared and shown."""

    ENDPOINT = "endpoint"  # an address, a CIDR prefix or an endpoint label
    PORT = "port"  # 0 to 65535, or a range
    WORD = "word"  # one of a short list
    TEXT = "text"  # a name; compared without case, as Azure does
    TIME = "time"  # the start of an interval, UTC


@dataclass(frozen=True, slots=True)
class Dimension:
    """Something flows are grouped or filtered by."""

    key: str
    label: str
    kind: Kind
    aliases: tuple[str, ...] = ()


class MeasureKind(StrEnum):
    """How a measure combines, which decides how double logging is resolved."""

    VOLUME = "volume"  # summed within a viewpoint, the largest viewpoint taken, then added
    DISTINCT = "distinct"  # how many different values
    FIRST = "first"
    LAST = "last"
    WORDS = "words"  # the different values as one text
    COUNT = "count"  # plain number of rows in the source


@dataclass(frozen=True, slots=True)
class Measure:
    """A number, time or list computed for a group of flows."""

    key: str
    label: str
    kind: MeasureKind
    unit: str = ""


DIMENSIONS: dict[str, Dimension] = {
    dimension.key: dimension
    for dimension in (
        Dimension("source", "Source", Kind.ENDPOINT, ("src", "src_subnet", "source_subnet")),
        Dimension("destination", "Destination", Kind.ENDPOINT, ("dst", "dst_subnet", "destination_subnet")),
        Dimension("src_ip", "Source address", Kind.ENDPOINT, ("source_ip",)),
        Dimension("dst_ip", "Destination address", Kind.ENDPOINT, ("destination_ip", "dest_ip")),
        Dimension("src_port", "Source port", Kind.PORT, ("source_port",)),
        Dimension("port", "Port", Kind.PORT, ("dst_port", "destination_port")),
        Dimension("protocol", "Protocol", Kind.WORD),
        Dimension("direction", "Direction", Kind.WORD),
        Dimension("decision", "Decision", Kind.WORD),
        Dimension("flow_state", "State", Kind.WORD, ("state",)),
        Dimension("encryption", "Encryption", Kind.TEXT),
        Dimension("nsg", "NSG", Kind.TEXT),
        Dimension("nsg_id", "NSG id", Kind.TEXT, ("acl_id",)),
        Dimension("rule", "Rule", Kind.TEXT),
        Dimension("rule_kind", "Rule kind", Kind.WORD),
        Dimension("mac", "MAC address", Kind.TEXT),
        Dimension("target", "Target", Kind.TEXT),
        Dimension("log_kind", "Log", Kind.WORD, ("log",)),
        Dimension("hour", "Hour (UTC)", Kind.TIME),
        Dimension("day", "Day (UTC)", Kind.TIME),
    )
}

MEASURES: dict[str, Measure] = {
    measure.key: measure
    for measure in (
        Measure("flows", "Flows", MeasureKind.VOLUME, "flows"),
        Measure("packets", "Packets", MeasureKind.VOLUME, "packets"),
        Measure("bytes", "Bytes", MeasureKind.VOLUME, "bytes"),
        Measure("src_to_dst_packets", "Packets sent", MeasureKind.VOLUME, "packets"),
        Measure("src_to_dst_bytes", "Bytes sent", MeasureKind.VOLUME, "bytes"),
        Measure("dst_to_src_packets", "Packets returned", MeasureKind.VOLUME, "packets"),
        Measure("dst_to_src_bytes", "Bytes returned", MeasureKind.VOLUME, "bytes"),
        Measure("tuples", "Log entries", MeasureKind.COUNT, "entries"),
        Measure("sources", "Sources", MeasureKind.DISTINCT, "addresses"),
        Measure("destinations", "Destinations", MeasureKind.DISTINCT, "addresses"),
        Measure("ports", "Ports", MeasureKind.DISTINCT, "ports"),
        Measure("days", "Days seen", MeasureKind.DISTINCT, "days"),
        Measure("first_seen", "First seen", MeasureKind.FIRST),
        Measure("last_seen", "Last seen", MeasureKind.LAST),
        Measure("directions", "Directions", MeasureKind.WORDS),
        Measure("rules", "Rules", MeasureKind.WORDS),
    )
}

_DIMENSION_NAMES = {name: key for key, d in DIMENSIONS.items() for name in (key, *d.aliases)}


def dimension(name: str) -> Dimension:
    """The dimension of that key or alias. Raises BadFilter, naming the ones there are."""
    key = _DIMENSION_NAMES.get(name.strip().lower().replace("-", "_"))
    if key is None:
        raise BadFilter(f"There is no dimension '{name}'.", f"Choose from: {', '.join(DIMENSIONS)}.")
    return DIMENSIONS[key]


def measure(name: str) -> Measure:
    """The measure of that key. Raises BadFilter, naming the ones there are."""
    found = MEASURES.get(name.strip().lower().replace("-", "_"))
    if found is None:
        raise BadFilter(f"There is no measure '{name}'.", f"Choose from: {', '.join(MEASURES)}.")
    return found


def label(key: str) -> str:
    """The words on screen for a dimension's or measure's key."""
    row = DIMENSIONS.get(key) or MEASURES.get(key)
    return row.label if row else key.replace("_", " ").capitalize()
