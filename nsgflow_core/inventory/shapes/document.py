"""A file of the network as a document: its text -> JSON values, or the rows of a CSV.

Windows PowerShell 5 writes UTF-16 with a mark when `>` catches what `az` prints, and tools strip the mark now and then.
Source: Microsoft Learn, "about_Character_Encoding" (Windows PowerShell: redirection writes UTF-16LE).
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.shapes.delimited import delimited_rows
from nsgflow_core.inventory.shapes.given import decoded
from nsgflow_core.words.visible import encodable, in_short, without_nul

HOW = (
    "Give what 'az network vnet list -o json', 'az network nsg list -o json' or another of the commands in the README "
    "prints, or a CSV with the columns name,prefix or acl_id,name."
)
MOST_LEVELS = 100
"""Azure's own documents nest about a dozen levels; what nests more is no description of a network."""
MOST_LINES = 500_000
"""Of a CSV: more subnets than any cloud has, and no file of line ends that fills the memory."""
_SAID = re.compile(r"\s*(?:WARNING|ERROR|az\s*):")
"""What `az` and PowerShell print beside an answer, which `2>&1` catches (Azure CLI: warnings begin so without colours;
PowerShell: an error of a native command begins with its name)."""
_FOR_PEOPLE = "Print it as JSON: az with '-o json', PowerShell with '| ConvertTo-Json -Depth 10'."
_SOURCES = (
    (
        re.compile(r"\A\s*<(?:!doctype|\?xml|[a-z])", re.IGNORECASE),
        "The file is a web page or XML.",
        "Where a page that asks to sign in was saved in place of a download, download it again; give the JSON itself.",
    ),
    (re.compile(r"\A\s*\x1b\["), "The file holds the colours of a terminal.", _FOR_PEOPLE),
    (re.compile(r"^-{2,}(?: +-{2,})+\s*$", re.MULTILINE), "The file is a table for people to read.", _FOR_PEOPLE),
    (re.compile(r"\A\s*\w+ +: "), "The file is a list for people to read.", _FOR_PEOPLE),
    (re.compile(r"\A(?:---\s+)?(?:- )?\w+:(?: [^,;\t\n]*)?$", re.MULTILINE), "The file is YAML.", _FOR_PEOPLE),
    (
        re.compile(
            r"^[ \t]*(?:(?:resource|data|provider|variable|module|output)\s+\"|(?:terraform|locals)\s*\{)", re.MULTILINE
        ),
        "The file is a source of Terraform: what it makes is not worked out here.",
        "Give what 'terraform show -json' prints once it is applied.",
    ),
    (
        re.compile(
            r"^(?:(?:resource|module)\s+\w+\s+'|(?:param|var)\s+\w+[\s=]|targetScope\s*=|using\s+['n])", re.MULTILINE
        ),
        "The file is a source of Bicep: what it deploys is not worked out here.",
        "Compile it with 'az bicep build' (parameters with 'az bicep build-params'), and give the JSON.",
    ),
)
"""What people write or read networks in: how it is told from a CSV, and what to give in its place."""
_MOST_OF_A_SOURCE = 1 << 16
"""Within so many characters a source says something."""
_ENDS = "it ends in the middle, like a download that broke off"
_JSON_LINE = re.compile(r"^\s*[\[{]", re.MULTILINE)
_MOST_SAID = 200
_SPACE = re.compile(r"\s*")
_TOO_WIDE = f"a field is longer than {csv.field_size_limit():,} characters, as after a quote that never ends."
_NOBODYS_TEXT = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds: JSON values one after the other, or the rows of a CSV (never both)."""

    values: tuple[Any, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def read_document(content: str | bytes) -> Document:
    """The document of a file. Raises BadInventory, in one sentence, when it is neither JSON nor CSV."""
    try:
        text = decoded(content)
    except BadInventory as error:
        raise BadInventory(error.message, error.hint or HOW) from None
    if text.lstrip()[0] in "[{":
        return Document(values=tuple(json_values(text)))
    if said := _SAID.match(text):
        return Document(values=tuple(_behind(text, said)))
    for begins, what, how in _SOURCES:
        if begins.search(text, 0, _MOST_OF_A_SOURCE):
            raise BadInventory(what, how)
    try:
        rows = tuple(islice(delimited_rows(text), MOST_LINES + 1))
    except csv.Error as error:
        why = _TOO_WIDE if "field limit" in str(error) else f"{error}."
        raise BadInventory(f"The file is neither JSON nor CSV: {why}", HOW) from None
    if len(rows) > MOST_LINES:
        raise BadInventory(f"The CSV has more than {MOST_LINES:,} lines.", HOW)
    return Document(rows=rows)


def _behind(text: str, said: re.Match[str]) -> list[Any]:
    """The JSON behind what a command said before it. Raises BadInventory, with those words, where there is none."""
    begins = _JSON_LINE.search(text, said.start())
    if begins is None:
        words = in_short(text.strip().splitlines()[0], _MOST_SAID)
        raise BadInventory(f"The file holds what a command said, and no answer of it: {words}", HOW)
    return json_values(text[begins.start() :])


def json_values(text: str) -> list[Any]:
    """The values of a text, which several commands may have written into one after the other. Raises BadInventory."""
    decoder, values, at = json.JSONDecoder(), [], 0
    try:
        while (at := _next(text, at)) < len(text):
            value, at = decoder.raw_decode(text, at)
            values.append(value)
    except RecursionError:
        raise BadInventory("The JSON of the file is nested too deeply to be a description of a network.", HOW) from None
    except ValueError as error:
        why = _ENDS if _is_cut_off(error, text) else error
        why = "a number in it has thousands of digits" if "integer string conversion" in str(error) else why
        raise BadInventory(f"The file is not valid JSON: {why}.", HOW) from None
    if _is_too_deep(values):
        raise BadInventory(f"The JSON of the file nests more than {MOST_LEVELS} levels.", HOW)
    return [_as_text(value) for value in values] if _NOBODYS_TEXT.search(text) else values


def _is_cut_off(error: ValueError, text: str) -> bool:
    """True where all is well up to the end, or to a text that nothing ends."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.msg.startswith("Unterminated string") or not text[error.pos :].strip()


def _as_text(value: Any) -> Any:
    """The value without lone surrogates and NUL, which JSON can spell and no question takes: NUL as it is shown."""
    if isinstance(value, str):
        return without_nul(encodable(value))
    if isinstance(value, list):
        return [_as_text(each) for each in value]
    return {_as_text(key): _as_text(held) for key, held in value.items()} if isinstance(value, dict) else value


def _next(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


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
