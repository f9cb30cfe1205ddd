"""What older files of the local store rely on: their codes and columns mean what they meant."""

import duckdb

from nsgflow_core.formats import FLOW_SCHEMA
from nsgflow_core.formats.coded.flows import CONTEXT_WORDS, STATE_NUMBERS
from nsgflow_core.formats.coded.rows import COUNTERS
from nsgflow_core.stores.local import tables
from nsgflow_core.stores.local.naming import spelled
from nsgflow_core.words.vocabulary import FlowState


def test_the_state_codes_of_a_file_never_change():
    kept = {"": 0, FlowState.BEGIN: 1, FlowState.CONTINUING: 2, FlowState.END: 3, FlowState.DENY: 4}
    assert dict(STATE_NUMBERS) == kept


def test_every_word_of_a_flow_has_its_column_in_the_contexts():
    connection = duckdb.connect()
    tables.make_tables(connection)
    held = [name for name, *_ in connection.sql("DESCRIBE contexts").fetchall()]
    assert held == ["id", *spelled.COLUMNS]
    assert spelled.COLUMNS[: len(CONTEXT_WORDS)] == CONTEXT_WORDS
    rest = {"time", "src_ip", "dst_ip", "src_port", "dst_port", "protocol", "flow_state", *COUNTERS}
    assert {*CONTEXT_WORDS} == {*FLOW_SCHEMA.names} - rest
    assert len(COUNTERS) == 4
