"""Charts as files: what stands in them is what the page shows, and no name means anything."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from PIL import Image

from nsgflow_core.__main__ import main
from nsgflow_core.analysis.windows import Window
from nsgflow_core.charts.flows import ALLOWED_COLOUR, DENIED_COLOUR
from nsgflow_core.charts.pointed import by_day, by_hour, estate_map, matrix, over_time, ranked, sankey
from nsgflow_core.charts.pointed.before import Before
from nsgflow_core.charts.still import STILL_FORMATS, as_svg
from nsgflow_core.charts.still.drawing import Chart, drawn
from nsgflow_core.report.charts import CHARTS

START = datetime(2026, 11, 19, tzinfo=UTC)
DAYS = timedelta(days=1)
POISON = '<a href="http://127.0.0.1:1/x">&{b}\u202ex</a>'
_SVG = "{http://www.w3.org/2000/svg}"


def charts(name: str, rows: int) -> dict[str, Chart]:
    """Each kind of chart with so many rows, one of them of that name."""
    names = [name, *(f"s{n}" for n in range(1, rows))][:rows]
    frame = pd.DataFrame(
        {"source": names, "destination": names[::-1], "decision": "Allowed", "flows": range(1, rows + 1)}
    )
    frame = frame.assign(protocol="TCP", port=443, rule=names, bytes=0)
    hours = pd.date_range(START, periods=rows, freq="h")
    window = Window(START, START + timedelta(hours=max(rows, 1)))
    by_rule = frame.assign(hour=hours)[["hour", "rule", "flows", "bytes"]]
    was = Before(by_rule.assign(hour=hours - timedelta(days=1)), timedelta(days=1))
    return {
        "over time": over_time.parts(by_rule, "rule", "flows", window, 200, before=was),
        "ranked": ranked.bars(frame, names, [{} for _ in names], "flows"),
        "heatmap": matrix.heatmap(matrix.matrix_of(frame, "flows"), "flows"),
        "map": estate_map.network(frame[frame["source"] != frame["destination"]], "flows"),
        "bands": sankey.bands(frame, "flows"),
        "days": by_day.calendar(by_rule.rename(columns={"hour": "day"}), "flows", Window(START, START + DAYS * 40)),
        "hours": by_hour.calendar(by_rule, "flows"),
    }


def read(chart: Chart) -> tuple[list[str], str]:
    """The elements of a chart's SVG, and its text."""
    root = ElementTree.fromstring(as_svg.write(drawn(chart, "Title", "Of what")))
    elements = [each.tag.removeprefix(_SVG) for each in root.iter()]
    return elements, "\n".join(text for each in root.iter() if (text := (each.text or "").strip()))


@pytest.mark.parametrize("rows", [0, 1, 60])
def test_every_chart_is_an_svg_in_which_no_name_means_anything(rows: int) -> None:
    for kind, chart in charts(POISON, rows).items():
        elements, text = read(chart)
        assert set(elements) <= {"svg", "title", "rect", "path", "circle", "text"}, kind
        assert "Of what" in text
        assert "\u202e" not in text


def test_a_png_is_twice_as_fine_as_its_svg() -> None:
    still = drawn(charts("web", 3)["over time"], "Title", "Of what")
    svg, png = (STILL_FORMATS[ending].write(still) for ending in ("svg", "png"))
    size = re.search(rb'width="(\d+)" height="(\d+)"', svg)
    assert size
    assert Image.open(io.BytesIO(png)).size == tuple(2 * int(each) for each in size.groups())


def test_bars_are_as_high_as_what_they_count_and_the_line_is_named() -> None:
    hours = pd.to_datetime([START, START + timedelta(hours=1)])
    now = pd.DataFrame({"hour": hours, "decision": "Denied", "flows": [10, 5], "bytes": 0})
    was = Before(now.assign(hour=hours - timedelta(days=1), flows=[5, 10]), timedelta(days=1))
    window = Window(START, START + timedelta(hours=2))
    svg = as_svg.write(
        drawn(over_time.decisions(now, "flows", window, ("Denied",), (90, 90), UTC, was), "T", "")
    ).decode()
    bars = re.findall(rf'<path d="M([^"]*)Z" fill="{DENIED_COLOUR.lower()}"><title>Thu', svg)
    highs = [float(down[3].split()[1]) - float(down[0].split()[1]) for down in (bar.split("L") for bar in bars)]
    assert len(highs) == 2
    assert highs[0] == pytest.approx(2 * highs[1], abs=0.2)
    assert "24 hours earlier" in svg
    assert ALLOWED_COLOUR.lower() not in svg


@pytest.mark.parametrize("kind", CHARTS)
def test_the_command_line_draws_each_chart_of_the_pages(
    kind: str, sample_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "chart.svg"
    said = ["--since", "2026-11-20", "--until", "2026-11-21"]
    assert main(["chart", kind, "-o", str(file), "--store", str(sample_file), *said]) == 0
    assert capsys.readouterr().out.strip() == str(file)
    text = file.read_text(encoding="utf-8")
    assert CHARTS[kind].title in text
    about = "Flows where decision is Denied" if kind.startswith("denied") else "All flows"
    assert f"{about}, from 2026-11-20 00:00 UTC to 2026-11-21 00:00 UTC." in text
    assert text.count("<path") > 10


def test_a_picture_of_another_kind_is_refused_by_name(
    sample_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["chart", "map", "-o", str(tmp_path / "map.gif"), "--store", str(sample_file)]) != 0
    assert "ends in neither .svg nor .png" in capsys.readouterr().err
