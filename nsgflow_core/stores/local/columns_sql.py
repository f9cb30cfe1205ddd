"""Each dimension and measure as SQL over the local store's tables, and the statement that holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from nsgflow_core.inventory.vnets import SubnetMap
from nsgflow_core.stores.local.filter_sql import Parameters, Value
from nsgflow_core.stores.local.tables import COUNTERS, STATES
from nsgflow_core.words.vocabulary import PROTOCOL_NAMES


@dataclass(frozen=True)
class Statement:
    """SQL text with $named parameters, and their values."""

    text: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def spelled_out(self) -> str:
        """The text with every parameter as a literal, to read and to run elsewhere."""
        parts = self.text.split("$")
        shown = [parts[0]]
        for part in parts[1:]:
            name = part[: next((at for at, char in enumerate(part) if not char.isalnum()), len(part))]
            shown.append(literal(self.values[name]) + part[len(name) :])
        return "".join(shown)


def literal(value: Value) -> str:
    """A value as a DuckDB literal. Every type that a parameter can have, and no other."""
    match value:
        case None:
            return "NULL"
        case bool() | int():
            return str(value)
        case str():
            return "'" + value.replace("'", "''") + "'"
        case datetime():
            return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
        case bytes():
            return "'" + "".join(f"\\x{byte:02X}" for byte in value) + "'::BLOB"
        case list():
            return "[" + ", ".join(literal(item) for item in value) + "]"


PROTOCOL_SQL = (
    "CASE f.protocol "
    + " ".join(f"WHEN {number} THEN '{name}'" for number, name in PROTOCOL_NAMES.items())
    + " ELSE f.protocol::VARCHAR END"
)
STATE_SQL = "CASE f.state " + " ".join(f"WHEN {at} THEN '{name}'" for at, name in enumerate(STATES)) + " END"

WORDS = ("decision", "direction", "encryption", "nsg", "nsg_id", "rule", "rule_kind", "mac", "target", "log_kind")


@dataclass(frozen=True, slots=True)
class Key:
    """How a dimension is grouped on: a column of `seen`, how it is made from a flow row, how it is shown at the end."""

    column: str
    made: str
    shown: str


KEYS: dict[str, Key] = {
    "source": Key("src", "f.src", "s.label"),
    "destination": Key("dst", "f.dst", "d.label"),
    "src_ip": Key("src", "f.src", "s.text"),
    "dst_ip": Key("dst", "f.dst", "d.text"),
    "src_port": Key("src_port", "f.src_port", "f.src_port"),
    "port": Key("dst_port", "f.dst_port", "f.dst_port"),
    "protocol": Key("protocol", "f.protocol", PROTOCOL_SQL),
    "flow_state": Key("state", "f.state", STATE_SQL),
    "hour": Key("hour", "date_trunc('hour', f.time)", "f.hour"),
    "day": Key("day", "date_trunc('day', f.time)", "f.day"),
    **{word: Key("view", "v.view", f"c.{word}") for word in WORDS},
}
"""One row per dimension; `tests/stores/test_answers.py` checks that none is missing."""

PAIR = {"src": "f.src", "dst": "f.dst", "protocol": "f.protocol", "dst_port": "f.dst_port"}

VOLUMES: dict[str, str] = {
    "flows": (
        "CASE WHEN c.decision = 'Denied' THEN f.tuples ELSE f.state_0 + "
        "CASE WHEN f.tuples > f.state_0 THEN greatest(f.state_1, f.state_3, 1) ELSE 0 END END"
    ),
    "packets": "f.src_to_dst_packets + f.dst_to_src_packets",
    "bytes": "f.src_to_dst_bytes + f.dst_to_src_bytes",
    **{counter: f"f.{counter}" for counter in COUNTERS},
}
"""Measure -> its amount of one viewpoint, over `seen` (alias f) and the viewpoint's words (c)."""

FACTS: dict[str, tuple[str, dict[str, str]]] = {
    "tuples": ("coalesce(sum(f.tuples), 0)::BIGINT", {}),
    "sources": ("count(DISTINCT f.src)", {"src": "f.src"}),
    "destinations": ("count(DISTINCT f.dst)", {"dst": "f.dst"}),
    "ports": ("count(DISTINCT f.dst_port)", {"dst_port": "f.dst_port"}),
    "days": ("count(DISTINCT f.day_seen)", {"day_seen": "date_trunc('day', f.time)"}),
    "first_seen": ("min(f.first_seen)", {}),
    "last_seen": ("max(f.last_seen)", {}),
}
"""Measure -> its SQL over `seen` (alias f), and the columns that `seen` needs for it."""

WORD_LISTS: dict[str, str] = {
    "directions": "list(DISTINCT c.direction ORDER BY c.direction)",
    "rules": "list(DISTINCT {'nsg': c.nsg, 'rule': c.rule} ORDER BY {'nsg': c.nsg, 'rule': c.rule})",
}
"""Measure -> its SQL over the viewpoints (c) of a group."""


def places_and_words(
    parameters: Parameters, subnets: SubnetMap | None, nsg_names: Mapping[str, str] | None
) -> list[str]:
    """Addresses with their labels, and contexts with the shown NSG names: from the store, or from given maps."""
    stages = []
    if subnets is not None:
        edges = subnets.boundaries()
        starts, names = parameters.add([edge for edge, _ in edges]), parameters.add([name for _, name in edges])
        stages += [
            f"edges AS (SELECT unnest({starts}::BLOB[]) AS packed, unnest({names}::VARCHAR[]) AS name)",
            "places AS MATERIALIZED (SELECT a.id, a.packed, a.text, coalesce(e.name, a.default_label) AS label "
            "FROM addresses a ASOF JOIN edges e ON a.packed >= e.packed)",
        ]
    else:
        stages.append("places AS (SELECT id, packed, text, label FROM addresses)")
    if nsg_names is not None:
        lowered = {name.lower(): shown for name, shown in nsg_names.items()}
        ids, shown = parameters.add(list(lowered)), parameters.add(list(lowered.values()))
        stages.append(f"names AS (SELECT unnest({ids}::VARCHAR[]) AS id, unnest({shown}::VARCHAR[]) AS name)")
    else:
        stages.append("names AS (SELECT id, name FROM nsg_names)")
    stages.append(
        "words AS (SELECT c.* REPLACE (coalesce(i.name, n.name, c.nsg) AS nsg) FROM contexts c "
        "LEFT JOIN names i ON i.id = lower(c.nsg_id) LEFT JOIN names n ON n.id = lower(c.nsg))"
    )
    return stages
