"""FlowQuery and RowsQuery -> one SQL statement for the local store's tables, its values bound as parameters.

How flows are counted (design section 3), stage by stage:

    views     the contexts that the filter lets through; each gets numbers for its viewpoint (decision, log kind,
              direction, NSG, rule), its side (without NSG and rule) and its cell (the grouped words alone)
    seen      flow rows of the filter, per address pair, protocol, port and viewpoint: the one pass over the rows
    counted   flows of each viewpoint: denied tuples; or version 1 tuples and max(Begin, End), at least 1
    sides     summed over NSGs and rules
    largest   the side that saw most, for each measure: a connection logged at both ends, or twice, counts once
    volumes   added up into the groups of the question
    facts     distinct counts, times and words of the groups, over all rows
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from nsgflow_core.dimensions import MEASURES, MeasureKind
from nsgflow_core.query import FlowQuery, RowsQuery
from nsgflow_core.stores.local_schema import COUNTERS, STATES
from nsgflow_core.stores.sql_filter import Parameters, Value, conditions_sql
from nsgflow_core.subnets import SubnetMap
from nsgflow_core.vocabulary import PROTOCOL_NAMES


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

_WORDS = ("decision", "direction", "encryption", "nsg", "nsg_id", "rule", "rule_kind", "mac", "target", "log_kind")


@dataclass(frozen=True, slots=True)
class Key:
    """How a dimension is grouped on: the column of `seen`, how it is made from a flow row, how it is shown."""

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
    **{word: Key("view", "v.view", f"c.{word}") for word in _WORDS},
}
"""One row per dimension; `tests/stores/test_sql.py` checks that none is missing."""

PAIR = {"src": "f.src", "dst": "f.dst", "protocol": "f.protocol", "dst_port": "f.dst_port"}

VOLUMES: dict[str, str] = {
    "flows": "",
    "packets": "coalesce(sum(src_to_dst_packets), 0) + coalesce(sum(dst_to_src_packets), 0)",
    "bytes": "coalesce(sum(src_to_dst_bytes), 0) + coalesce(sum(dst_to_src_bytes), 0)",
    **{counter: f"coalesce(sum({counter}), 0)" for counter in COUNTERS},
}

FACTS: dict[str, tuple[str, dict[str, str]]] = {
    "tuples": ("coalesce(sum(f.tuples), 0)::BIGINT", {}),
    "sources": ("count(DISTINCT f.src)", {"src": "f.src"}),
    "destinations": ("count(DISTINCT f.dst)", {"dst": "f.dst"}),
    "ports": ("count(DISTINCT f.dst_port)", {"dst_port": "f.dst_port"}),
    "days": ("count(DISTINCT f.day_seen)", {"day_seen": "date_trunc('day', f.time)"}),
    "first_seen": ("min(f.first_seen)", {}),
    "last_seen": ("max(f.last_seen)", {}),
    "directions": ("coalesce(string_agg(DISTINCT c.direction, '+' ORDER BY c.direction), '')", {"view": "v.view"}),
    "rules": (
        "coalesce(string_agg(DISTINCT c.nsg || '/' || c.rule, '; ' ORDER BY c.nsg || '/' || c.rule), '')",
        {"view": "v.view"},
    ),
}
"""Measure -> its SQL over `seen` (alias f) and the viewpoint's words (c), and the columns that `seen` needs for it."""


def compile_flows(
    query: FlowQuery, subnets: SubnetMap | None = None, nsg_names: Mapping[str, str] | None = None
) -> Statement:
    """The statement whose answer has `query.columns`; the maps override those kept in the store."""
    parameters = Parameters()
    volumes = [name for name in query.measures if MEASURES[name].kind is MeasureKind.VOLUME]
    facts = [name for name in query.measures if MEASURES[name].kind is not MeasureKind.VOLUME]
    stages = places_and_words(parameters, subnets, nsg_names)
    stages += _seen(query, parameters, volumes, facts)
    if volumes:
        stages += _volume_stages(query, volumes)
    if facts or not volumes:
        stages.append(_facts_stage(query, facts))
    text = "WITH " + ",\n".join(stages) + "\n" + _final(query, volumes, facts, parameters)
    return Statement(text, parameters.values)


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


