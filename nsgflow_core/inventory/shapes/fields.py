"""Fields as every writer spells them, brought to one spelling: `AddressPrefix`, `address_prefix`, `addressPrefix`.

az writes camelCase and flat, REST and ARM put the fields under `properties`, PowerShell writes PascalCase, Terraform
snake_case. Here keys have neither case nor underscores, and what lies under `properties` lies beside id and name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from nsgflow_core.errors import BadFilter, BadInventory
from nsgflow_core.inventory.shapes.document import json_values
from nsgflow_core.words import arm_id
from nsgflow_core.words.prefixes import Prefix, parse_prefix

Fields = dict[str, Any]
Note = Callable[[str], None]
"""Takes one sentence about something that was left out."""

_CUT = re.compile(r"@\{.*|System\.(Object\[\]|String\[\]|Collections\..*)|Microsoft\.Azure\.(Commands|Management)\..*")
"""What ConvertTo-Json writes in place of an object below its -Depth (2 unless told)."""

MOST_LETTERS = 2_000
"""Names and ids in Azure are shorter (a name 80 or 260 letters, an id their sum); longer ones would fill a page."""


@lru_cache(maxsize=4096)
def spelled(key: str) -> str:
    """The one spelling of a field's name."""
    return key.replace("_", "").casefold()


def folded(value: Any) -> Any:
    """A JSON value with the one spelling of every key, `properties` lifted, and text that can be printed anywhere."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_held(each) for each in value]
    if not isinstance(value, dict):
        return value
    fields: Fields = {spelled(key): _held(held) for key, held in value.items()}
    for key in [key for key in fields if is_cut(fields[key])]:
        fields[key] = _twin(fields, key)
    inner = fields.get("properties")
    if isinstance(inner, dict):
        del fields["properties"]
        fields = {**inner, **{key: held for key, held in fields.items() if held is not None or key not in inner}}
    return fields


def _held(value: Any) -> Any:
    """A value within another. Windows PowerShell 5 may write a list as `{value, Count}`, its texts joined by spaces."""
    held = folded(value)
    if not isinstance(held, dict) or held.keys() != {"value", "count"}:
        return held
    listed, count = held["value"], held["count"]
    if isinstance(listed, str) and not is_cut(listed) and len(listed.split()) == count:
        return listed.split()
    return listed if isinstance(listed, list | str) else held


def is_cut(value: Any) -> bool:
    """True for the text that ConvertTo-Json writes where it stopped: an object's type in place of the object."""
    return isinstance(value, str) and bool(_CUT.fullmatch(value.strip()))


def cut_fields(value: Any, depth: int = 0) -> Iterator[str]:
    """The names of the fields of a resource that were cut off."""
    if isinstance(value, dict):
        for key, held in value.items():
            if is_cut(held):
                yield key
            else:
                yield from cut_fields(held, depth + 1)
    elif isinstance(value, list):
        for each in value:
            if is_cut(each):
                yield "a list"
            yield from cut_fields(each, depth + 1)


def _twin(fields: Fields, key: str) -> Any:
    """Az's PowerShell objects hold their children a second time as JSON text: `SubnetsText` beside `Subnets`."""
    held = fields.get(f"{key}text")
    if not isinstance(held, str) or held.strip()[:1] not in ("[", "{"):
        return fields[key]
    try:
        return folded(json_values(held)[0])
    except BadInventory:
        return fields[key]


def text(fields: Fields, key: str) -> str:
    """A field as text; "" where it is missing or no text. What is longer than any name or id is cut, and ends in …"""
    held = fields.get(key)
    if not isinstance(held, str | int) or isinstance(held, bool):
        return ""
    whole = str(held).strip()
    return whole if len(whole) <= MOST_LETTERS else f"{whole[: MOST_LETTERS - 1]}…"


def flag(fields: Fields, key: str) -> bool | None:
    """A field that is true or false; None where it is neither. ConvertTo-Csv and old writers spell it as a word."""
    held = fields.get(key)
    if isinstance(held, str):
        return {"true": True, "false": False}.get(held.strip().casefold())
    return held if isinstance(held, bool) else None


def texts(fields: Fields, *keys: str) -> list[str]:
    """The values of fields that hold one text or a list of them, each once, in order.

    ConvertTo-Json joins a list below its depth by spaces.
    """
    found: list[str] = []
    for key in keys:
        held = fields.get(key)
        if isinstance(held, str):
            found += held.split()
        elif isinstance(held, list):
            found += [str(each).strip() for each in held if isinstance(each, str | int)]
    return list(dict.fromkeys(each for each in found if each))


def inner(fields: Fields, key: str) -> Fields:
    """A field that holds an object; an empty one where it does not. Terraform holds a block as a list of one."""
    held = fields.get(key)
    if isinstance(held, list) and len(held) == 1:
        held = held[0]
    return held if isinstance(held, dict) else {}


def items(fields: Fields, key: str) -> list[Fields]:
    """The objects of a list; one object stands for a list of one, as ConvertTo-Json writes it."""
    held = fields.get(key)
    if isinstance(held, dict):
        return [held]
    return [each for each in held if isinstance(each, dict)] if isinstance(held, list) else []


def ids(fields: Fields, key: str) -> tuple[str, ...]:
    """The ids of a list of references."""
    return tuple(dict.fromkeys(text(each, "id") for each in items(fields, key) if text(each, "id")))


def reference(fields: Fields, key: str) -> str:
    """The id of one reference."""
    return text(inner(fields, key), "id")


def name_of(fields: Fields) -> str:
    """The name of a resource, without what stands before it in a path; the last of its id where it has none."""
    return arm_id.last(text(fields, "name")) or arm_id.last(text(fields, "id"))


def prefixes_of(written: Iterable[str], where: str, note: Note) -> tuple[Prefix, ...]:
    """CIDR prefixes; a text that is none is noted, with where it stands, and left out."""
    found = []
    for each in written:
        try:
            found.append(parse_prefix(each))
        except BadFilter:
            note(f"{where}: '{each}' is not a CIDR prefix; it is left out.")
    return tuple(found)
