"""The report: one file that says what was asked and what is missing, in which no name means anything."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.analysis import traffic
from nsgflow_core.analysis.windows import Window
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.text.zones import read_zone
from nsgflow_core.charts.pointed.ranked import Labels
from nsgflow_core.charts.still import scales
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.report import as_html, asking, drawing
from nsgflow_core.report.base import Report
from nsgflow_core.stores.local.store import LocalStore

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)
NAMES = ["<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>", "a\u202eb\x00c", "</svg></title><b>", "&amp;"]


@pytest.fixture(scope="module")
def report(sample_file: Path) -> Report:
    return asking.ask(LocalStore(sample_file), FlowFilter(), Inventory(), AT)


class Read(HTMLParser):
    """The names of all elements, their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


def test_it_says_what_was_asked_and_what_is_missing(report):
    text = Read(as_html.write(report)).text
    assert "All flows, over all time." in text
    assert "169,622 log entries, 2026-11-16 00:00 to 2026-11-22 23:59 UTC; no hour between them without any." in text
    assert "What is missing: " in text
    assert "No file tells the VNets" in text
    assert "Made 2026-11-26 12:00 UTC" in text
    assert "Allowed flows53,622" in text.replace("\n", "")


def test_on_paper_no_port_and_no_time_is_broken(report):
    text = as_html.write(report)
    for cell in ("1433", "443"):
        assert f"<td class='short figures'>{cell}</td>" in text
    times = re.findall(r"<td[^>]*>(\d{4}-\d\d-\d\d.\d\d:\d\d)</td>", text)
    assert len(times) == len(re.findall(r"<td class='short figures'>\d{4}-\d\d-\d\d.\d\d:\d\d</td>", text)) > 0
    assert "<td class='short figures'>snet" not in text
    assert re.search(r"@media print \{\s*\.figures \{ white-space: nowrap", text)


def test_bars_name_the_port_and_tell_long_namesakes(report):
    long = [f"{'a' * 8}/rg/vnet-hub/snet-production-westeurope-hub-application-tier-{at:03}-blue" for at in range(3)]
    ports = pd.DataFrame({"source": long, "destination": long[::-1], "protocol": "TCP", "port": 443, "flows": 1})
    names = Labels.of(ports, "source", "destination", " → ")
    drawn = drawing.ranked(names, [3, 2, 1], "allowed", "x")
    told = re.findall(r'<text class="name"[^>]*>([^<]*)</text>', drawn)
    assert len(set(told)) == 3
    assert all(each.startswith("TCP 443 · ") and len(each) <= drawing._LONGEST_NAME for each in told)
    assert all(f"<title>{name}" in drawn for name in names.whole), "in full where one points"


def test_nothing_in_it_runs_or_is_fetched(report):
    text = as_html.write(report)
    read = Read(text)
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(read.elements)
    assert not [name for name, _ in read.attributes if name.startswith("on") or name in ("src", "href", "style")]
    assert "default-src 'none'" in text
    assert read.elements.count("svg") == 4
    assert len(text) < 400_000


def test_no_name_of_a_log_means_anything(report):
    count = len(NAMES)
    ports = report.required.head(count).assign(source=NAMES, destination=NAMES, service=NAMES)
    refused = report.denied.head(count).assign(rule=NAMES, nsg=NAMES)
    sources = report.sources.head(count).assign(source_name=NAMES)
    hostile = replace(
        report, required=ports, denied=refused, sources=sources, facts=(("Store", NAMES[0]),), missing=tuple(NAMES),
        queries=((NAMES[0], NAMES[1]),),
    )  # fmt: skip
    plain, read = Read(as_html.write(report)), Read(as_html.write(hostile))
    assert set(read.elements) <= set(plain.elements)
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    assert "a‹U+202E›b␀c" in read.text


def test_nothing_to_show_is_said_and_no_axis_is_drawn(sample_file):
    nothing = asking.ask(LocalStore(sample_file), FlowFilter().where("port", "4444"), Inventory(), AT)
    text = as_html.write(nothing)
    assert "<svg" not in text
    assert "Nothing was denied." in text
    allowed = asking.ask(LocalStore(sample_file), FlowFilter().where("decision", "Allowed"), Inventory(), AT)
    text = as_html.write(allowed)
    assert "No denied flows." in text
    assert "Nothing was denied." in text