def _seen(query: FlowQuery, parameters: Parameters, volumes: list[str], facts: list[str]) -> list[str]:
    """The one pass over the flow rows, and before it, where it is needed, the viewpoints that it tells apart."""
    where = conditions_sql(query.filter, parameters)
    keys = {KEYS[name].column: KEYS[name].made for name in query.by}
    if volumes:
        keys |= PAIR | {"view": "v.view"}
    for name in facts:
        keys |= FACTS[name][1]
    computed = ["count(*) AS tuples"]
    if "flows" in volumes:
        computed += [f"count(*) FILTER (f.state = {code}) AS state_{code}" for code in (0, 1, 3)]
    computed += [f"{VOLUMES[name]} AS {name}" for name in volumes if name != "flows"]
    computed += [f"{end} AS {name}" for name, end in _ENDS.items() if name in facts]
    selected = ", ".join([f"{made} AS {column}" for column, made in keys.items()] + computed)
    needs_views = "view" in keys or bool(where.contexts)
    joined = " JOIN views v ON v.id = f.context" if needs_views else ""
    grouped = f"\n    GROUP BY {', '.join(keys.values())}" if keys else ""
    seen = f"seen AS MATERIALIZED (SELECT {selected}\n    FROM flows f{joined}{where.rows}{grouped})"
    return [*(_views(query, where.contexts) if needs_views else []), seen]


_ENDS = {"first_seen": "min(f.time)", "last_seen": "max(f.time)"}


def _views(query: FlowQuery, where: str) -> list[str]:
    cell = list(dict.fromkeys(["decision", *(name for name in query.by if name in _WORDS)]))
    columns = dict.fromkeys([*cell, "direction", "nsg", "rule"])
    side = dict.fromkeys([*cell, "log_kind", "direction"])
    view = dict.fromkeys([*side, "nsg", "rule"])
    ranks = ", ".join(
        f"dense_rank() OVER (ORDER BY {', '.join(key)}) AS {name}"
        for name, key in (("cell", cell), ("side", side), ("view", view))
    )
    return [
        f"views AS MATERIALIZED (SELECT id, {', '.join(columns)}, {ranks}\n    FROM words{where})",
        "points AS (SELECT DISTINCT ON (view) * EXCLUDE (id) FROM views)",
    ]


_COUNTED_FLOWS = (
    "CASE WHEN any_value(c.decision) = 'Denied' THEN sum(f.tuples) ELSE sum(f.state_0) + "
    "CASE WHEN sum(f.tuples) > sum(f.state_0) THEN greatest(sum(f.state_1), sum(f.state_3), 1) ELSE 0 END END"
)


def _volume_stages(query: FlowQuery, volumes: list[str]) -> list[str]:
    keys = dict.fromkeys([*PAIR, *(KEYS[name].column for name in query.by if KEYS[name].column != "view")])
    columns = ", ".join(f"f.{key}" for key in keys)
    summed = ", ".join(f"{_COUNTED_FLOWS if name == 'flows' else f'sum(f.{name})'} AS {name}" for name in volumes)
    return [
        f"counted AS (SELECT {columns}, any_value(c.cell) AS cell, any_value(c.side) AS side, {summed}\n"
        f"    FROM seen f JOIN points c USING (view) GROUP BY {columns}, view)",
        f"sides AS (SELECT {columns}, cell, side, {', '.join(f'sum(f.{name}) AS {name}' for name in volumes)}\n"
        f"    FROM counted f GROUP BY {columns}, cell, side)",
        f"largest AS (SELECT {columns}, cell, {', '.join(f'max(f.{name}) AS {name}' for name in volumes)}\n"
        f"    FROM sides f GROUP BY {columns}, cell)",
        f"volumes AS (SELECT {_shown(query)}"
        + ", ".join(f"coalesce(sum(f.{name}), 0)::BIGINT AS {name}" for name in volumes)
        + f"\n    FROM largest f{_joins(query, 'cell')}{_group_by(query)})",
    ]


