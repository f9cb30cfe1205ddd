"""Rows of Parquet files as the local store's statements know flow rows: numbers for addresses and words, in UTC.

An address's number is a hash of its text, and that of a row's words a hash of them, so that no row is looked up
anywhere: the files keep texts as dictionaries, and DuckDB works out an expression once for each text of those. That no
two texts share a number is checked when they are first met (`index.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from nsgflow_core.ask.codes import STATE_CODES
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.formats.coded.flows import CONTEXT_WORDS
from nsgflow_core.formats.coded.rows import COUNTERS
from nsgflow_core.stores.lake.files import as_pattern
from nsgflow_core.stores.local.sql.filter_sql import Parameters
from nsgflow_core.words.vocabulary import PROTOCOL_NAMES, Decision, Direction, LogKind, RuleKind

WORDS = tuple(word for word in CONTEXT_WORDS if word != "nsg")
"""What tells contexts apart: an NSG is its id, whatever it was called when the file was written."""
CONTEXT = f"(hash({', '.join(f'p.{word}' for word in WORDS)}) >> 1)::BIGINT"


def number_of(text: str) -> str:
    """SQL: the number of an address's text."""
    return f"(hash({text}) >> 1)::BIGINT"


def _code_of(column: str, codes: dict[int, str], otherwise: str) -> str:
    return f"CASE {column} " + " ".join(f"WHEN '{word}' THEN {code}" for code, word in codes.items()) + otherwise


_PROTOCOL = _code_of("p.protocol", PROTOCOL_NAMES, " ELSE TRY_CAST(p.protocol AS UTINYINT) END::UTINYINT")
_STATE = _code_of("p.flow_state", dict(STATE_CODES), " END::UTINYINT")
MADE = {
    "time": "make_timestamp(epoch_us(p.time::TIMESTAMPTZ))",
    "src": number_of("p.src_ip"),
    "dst": number_of("p.dst_ip"),
    "src_port": "TRY_CAST(p.src_port AS USMALLINT)",
    "dst_port": "TRY_CAST(p.dst_port AS USMALLINT)",
    "protocol": _PROTOCOL,
    "state": _STATE,
    **{counter: f"p.{counter}::BIGINT" for counter in COUNTERS},
    "context": CONTEXT,
}
"""The columns of `flows`, from a row p of the files."""

_CLOSED = {"decision": Decision, "direction": Direction, "log_kind": LogKind, "rule_kind": RuleKind}
_WORD = " AND ".join(f"p.{name} IN ({', '.join(repr(str(word)) for word in words)})" for name, words in _CLOSED.items())
IS_WHOLE = (
    f"coalesce(p.time IS NOT NULL AND p.src_ip IS NOT NULL AND p.dst_ip IS NOT NULL AND {_WORD} AND "
    + " AND ".join(f"{MADE[name]} IS NOT NULL" for name in ("src_port", "dst_port", "protocol", "state"))
    + f" AND {' AND '.join(f'p.{word} IS NOT NULL' for word in WORDS)}, false)"
)
"""True for a row that says all that a tuple says, in words that there are."""


def files_sql(parameters: Parameters, paths: Sequence[str]) -> str:
    """The rows of these files."""
    return f"read_parquet({parameters.add(list(map(as_pattern, paths)))}::VARCHAR[], hive_partitioning = false)"


def flow_rows(parameters: Parameters, paths: Sequence[str], asked: FlowFilter) -> str:
    """The SELECT of `flows`: the rows of these files in a window. Equal rows keep the order of the files."""
    made = ", ".join(f"{text} AS {name}" for name, text in MADE.items())
    ends = [f"p.time {how} {_moment(at)}" for how, at in ((">=", asked.since), ("<", asked.until)) if at]
    within = f" WHERE {' AND '.join(ends)}" if ends else ""
    place = "p.file_index::BIGINT * 4294967296 + p.file_row_number AS rowid"
    return f"SELECT {made}, {place}\n    FROM {files_sql(parameters, paths)} p{within}"


def _moment(moment: datetime) -> str:
    """As files have it: DuckDB passes over parts of a file by such a literal."""
    return f"TIMESTAMPTZ '{moment.astimezone(UTC).isoformat(sep=' ')}'"
