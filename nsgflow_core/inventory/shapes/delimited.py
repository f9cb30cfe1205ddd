"""CSV as people's spreadsheets write it: by commas, by semicolons where commas are decimal marks, by tabs as text.

Source: RFC 4180; Microsoft Support, "Import or export text (.txt or .csv) files" (the list separator of the region).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.shapes.given import decoded

_DELIMITERS = ",;\t"
"""Of two that a first line has as often, the one that comes first here."""


_SAYS_WHICH = re.compile(r"sep=([,;\t|])[ \t]*\r?\n", re.IGNORECASE)
"""How Excel is told what separates cells, in a line of its own."""


def delimited_rows(text: str) -> Iterator[tuple[str, ...]]:
    """The lines of a CSV, each cell without space around it; what the first line has most separates cells.

    Raises csv.Error.
    """
    begins = text.removeprefix("\ufeff").lstrip("\r\n")
    begins = begins if "\n" in begins else begins.replace("\r", "\n")
    said = _SAYS_WHICH.match(begins)
    begins = begins[said.end() :] if said else begins
    header = begins.partition("\n")[0]
    separator = said[1] if said else max(_DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(begins), delimiter=separator)
    return (tuple(cell.strip() for cell in row) for row in reader)


def named_rows(content: str | bytes) -> list[dict[str, str]]:
    """The lines behind the first of a CSV in any encoding, blank ones too, by the names of its columns in lower case.

    Every line has every column, "" where it ends before. Raises BadInventory for what is no CSV.
    """
    try:
        header, *rows = delimited_rows(decoded(content))
    except csv.Error as error:
        raise BadInventory(f"The file is no CSV: {error}.", "Save it as CSV again.") from None
    names = [name.casefold() for name in header]
    return [{name: row[at] if at < len(row) else "" for at, name in enumerate(names)} for row in rows]
