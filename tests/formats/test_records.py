"""Where records begin and end: odd spacing, damage in the middle, cut ends, small deltas, other files."""

import gzip
import json
import re
import shutil
import subprocess

import pytest

from nsgflow_core.errors import FormatError
from nsgflow_core.formats import FLOW_SCHEMA, parse
from nsgflow_core.formats.framing import records
from tests.estates.records import LINE, nsg_record, vnet_record, whole_blob


def outcome(blob, *, at_start=True):
    """(rows, rejected, consumed)."""
    rejected: dict[str, int] = {}
    rows = consumed = 0
    for part in parse(blob, at_start=at_start):
        assert part.flows.schema == FLOW_SCHEMA
        rows += part.flows.num_rows
        consumed = part.consumed
        for reason, count in part.rejected.items():
            rejected[reason] = rejected.get(reason, 0) + count
    return rows, rejected, consumed


ONE = json.dumps(vnet_record([LINE]), separators=(",", ":")).encode()
HEAD = b'{"records":['


@pytest.mark.parametrize(
    "blob", [b"", b" \n", b'{"records":[', b'{"records":[]}', b"{", b'{"rec', b'{"records"', b'{ "records" : [ ] }']
)
def test_no_record_yet_is_no_error(blob):
    assert outcome(blob) == (0, {}, 0)


@pytest.mark.parametrize("delta", [b"", b"]}", b"\n]\n}\n", b",", b" , "])
def test_empty_delta_is_no_error(delta):
    assert outcome(delta, at_start=False) == (0, {}, 0)


@pytest.mark.parametrize(
    "blob",
    [
        HEAD + ONE + b"]}",
        b"\xef\xbb\xbf" + HEAD + ONE + b"]}",
        b'\r\n{\t"records" : [\n' + ONE + b"\n]\n}\n",
        b'{"meta":{"records":{"a":[1]},"b":"records"},"records":[' + ONE + b"]}",
        HEAD + ONE + b'],"nextLink":null,"meta":[{"a":{}}]}',
        HEAD + b",," + ONE + b",]}",
        b"[" + ONE + b"]",
        ONE,
        b'{"Records":[' + ONE + b"]}",
    ],
)
def test_wrappings_do_not_matter(blob):
    rows, rejected, consumed = outcome(blob)
    assert (rows, rejected) == (1, {})
    assert consumed == blob.index(ONE) + len(ONE)
    assert outcome(memoryview(blob)) == (rows, rejected, consumed)


def test_pretty_printed_blob():
    blob = json.dumps({"records": [vnet_record([LINE]), nsg_record(2, [])]}, indent=2).encode()
    assert outcome(blob)[:2] == (1, {})


def test_delta_goes_on_where_the_first_part_ended():
    first = HEAD + ONE + b"]}"
    consumed = outcome(first)[2]
    grown = first[:-2] + b"," + ONE + b"," + ONE + b"]}"
    delta = grown[consumed:]
    assert delta.startswith(b",{")
    assert outcome(delta, at_start=False) == (2, {}, len(delta) - 2)
    assert outcome(delta[1:], at_start=False) == (2, {}, len(delta) - 3)


