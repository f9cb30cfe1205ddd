"""CSV as people's spreadsheets write it: by commas, by semicolons where commas are decimal marks, by tabs as text.

Source: RFC 4180; Microsoft Support, "Import or export text (.txt or .csv) files" (the list separator of the region).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.shapes.given import text_of

_DELIMITERS = ",;\t"
"""Of two that a first line has as often, the one that comes first here."""


def delimited_rows(text: str) -> Iterator[tuple[str, ...]]:
    """The lines of a CSV, each cell without space around it; what the first line has most separates cells.

    Raises csv.Error.
    """
    begins = text.removeprefix("\ufeff").lstrip("\r\n")
    header = begins.partition("\n")[0]
    reader = csv.reader(io.StringIO(begins), delimiter=max(_DELIMITERS, key=header.count))
    return (tuple(cell.strip() for cell in row) for row in reader)


def named_rows(content: str | bytes) -> list[dict[str, str]]:
    """The lines behind the first of a CSV in any encoding, blank ones too, by the names of its columns in lower case.

    Every line has every column, "" where it ends before. Raises BadInventory for what is no CSV.
    """
    try:
        header, *rows = delimited_rows(text_of(content))
    except csv.Error as error:
        raise BadInventory(f"The file is no CSV: {error}.", "Save it as CSV again.") from None
    names = [name.casefold() for name in header]
    return [{name: row[at] if at < len(row) else "" for at, name in enumerate(names)} for row in rows]
