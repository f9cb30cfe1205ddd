"""The script of `nsgflow kusto setup`, command by command, and its functions run by duckdb-kql over blobs.

Nothing of the functions' text is changed: a stored function becomes a `let` in front of the query, which is what Kusto
makes of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import duckdb
import duckdb_kql
import pandas as pd

from nsgflow_core.stores.kusto.setup.script import setup_script
from nsgflow_core.stores.lake.traffic_analytics.translating import quickly

_FUNCTION = re.compile(r"\.create-or-alter function with \([^)]*\) (\w+)\(([^)]*)\) \{\n(.*)\n\}", re.S)
_VIEW = re.compile(r"\.create-or-alter materialized-view with \([^)]*\) (\w+) on [\w-]+ (\w+) \{\n(.*)\n\}", re.S)


def commands() -> list[str]:
    """The commands of the script, without the remarks between them."""
    _, *parts = re.split(r"^(?=\.)", setup_script(), flags=re.MULTILINE)[1:]
    return ["\n".join(line for line in part.splitlines() if not line.startswith("//")) for part in parts]


@cache
def functions() -> Mapping[str, tuple[str, str]]:
    """Parameters and body of each function."""
    found = (_FUNCTION.match(command) for command in commands())
    return {each[1]: (each[2], each[3]) for each in found if each}


@cache
def views() -> Mapping[str, str]:
    """The query of each materialized view."""
    found = (_VIEW.match(command) for command in commands())
    return {each[1]: each[3] for each in found if each}


@cache
def _sql_of_tuples() -> str:
    scalars = [f"let {name} = ({given}) {{ {body.strip()} }};" for name, (given, body) in functions().items() if given]
    query = "\n".join([*scalars, functions()["FlowTuplesOfBlobs"][1]])
    with quickly():
        return str(duckdb_kql.to_sql(query, schema={"FlowLogBlobs": ["blob", "records"]}))


def tuples_of(blobs: Mapping[str, list[Any]]) -> pd.DataFrame:
    """What the update policy makes of blobs: their records by name -> rows of FlowTuples."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; CREATE TABLE FlowLogBlobs (blob VARCHAR, records JSON)")
        rows = [(name, json.dumps(records)) for name, records in blobs.items()]
        connection.executemany("INSERT INTO FlowLogBlobs VALUES (?, ?)", rows)
        return connection.execute(_sql_of_tuples()).df()


def columns_of(table: str) -> dict[str, str]:
    """The columns of a table of the script, with their Kusto types."""
    (made,) = (command for command in commands() if command.startswith(f".create-merge table {table} "))
    listed = made.partition("(")[2].partition(")")[0].replace("['time']", "time")
    return {name.strip(): kind.strip() for name, _, kind in (each.partition(":") for each in listed.split(","))}
