"""What addresses and NSGs are called in a statement: by the store's own maps, or by those given for a question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nsgflow_core.ask.column import Column
from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.parts import Held
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.inventory.names.logged_nsgs import LoggedNsg
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.local.naming import nsgs as nsgs_table
from nsgflow_core.stores.local.naming.names import NAMED_COLUMNS, TENANT_TYPES, Told
from nsgflow_core.stores.local.sql.filter_sql import Parameters
from nsgflow_core.words.prefixes import Prefix

_ADDRESS = "id, packed, text, label"


@dataclass(frozen=True)
class Shown:
    """Of one question. None, and no `told`, is what the store keeps."""

    subnets: SubnetMap | None = None
    blocks: tuple[Prefix, ...] = ()
    """What of public space that map tells inside, as far as addresses lie in it."""
    nsgs: Sequence[LoggedNsg] | None = None
    told: Told | None = None
    is_named: bool = False
    """True when the question asks for names of addresses: they cost nothing where it does not."""
    has_tenants: bool = False
    """True when an address changed hands: then its rows are of who held it at their time."""
    elsewhere: Callable[[Parameters], str] | None = None
    """The SELECT of the flow rows, where they are not in the table `flows` (stores/lake)."""
    settled: frozenset[str] = frozenset()
    """Words of which the flows have one alone."""
    untallied: frozenset[str] = frozenset()
    """What of the flow rows the tally does not count."""
    instead: Mapping[str, str] = field(default_factory=dict)
    """Tables of which all rows that the question can need are set aside, each with the name that these have."""
    flows: str = field(init=False, default="flows")
    """The flow rows, as statements name them."""

    def __post_init__(self) -> None:
        if self.is_named and self.has_tenants:
            object.__setattr__(self, "flows", "held")


def asks_for_names(query: FlowQuery | RowsQuery) -> bool:
    """True when a question groups by, shows or compares a name of addresses."""
    keys = query.by if isinstance(query, FlowQuery) else query.also
    columns = [*(DIMENSIONS[key] for key in keys), *(each.column for each in query.filter.conditions)]
    return are_names(columns)


def are_names(columns: Iterable[Column]) -> bool:
    """True when one of these columns is a name of addresses."""
    of_addresses = (Held.PLACES, Held.OUTSIDE)
    return any(each.sql.table in of_addresses and each.sql.plain_column in NAMED_COLUMNS for each in columns)


def places_and_words(parameters: Parameters, shown: Shown) -> list[str]:
    """Addresses with their labels and names, flows by who held these, and contexts with the shown NSGs."""
    stages = [f"{name} AS NOT MATERIALIZED (SELECT * FROM {aside})" for name, aside in shown.instead.items()]
    stages += [f"flows AS NOT MATERIALIZED ({shown.elsewhere(parameters)})"] if shown.elsewhere else []
    stages += _addresses(parameters, shown)
    listed = ", ".join(nsgs_table.COLUMNS)
    if shown.nsgs is not None:
        held = {name: parameters.add([getattr(nsg, name) for nsg in shown.nsgs]) for name in nsgs_table.COLUMNS}
        given = ", ".join(f"unnest({each}::VARCHAR[]) AS {name}" for name, each in held.items())
        stages.append(f"named AS (SELECT {given})")
    else:
        stages.append(f"named AS (SELECT {listed} FROM nsgs)")
    stages.append(
        "words AS (SELECT c.* REPLACE (n.label AS nsg, n.nsg_id AS nsg_id) "
        "FROM contexts c JOIN named n ON n.logged = c.nsg_id)"
    )
    return stages


def _addresses(parameters: Parameters, shown: Shown) -> list[str]:
    names = ", ".join(("", *NAMED_COLUMNS)) if shown.is_named else ""
    stages, source = [], "addresses a"
    if shown.is_named and shown.told is not None:
        stages.append(f"told AS (SELECT {_unnested(parameters, shown.told.names, {'id': 'BIGINT'})})")
        told = ", ".join(f"t.{name} AS {name}" for name in NAMED_COLUMNS)
        source = f"(SELECT a.* REPLACE ({told}) FROM addresses a JOIN told t ON t.id = a.id) a"
    if shown.subnets is not None:
        edges = shown.subnets.boundaries_with(shown.blocks)
        starts, labels = parameters.add([edge for edge, _ in edges]), parameters.add([label for _, label in edges])
        stages.append(f"edges AS (SELECT unnest({starts}::BLOB[]) AS edge, unnest({labels}::VARCHAR[]) AS given)")
        labelled = "a.* REPLACE (coalesce(e.given, a.default_label) AS label)"
        source = f"(SELECT {labelled} FROM {source} ASOF JOIN edges e ON a.packed >= e.edge) a"
    kept = "MATERIALIZED " if shown.subnets is not None else ""
    if shown.flows == "flows":
        return [*stages, f"places AS {kept}(SELECT {_ADDRESS}{names} FROM {source})"]
    if shown.told is not None:
        stages.append(f"tenants AS (SELECT {_unnested(parameters, shown.told.tenants, TENANT_TYPES)})")
    stages.append(f"homes AS {kept}(SELECT {_ADDRESS}{names} FROM {source})")
    stages.append(
        "places AS (SELECT * FROM homes UNION ALL "
        "SELECT h.* REPLACE (t.id AS id, t.name AS name) FROM homes h JOIN tenants t ON t.address = h.id)"
    )
    ends = {"src": "ts", "dst": "td"}
    held = ", ".join(f"coalesce({t}.id, f.{side}) AS {side}" for side, t in ends.items())
    joins = "".join(
        f" LEFT JOIN tenants {t} ON {t}.address = f.{side} AND f.time >= coalesce({t}.since, f.time) "
        f"AND f.time < coalesce({t}.until, TIMESTAMP 'infinity')"
        for side, t in ends.items()
    )
    return [*stages, f"held AS (SELECT f.* REPLACE ({held}), f.rowid AS rowid FROM flows f{joins})"]


def _unnested(parameters: Parameters, lists: dict[str, list[Any]], types: dict[str, str]) -> str:
    """Columns given as lists, VARCHAR where no type is named."""
    return ", ".join(
        f"unnest({parameters.add(values)}::{types.get(name, 'VARCHAR')}[]) AS {name}" for name, values in lists.items()
    )