def _facts_stage(query: FlowQuery, facts: list[str]) -> str:
    computed = ", ".join(f"{FACTS[name][0]} AS {name}" for name in facts)
    shown = _shown(query)
    joins = _joins(query, "view", words="directions" in facts or "rules" in facts)
    selected = f"{shown}{computed}" if computed else shown.rstrip(", ")
    return f"facts AS (SELECT {selected}\n    FROM seen f{joins}{_group_by(query)})"


def _shown(query: FlowQuery) -> str:
    return "".join(f"{KEYS[name].shown} AS {name}, " for name in query.by)


def _group_by(query: FlowQuery) -> str:
    return f" GROUP BY {', '.join(KEYS[name].shown for name in query.by)}" if query.by else ""


def _joins(query: FlowQuery, level: str, *, words: bool = False) -> str:
    shown = {KEYS[name].shown[:2] for name in query.by}
    joins = " JOIN places s ON s.id = f.src" if "s." in shown else ""
    joins += " JOIN places d ON d.id = f.dst" if "d." in shown else ""
    if words or "c." in shown:
        joins += (
            " JOIN points c USING (view)"
            if level == "view"
            else (" JOIN (SELECT DISTINCT ON (cell) * FROM points) c USING (cell)")
        )
    return joins


def _final(query: FlowQuery, volumes: list[str], facts: list[str], parameters: Parameters) -> str:
    source = "volumes" if volumes and not facts else "facts"
    if volumes and facts:
        source = f"facts JOIN volumes USING ({', '.join(query.by)})" if query.by else "facts CROSS JOIN volumes"
    order = [f"{query.order} DESC"] if query.order in query.measures else [query.order] if query.order else []
    order += [name for name in query.by if name != query.order]
    text = f"SELECT {', '.join(query.columns)} FROM {source}"
    text += f" ORDER BY {', '.join(order)}" if order else ""
    return text + (f" LIMIT {parameters.add(query.limit)}" if query.limit is not None else "")


_ROW_COLUMNS = {
    "time": "f.time",
    "src_ip": "s.text",
    "dst_ip": "d.text",
    "src_port": "f.src_port",
    "dst_port": "f.dst_port",
    "protocol": PROTOCOL_SQL,
    "direction": "c.direction",
    "decision": "c.decision",
    "flow_state": STATE_SQL,
    **{counter: f"f.{counter}" for counter in COUNTERS},
    **{word: f"c.{word}" for word in ("encryption", "nsg", "rule", "rule_kind", "mac", "target", "log_kind")},
}
_OWN = {"time", "src_port", "dst_port", *COUNTERS}
"""Row columns that lie in `flows` itself: sorted by one of these, a page is cut before anything is joined."""


def compile_rows(
    query: RowsQuery, subnets: SubnetMap | None = None, nsg_names: Mapping[str, str] | None = None
) -> Statement:
    """The statement for one page of rows, with the canonical columns; equal rows keep the order of the file."""
    parameters = Parameters()
    stages = places_and_words(parameters, subnets, nsg_names)
    where = conditions_sql(query.filter, parameters)
    within = where.rows
    if where.contexts:
        within += f"{' AND' if within else ' WHERE'} f.context IN (SELECT id FROM words{where.contexts})"
    way = "DESC NULLS LAST" if query.descending else "ASC NULLS LAST"
    page = f" LIMIT {parameters.add(query.limit)}" if query.limit is not None else ""
    page += f" OFFSET {parameters.add(query.offset)}" if query.offset else ""
    early = query.order in _OWN
    cut = f" ORDER BY f.{query.order} {way}, f.rowid{page}" if early else ""
    order = (
        f"{_ROW_COLUMNS[query.order]} {way}, f.place"
        if early
        else (f"{_ROW_COLUMNS[query.order]} {way}, f.time DESC, f.place")
    )
    text = (
        "WITH " + ",\n".join(stages) + f",\npage AS (SELECT f.*, f.rowid AS place FROM flows f{within}{cut})\n"
        f"SELECT {', '.join(f'{made} AS {name}' for name, made in _ROW_COLUMNS.items())}\n"
        "FROM page f JOIN places s ON s.id = f.src JOIN places d ON d.id = f.dst JOIN words c ON c.id = f.context\n"
        f"ORDER BY {order}{'' if early else page}"
    )
    return Statement(text, parameters.values)