def test_a_cut_table_says_how_many_rows_it_lacks(report):
    text = as_html.write(replace(report, required=report.required.head(10)))
    assert f"{report.required_of - 10} further rows left out." in text


def test_bars_stand_on_their_axis():
    hours = pd.date_range("2026-11-19T00:00", periods=48, freq="h", tz="UTC")
    two_days = Window(hours[0].to_pydatetime(), hours[-1].to_pydatetime() + timedelta(hours=1))

    def draw(counts: pd.DataFrame) -> str:
        return drawing.over_time(counts, "denied", "Denied", two_days, timedelta(hours=1))

    drawn = draw(pd.DataFrame({"hour": hours, "flows": range(48)}))
    bars = [tuple(map(float, found)) for found in re.findall(r'<rect x="(.*?)" y="(.*?)" width="(.*?)" h', drawn)]
    assert len(bars) == 48
    assert bars[0][0] == 64
    assert bars[-1][0] + bars[-1][2] <= drawing.WIDTH
    assert "19 Nov 00:00" in drawn
    assert "Fri 2026-11-20 23:00 UTC: 47 flows" in drawn
    assert draw(pd.DataFrame({"hour": hours[:0], "flows": []})) == ""
    alone = draw(pd.DataFrame({"hour": hours[3:4], "flows": [1]}))
    assert f'<rect x="{bars[3][0]}"' in alone, "one bar stands where it stands among others"


@pytest.mark.parametrize(("most", "top"), [(1, 1), (9, 10), (10, 10), (579, 600), (1_001, 1_500), (84_999, 100_000)])
def test_the_scale_ends_with_a_round_number(most, top):
    assert scales.nice(most) == top


def test_the_command_writes_it(sample_file, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("NSGFLOW_STORE", str(sample_file))
    file = tmp_path / "report.html"
    assert main(["report", "-o", str(file), "--dst", "snet-shop-data", "--by", "address"]) == 0
    assert capfd.readouterr().out == f"{file}\n"
    text = file.read_text()
    assert "destination is snet-shop-data" in text
    assert main(["report", "-o", "report.pdf"]) == 2
    assert "is no .html file" in capfd.readouterr().err


def test_a_window_with_logs_before_it_draws_them_as_a_line(sample_file: Path) -> None:
    day = FlowFilter(datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC))
    made = asking.ask(LocalStore(sample_file), day, Inventory(), AT)
    assert made.before
    yesterday = traffic.over_time(day.within(datetime(2026, 11, 19, tzinfo=UTC), day.since)).ask(
        LocalStore(sample_file)
    )
    assert made.before.wide("decision", "flows", made.window).sum(axis=None) == yesterday["flows"].sum()
    read = Read(as_html.write(made))
    assert read.elements.count("path") == 2
    assert "Denied flows over time; the line: 24 hours earlier" in read.text


def test_every_time_in_it_is_of_the_zone_that_it_names(sample_file):
    there = read_zone("Asia/Kolkata")
    day = FlowFilter(datetime(2026, 11, 19, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC))
    utc, told = (
        Read(as_html.write(asking.ask(LocalStore(sample_file), day, Inventory(), AT, zone=zone))).text
        for zone in (UTC, there)
    )
    assert "Made 2026-11-26 17:30 Asia/Kolkata" in told
    assert "2026-11-19 05:30 to 2026-11-20 05:29 Asia/Kolkata" in told
    assert "Last seen (Asia/Kolkata)" in told
    asked = told.partition("Queries")[0]
    assert " UTC" not in asked.partition("What is missing")[0]
    first = re.findall(r"2026-11-19\u00a0(\d\d:\d\d)", utc)
    assert first
    assert f"2026-11-19\u00a0{shifted(first[0])}" in told


def shifted(hour: str) -> str:
    at = datetime.strptime(hour, "%H:%M") + timedelta(hours=5, minutes=30)
    return f"{at:%H:%M}"
