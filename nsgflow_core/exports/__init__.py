"""DataFrames as files that people and programs open: a row a format; no text in them is ever run."""

from __future__ import annotations

from nsgflow_core.exports import as_excel, as_markdown, as_parquet
from nsgflow_core.exports.base import FileFormat
from nsgflow_core.exports.cells import FORMULA_STARTS, csv_in_parts, json_in_parts, to_csv, to_json, with_texts
from nsgflow_core.words.numbers import counted

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ROWS = (
    FileFormat(
        "csv", "CSV", "csv", "text/csv", "all rows, for any program", True, True, lambda f, _: to_csv(f),
        in_parts=csv_in_parts,
    ),
    FileFormat(
        "json", "JSON", "json", "application/json", "for programs", True, False, lambda f, _: to_json(f),
        in_parts=json_in_parts,
    ),
    FileFormat(
        "excel", "Excel", "xlsx", _XLSX,
        f"with filter, coverage and query; {counted(as_excel.MOST_ROWS, 'row')} at most", False, True,
        as_excel.write, as_excel.MOST_ROWS,
    ),
    FileFormat(
        "parquet", "Parquet", "parquet", "application/vnd.apache.parquet", "with types, for notebooks", False, True,
        as_parquet.write,
    ),
    FileFormat(
        "markdown", "Markdown", "md", "text/markdown",
        f"for a ticket or wiki; {counted(as_markdown.MOST_ROWS, 'row')} at most", True, True,
        as_markdown.write, as_markdown.MOST_ROWS,
    ),
)  # fmt: skip
FILE_FORMATS: dict[str, FileFormat] = {row.key: row for row in _ROWS}

__all__ = ["FILE_FORMATS", "FORMULA_STARTS", "FileFormat", "to_csv", "to_json", "with_texts"]