@pytest.mark.parametrize("cut", [1, 10, len(ONE) // 2, len(ONE) - 1])
def test_cut_record_is_left_for_the_next_read(cut):
    assert outcome(HEAD + ONE + b"," + ONE[:cut]) == (1, {}, len(HEAD + ONE))


@pytest.mark.parametrize("cut", [b"nul", b"12", b'"tex'])
def test_cut_plain_value_is_left_for_the_next_read(cut):
    assert outcome(HEAD + ONE + b"," + cut) == (1, {}, len(HEAD + ONE))


def test_cut_inside_a_letter():
    record = json.dumps(vnet_record([LINE], rule="Blöck"), ensure_ascii=False).encode()
    cut = record[: record.index("ö".encode()) + 1]
    assert outcome(HEAD + record + b"," + cut) == (1, {}, len(HEAD + record))


@pytest.mark.parametrize(
    "damage",
    [
        b"#garbage#",
        b"\x00\x00\x00",
        b'{"time":}',
        ONE[:-1],  # a brace is missing
        ONE[: len(ONE) // 2],  # torn in the middle of a tuple
        ONE.replace(b'"flowTuples"', b'"flowTuples', 1),  # a quote is missing
        ONE.replace(b"VNet", b"\xff\xfe").replace(b"UserRule", b"\xc3\x28"),  # not UTF-8
        b"]}",
        b']}{"records":[' + ONE[:40],
    ],
)
def test_damage_between_whole_records_costs_one(damage):
    blob = HEAD + ONE + b"," + damage + b"," + ONE + b"," + ONE + b"]}"
    assert outcome(blob) == (3, {"broken record": 1}, len(blob) - 2)


def test_damage_before_the_first_record_and_at_the_closed_end():
    assert outcome(HEAD + b"xx," + ONE + b"]}")[:2] == (1, {"broken record": 1})
    blob = HEAD + ONE + b',{"time":oops}]}'
    assert outcome(blob) == (1, {"broken record": 1}, len(blob) - 2)


def test_debris_in_pieces_counts_once():
    assert outcome(HEAD + ONE + b", a b, c:d ," + ONE + b"]}")[:2] == (2, {"broken record": 1})


@pytest.mark.parametrize(
    ("before", "between", "behind"),
    [
        (b"", b"", b""),  # cat
        (b"", b"\n", b"\n"),  # a list a line
        (b"", b"\r\n\xef\xbb\xbf", b""),  # each with its mark
        (b"[", b",", b"]"),  # an array of lists
        (b"[\n  ", b",\n  ", b"\n]\n"),
        (b"", b'{"records":[]}', b""),
        (b"[", b',{ "Records" : [ ] },', b"]"),
    ],
)
def test_lists_joined_are_all_read_and_lose_nothing(before, between, behind):
    one = HEAD + ONE + b"]}"
    blob = before + between.join([one] * 3) + behind
    assert outcome(blob) == (3, {}, blob.rindex(ONE) + len(ONE))
    behind_first = before + HEAD + ONE
    assert outcome(blob[len(behind_first) :], at_start=False)[:2] == (2, {})


@pytest.mark.parametrize("cut", range(1, 15))
def test_joint_that_is_not_yet_whole_is_left_for_the_next_read(cut):
    blob = (HEAD + ONE + b"]}") * 2
    seen = HEAD + ONE + b"]}" + HEAD
    rows, rejected, consumed = outcome(seen[:-cut])
    assert (rows, rejected) == (1, {})
    assert outcome(blob[consumed:], at_start=False)[:2] == (1, {})


def test_braces_and_quotes_in_texts_do_not_mislead():
    odd = [json.dumps(vnet_record([LINE], rule=rule)).encode() for rule in ('a}{"b', "{{{", "}}}", '\\"},{"time":')]
    blob = HEAD + b",".join(odd) + b"]}"
    assert outcome(blob) == (4, {}, len(blob) - 2)


@pytest.mark.parametrize(
    "thing", [b"1", b"null", b'"text"', b"[]", b"{}", b'{"time":"x","properties":{}}', b'{"flowRecords":[]}']
)
def test_other_things_among_records_are_counted(thing):
    blob = HEAD + ONE + b"," + thing + b"," + ONE + b"," + thing + b"]}"
    assert outcome(blob) == (2, {"record without flows": 2}, len(blob) - 2)


@pytest.mark.parametrize(
    ("blob", "word"),
    [
        (b"<!DOCTYPE html><html></html>", "HTML"),
        (gzip.compress(HEAD + ONE + b"]}"), "gzip"),
        (b"hello", "not JSON"),
        (b"\x00\x01\x02", "not JSON"),
        (b"PK\x03\x04rest", "ZIP"),
        ((HEAD + ONE + b"]}").decode().encode("utf-16"), "UTF-16"),
        (b'{"value":[{"name":"vnet"}]}', "no list of flow records"),
        (b'{"records":{"a":1}}', "no list of flow records"),
        (b'{"a":"records","b":[1]}', "no list of flow records"),
        (b"[1,2,3]", "no list of flow records"),
        (b'[{"time":"x","value":2}]', "no list of flow records"),
        (b"[]", "no list of flow records"),
        (b'{"SubType":"FlowLog","FlowIntervalStartTime":"2026-11-20T10:00:00Z"}', "rows of Traffic Analytics"),
        (b"\xef\xbb\xbfTimeGenerated [UTC],FlowIntervalStartTime_t [UTC],SrcIP_s\r\n", "rows of Traffic Analytics"),
    ],
)
def test_other_files_are_refused_by_name(blob, word):
    with pytest.raises(FormatError, match=word) as refused:
        list(parse(blob, at_start=True))
    assert refused.value.hint


WRAPPED = {
    "what lists": b'{"value":[%s]}',
    "event hub": b'[{"body":{"records":[%s]},"offset":1}]',
    "one event": b'{"body":{"records":[%s,%s]}}',
}


@pytest.mark.parametrize("is_text", [False, True])
@pytest.mark.parametrize("form", WRAPPED)
def test_records_inside_of_something_else_are_said_and_taken_out_as_the_hint_says(form, is_text, tmp_path):
    records = {name: each.replace(b"%s", ONE) for name, each in WRAPPED.items()}[form]
    if is_text:
        records = json.dumps([{"Body": records.decode()}]).encode()
    with pytest.raises(FormatError, match="as texts within it" if is_text else "inside of something else") as refused:
        list(parse(records, at_start=True))
    asked = re.search(r"jq -s '(.*)' FILE", refused.value.hint)
    assert asked
    if jq := shutil.which("jq"):
        file = tmp_path / "events.json"
        file.write_bytes(records)
        taken = subprocess.run([jq, "-s", asked[1], file], capture_output=True, check=True).stdout
        assert outcome(taken)[:2] == (WRAPPED[form].count(b"%s"), {})


def test_delta_that_starts_with_damage_is_read_from_the_next_record():
    assert outcome(b"xx," + ONE + b"]}", at_start=False)[:2] == (1, {"broken record": 1})


def test_delta_of_something_else_is_refused():
    with pytest.raises(FormatError, match="already read"):
        list(parse(b"<html>", at_start=False))


@pytest.mark.parametrize("chunk", [len(ONE) // 2, len(ONE), 3 * len(ONE), records.CHUNK])
def test_undamaged_records_never_take_the_careful_path(monkeypatch, chunk):
    """It is twenty times slower, and gives the same rows: only this test can tell that it was taken."""
    monkeypatch.setattr(records, "CHUNK", chunk)
    monkeypatch.setattr(records, "_read_carefully", lambda *_: pytest.fail("took the careful path"))
    named = json.dumps(vnet_record([LINE], rule="a}b{c"), separators=(",", ":")).encode()
    listed = b" , ".join([ONE, named, ONE, named, ONE])
    assert outcome(HEAD + listed + b"]}") == (5, {}, len(HEAD + listed))
    assert outcome(b"," + listed + b"]}", at_start=False) == (5, {}, len(listed) + 1)


def test_big_blob_comes_in_chunks_that_end_at_records(monkeypatch):
    monkeypatch.setattr(records, "CHUNK", 3 * len(ONE))
    blob = HEAD + b",".join([ONE] * 10) + b"]}"
    parts = list(parse(blob, at_start=True))
    assert len(parts) > 3
    assert sum(part.flows.num_rows for part in parts) == 10
    for part in parts:
        assert blob[part.consumed - 1 : part.consumed] == b"}"
        assert blob[part.consumed : part.consumed + 1] in (b",", b"]")
    assert whole_blob([]) == b'{"records":[]}'
