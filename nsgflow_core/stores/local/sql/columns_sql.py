"""Where the columns of `ask` stand in the stages of a statement, and the statement that holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nsgflow_core.ask.columns import Column
from nsgflow_core.ask.fragments import fill
from nsgflow_core.ask.parts import Held
from nsgflow_core.inventory.logged_nsgs import LoggedNsg
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.local.naming import nsgs as nsgs_table
from nsgflow_core.stores.local.sql.filter_sql import Parameters, Value


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
            shown.append(sql_literal(self.values[name]) + part[len(name) :])
        return "".join(shown)


def sql_literal(value: Value) -> str:
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
            return "[" + ", ".join(sql_literal(item) for item in value) + "]"


PAIR = {"src": "f.src", "dst": "f.dst", "protocol": "f.protocol", "dst_port": "f.dst_port"}
"""What flows are told apart by before anything else: name in `seen` -> from a flow row."""

VIEW = "view"


def code_of(column: Column) -> str:
    """The column of `seen` that groups of this column are told apart by until they are shown."""
    match column.sql.table:
        case Held.CONTEXTS:
            return VIEW
        case Held.PLACES:
            return side_of(column)
        case Held.FLOWS:
            return column.sql.plain_column or column.key


def code_made(column: Column) -> str:
    """How that column is made from a flow row f and its viewpoint v."""
    match column.sql.table:
        case Held.CONTEXTS:
            return f"v.{VIEW}"
        case Held.PLACES:
            return f"f.{side_of(column)}"
        case Held.FLOWS:
            return fill(column.sql.made, {"row": "f"})


def shown_of(column: Column) -> str:
    """How it reads, once groups f are joined to their places (s, d) and words (c)."""
    match column.sql.table:
        case Held.CONTEXTS:
            made = f"c.{column.key}"
        case Held.PLACES:
            made = fill(column.sql.made, {"row": side_of(column)[0]})
        case Held.FLOWS:
            made = f"f.{code_of(column)}"
    return fill(column.sql.shown, {"made": made})


def shown_in_rows(column: Column) -> str:
    """How it reads in single rows f, joined to their places (s, d) and contexts (c)."""
    row = {Held.FLOWS: "f", Held.CONTEXTS: "c", Held.PLACES: column.end.side[0] if column.end else ""}
    return fill(column.sql.shown, {"made": fill(column.sql.made, {"row": row[column.sql.table]})})


def side_of(column: Column) -> str:
    """`src` or `dst`: the column of `flows` that refers to the place."""
    assert column.end, f"{column.key} is of a place, so it says of which end."
    return column.end.side


def places_and_words(parameters: Parameters, subnets: SubnetMap | None, nsgs: Sequence[LoggedNsg] | None) -> list[str]:
    """Addresses with their labels, and contexts with the shown NSGs: from the store, or from given maps."""
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
    listed = ", ".join(nsgs_table.COLUMNS)
    if nsgs is not None:
        held = {name: parameters.add([getattr(nsg, name) for nsg in nsgs]) for name in nsgs_table.COLUMNS}
        given = ", ".join(f"unnest({each}::VARCHAR[]) AS {name}" for name, each in held.items())
        stages.append(f"named AS (SELECT {given})")
    else:
        stages.append(f"named AS (SELECT {listed} FROM nsgs)")
    stages.append(
        "words AS (SELECT c.* REPLACE (n.label AS nsg, n.nsg_id AS nsg_id) "
        "FROM contexts c JOIN named n ON n.logged = c.nsg_id)"
    )
    return stages
