"""Excel, Parquet, Markdown: every cell arrives, every text stays a text, and the file says where it is from."""

import io
import json
import re
import zipfile
from datetime import datetime
from xml.etree import ElementTree

import pandas as pd
import pyarrow.parquet as pq
import pytest

from nsgflow_core.exports import FILE_FORMATS, as_excel, as_markdown, cells
from nsgflow_core.exports.as_parquet import METADATA
from nsgflow_core.exports.base import TableOrigin
from nsgflow_core.words.several import Several
from nsgflow_core.words.visible import encodable, visible

MOMENT = pd.Timestamp("2026-11-24T10:00:00.123456Z")
ABOUT = TableOrigin(
    "Ports", (("Filter", "Flows where rule is =1+1|<b>."), ("Window", "All time")), ("SELECT '\x07' -- =1",)
)
HOSTILE = [
    "=HYPERLINK(\"http://x.example\";\"a\")", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "a|b", "`x`", "[a](http://x.example)",
    "<img src=x onerror=alert(1)>", "line\nbreak\r\n", "nul\x00bell\x07", "half \ud800 pair", "a\u202eb", "\ufffe",
    "_x0041_", "é 漢 😀", "www.x.example", "*bold* __strong__", "", " ", "x" * 40_000,
]  # fmt: skip
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def asked() -> TableOrigin:
    return ABOUT


def hostile() -> pd.DataFrame:
    count = len(HOSTILE)
    return pd.DataFrame(
        {
            "rule": pd.Series(HOSTILE, dtype="object"),
            "several": [Several((text, "b")) for text in HOSTILE],
            "any": pd.Series([None, 2**63, 1.5, True, *HOSTILE[4:]], dtype="object"),
            "bytes": pd.array([None, *range(1, count)], dtype="Int64"),
            "first_seen": [pd.NaT, *[MOMENT] * (count - 1)],
            "=1+1": range(count),
        }
    )


