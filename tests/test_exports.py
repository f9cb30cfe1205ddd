"""CSV and JSON: exactly the frame, and no cell that a spreadsheet would run."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsgflow_core.exports import FORMULA_STARTS, to_csv, to_json, with_texts
from nsgflow_core.words.several import Several

MOMENT = pd.Timestamp("2026-11-24T10:00:00.123456Z")


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def test_columns_stay_in_order_and_times_are_whole_seconds_of_utc():
    seen = pd.DataFrame({"port": [443], "first_seen": [MOMENT], "source": ["web"]})
    assert read(to_csv(seen)) == [["port", "first_seen", "source"], ["443", "2026-11-24T10:00:00Z", "web"]]


def test_a_tuples_own_time_keeps_its_milliseconds():
    assert read(to_csv(pd.DataFrame({"time": [MOMENT]})))[1] == ["2026-11-24T10:00:00.123Z"]


def test_a_number_without_an_end_is_a_text_in_json_which_has_none():
    answer = pd.DataFrame({"a": [float("inf"), 1.5], "b": pd.Series([-float("inf"), "x"], dtype=object)})
    assert json.loads(to_json(answer)) == [{"a": "Infinity", "b": "-Infinity"}, {"a": 1.5, "b": "x"}]


@pytest.mark.parametrize("name", ["time", "first_seen"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/London", "America/St_Johns", "Asia/Kathmandu", "+01:00"])
@pytest.mark.parametrize("unit", ["ns", "us", "ms", "s"])
def test_times_are_on_the_clock_of_their_zone_with_its_distance_from_utc(name, zone, unit):
    """Through a summer and its end, against Python's own words."""
    moments = [datetime(2026, 7, 1, 23, 59, 59, 999_000, tzinfo=UTC) + timedelta(days=13 * step) for step in range(20)]
    moments = [moment.replace(microsecond=0) for moment in moments] if unit == "s" else moments
    held = pd.Series(moments).dt.as_unit(unit)
    column = held.dt.tz_convert(zone) if zone else held.dt.tz_convert(None)
    exactly = "milliseconds" if name == "time" else "seconds"
    told = [moment.astimezone(column.dt.tz or UTC).isoformat(timespec=exactly) for moment in moments]
    assert [row[0] for row in read(to_csv(pd.DataFrame({name: column})))[1:]] == [
        text.replace("+00:00", "Z") for text in told
    ]


def test_unknown_values_are_empty_and_numbers_stay_whole():
    counters = pd.DataFrame({"bytes": pd.array([1, None], dtype="Int64"), "last_seen": [MOMENT, pd.NaT]})
    assert read(to_csv(counters))[1:] == [["1", "2026-11-24T10:00:00Z"], ["", ""]]
    assert json.loads(to_json(counters))[1] == {"bytes": None, "last_seen": None}


def test_an_empty_frame_is_its_header():
    assert to_csv(pd.DataFrame(columns=["source", "port"])) == b"source,port\n"
    assert json.loads(to_json(pd.DataFrame(columns=["source"]))) == []


def test_several_values_in_a_cell_are_one_text():
    frame = pd.DataFrame({"rules": [Several(("=a", "b")), Several()], "n": [1, 2]})
    assert read(to_csv(frame)) == [["rules", "n"], ["'=a; b", "1"], ["", "2"]]
    assert [row["rules"] for row in json.loads(to_json(frame))] == ["=a; b", ""]
    assert with_texts(frame)["rules"].tolist() == ["=a; b", ""]
    assert frame["rules"].tolist() == [("=a", "b"), ()], "the frame itself keeps its values"


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_a_formula_is_defused(start):
    assert read(to_csv(pd.DataFrame({"rule": [start + "cmd|' /C calc'!A0"]})))[1][0].startswith("'" + start)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), min_size=1))
def test_any_text_comes_back(texts):
    """Without the apostrophes that defuse it, whichever sign a program splits cells at."""
    cells = [row[0] for row in read(to_csv(pd.DataFrame({"rule": texts, "n": 1})))[1:]]
    assert [cell.replace("'", "") for cell in cells] == [text.replace("'", "") for text in texts]
    assert not any(part.startswith(FORMULA_STARTS) for cell in cells for part in re.split(r"[;|\t]", cell) if part)


@pytest.mark.parametrize("sign", [";", "|", "\t"])
def test_a_formula_behind_another_programs_separator_is_defused(sign):
    content = to_csv(pd.DataFrame({"rule": [f"web{sign}=cmd|' /C calc'!A0{sign}"]})).decode()
    assert f"web{sign}'=cmd" in content


def test_what_is_no_formula_stays_as_it_is():
    plain = ["10.0.0.1-10.0.0.9", "a@contoso.example", "web; db", "a=b", "x + y", "TCP 80-443; UDP 53"]
    assert [row[0] for row in read(to_csv(pd.DataFrame({"rule": plain})))[1:]] == plain
