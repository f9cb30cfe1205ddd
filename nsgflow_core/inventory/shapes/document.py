"""A file of the network as a document: bytes in whatever encoding -> JSON values, or the rows of a CSV.

Windows PowerShell 5 writes UTF-16 with a mark when `>` catches what `az` prints, and tools strip the mark now and then.
Source: Microsoft Learn, "about_Character_Encoding" (Windows PowerShell: redirection writes UTF-16LE).
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from nsgflow_core.errors import BadInventory

HOW = (
    "Give what 'az network vnet list -o json', 'az network nsg list -o json' or another of the commands in the README "
    "prints, or a CSV with the columns name,prefix or acl_id,name."
)
MOST_LEVELS = 100
"""Azure's own documents nest about a dozen levels; what nests more is no description of a network."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds: JSON values one after the other, or the rows of a CSV (never both)."""

    values: tuple[Any, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def read_document(content: str | bytes) -> Document:
    """The document of a file. Raises BadInventory, in one sentence, when it is neither JSON nor CSV."""
    text = content.removeprefix("\ufeff") if isinstance(content, str) else decoded(content)
    if not text.strip():
        raise BadInventory("The file is empty.", HOW)
    if text.lstrip()[0] in "[{":
        return Document(values=tuple(_json_values(text)))
    try:
        return Document(rows=tuple(tuple(cell.strip() for cell in row) for row in csv.reader(io.StringIO(text))))
    except csv.Error as error:
        raise BadInventory(f"The file is neither JSON nor CSV: {error}.", HOW) from None


def decoded(content: bytes) -> str:
    """UTF-8 or UTF-16, with or without a mark. Raises BadInventory for anything else."""
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), None) or _unmarked(content)
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise BadInventory("The file is not UTF-8 or UTF-16 text.", HOW) from None


def _unmarked(content: bytes) -> str:
    """JSON and our CSVs start with two ASCII characters: in UTF-16 one byte of each is NUL (RFC 4627, section 3)."""
    if content[1:2] == b"\0" and content[:1] != b"\0":
        return "utf-16-le"
    return "utf-16-be" if content[:1] == b"\0" and content[1:2] != b"\0" else "utf-8"


def _json_values(text: str) -> list[Any]:
    """The values of a text, which several commands may have written into one after the other."""
    decoder, values, at = json.JSONDecoder(), [], 0
    try:
        while (at := _next(text, at)) < len(text):
            value, at = decoder.raw_decode(text, at)
            values.append(value)
    except RecursionError:
        raise BadInventory("The JSON of the file is nested too deeply to be a description of a network.", HOW) from None
    except ValueError as error:
        raise BadInventory(f"The file is not valid JSON: {error}.", HOW) from None
    if _is_too_deep(values):
        raise BadInventory(f"The JSON of the file nests more than {MOST_LEVELS} levels.", HOW)
    return values


def _next(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _is_too_deep(values: list[Any]) -> bool:
    level: list[Any] = list(values)
    for _ in range(MOST_LEVELS):
        level = [
            inner
            for held in level
            if isinstance(held, dict | list)
            for inner in (held.values() if isinstance(held, dict) else held)
        ]
        if not level:
            return False
    return True