def sheet(content: bytes, number: int) -> list[list[str]]:
    """The cells of a sheet as Excel reads them, texts; a formula is none."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        root = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
    assert not list(root.iter(f"{SHEET}f")), "a formula"
    rows = []
    for row in root.iter(f"{SHEET}row"):
        cells: dict[int, str] = {}
        for cell in row:
            column = sum((ord(c) - 64) * 26**p for p, c in enumerate(reversed(re.sub(r"\d", "", cell.attrib["r"]))))
            value = cell.find(f"{SHEET}v")
            told = "".join(text.text or "" for text in cell.iter(f"{SHEET}t"))
            held = value.text or "" if value is not None else ""
            cells[column] = re.sub(r"_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), told or held)
        rows.append([cells.get(place, "") for place in range(1, max(cells, default=0) + 1)])
    return rows


@pytest.mark.parametrize("key", FILE_FORMATS)
def test_any_frame_is_written(key):
    write = FILE_FORMATS[key].write
    assert write(hostile(), asked)
    assert write(hostile().head(0), asked)
    assert write(pd.DataFrame(), asked)


@pytest.mark.parametrize("key", sorted(FILE_FORMATS.keys() - {"excel"}))
def test_a_frame_written_in_parts_is_the_same_file(key, monkeypatch):
    whole = FILE_FORMATS[key].write(hostile(), asked)
    monkeypatch.setattr(cells, "ROWS_AT_A_TIME", 3)
    assert FILE_FORMATS[key].write(hostile(), asked) == whole


def test_a_workbook_written_in_parts_has_the_same_cells(monkeypatch):
    whole = sheet(as_excel.write(hostile(), asked), 1)
    monkeypatch.setattr(cells, "ROWS_AT_A_TIME", 3)
    assert sheet(as_excel.write(hostile(), asked), 1) == whole


def test_excel_holds_every_cell_in_its_place_and_no_formula():
    frame = hostile()
    header, *rows = sheet(as_excel.write(frame, asked), 1)
    assert header == [f"{name} (UTC)" if name == "first_seen" else name for name in frame.columns]
    assert len(rows) == len(frame)
    for place, text in enumerate(HOSTILE[:-1]):
        assert rows[place][0] == visible(encodable(text))
        assert rows[place][5] == str(place), "a row out of order, or lost"
    assert len(rows[-1][0]) == as_excel.MOST_LETTERS
    assert rows[1][2] == str(2**63), "a number that Excel would round is a text"
    assert [row[3] for row in rows[:3]] == ["", "1", "2"]


def test_excel_names_the_zone_of_times_and_says_where_the_table_is_from():
    moments = pd.Series([MOMENT, pd.Timestamp("1601-01-01T00:00Z")], dtype="datetime64[us, UTC]")
    local = pd.DataFrame({"time": moments.dt.tz_convert("Asia/Tokyo"), "any": pd.Series([MOMENT, 1], dtype="object")})
    content = as_excel.write(local, asked)
    (header, first, oldest), about = sheet(content, 1), dict(row for row in sheet(content, 2) if len(row) == 2)
    assert header == ["time (Asia/Tokyo)", "any"]
    days = (datetime(2026, 11, 24, 19, 0, 0, 123456) - datetime(1899, 12, 30)).total_seconds() / 86_400
    assert float(first[0]) == pytest.approx(days, abs=1e-8)
    assert oldest[0].startswith("1601-01-01"), "Excel has no such date"
    assert first[1].startswith("2026-11-24 10:00"), "no column of times"
    assert about["Filter"] == "Flows where rule is =1+1|<b>."
    assert about["Query"] == "SELECT '␇' -- =1"
    assert about["Rows"] == "2"


def test_what_a_format_cannot_hold_is_left_out_with_a_word(monkeypatch):
    monkeypatch.setattr(as_excel, "MOST_ROWS", 3)
    monkeypatch.setattr(as_markdown, "MOST_ROWS", 3)
    frame = pd.DataFrame({"port": range(5)})
    content = as_excel.write(frame, asked)
    assert len(sheet(content, 1)) == 4
    assert ["Not here", "2 rows left out: Excel takes the first 3. The CSV has them all."] in sheet(content, 2)
    said = "2 rows left out: this table takes the first 3. The CSV has them all."
    assert said in as_markdown.write(frame, asked).decode().splitlines()


@pytest.mark.parametrize("row", FILE_FORMATS.values(), ids=FILE_FORMATS)
def test_who_chooses_a_format_reads_how_many_rows_it_takes(row):
    if row.most_rows is None:
        assert row.left_out(10**9) == ""
        return
    assert f"{row.most_rows:,} rows at most" in row.help
    assert row.left_out(row.most_rows) == ""
    assert row.left_out(row.most_rows + 1).startswith("1 row left out: ")


def test_parquet_comes_back_with_types_and_texts_as_they_are():
    frame = hostile()
    table = pq.read_table(io.BytesIO(FILE_FORMATS["parquet"].write(frame, asked)))
    back = table.to_pandas()
    assert back["rule"].tolist() == [text.encode("utf-8", "backslashreplace").decode() for text in HOSTILE]
    assert str(table.schema.field("first_seen").type) == "timestamp[us, tz=UTC]"
    assert str(table.schema.field("bytes").type) == "int64"
    assert back["several"].tolist()[1] == "+1; b"
    assert json.loads(table.schema.metadata[METADATA])["title"] == "Ports"


def test_markdown_is_one_table_whose_texts_mean_nothing():
    lines = as_markdown.write(hostile().drop(columns="any"), asked).decode().splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    assert len(rows) == 2 + len(HOSTILE)
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}
    text = "\n".join(lines)
    for mark in ("<img", "[a](", "`x`", "http://", "www.x", "*bold*", " __strong"):
        assert not re.search(rf"(?<!\\){re.escape(mark)}", text), mark
    assert "- Filter: Flows where rule is =1+1\\|\\<b\\>." in lines
