"""Files to the inventory: any number of any kind at once; what a file holds is told by its content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.entry import Entry, FileFinding
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.not_told import not_told_words, nsg_names
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.arm.parameters import parameters_of
from nsgflow_core.inventory.shapes.document import HOW
from nsgflow_core.inventory.shapes.fields import name_of
from nsgflow_core.inventory.shapes.resources import read_resources
from nsgflow_core.inventory.things import THINGS
from nsgflow_core.inventory.things.addressed.databases import is_database, read_database
from nsgflow_core.inventory.things.vnet import Vnet
from nsgflow_core.words.unforeseen import reference_to
from nsgflow_core.words.visible import encodable, in_short

Given = tuple[str, str | bytes]
_TOLD_AGAIN = "All that it describes is described again by a file that was given later, which counts."


def read(files: Iterable[tuple[str, str | bytes]], now: datetime | None = None) -> Inventory:
    """The inventory of files (name, content) of any kind at once; what cannot be used is a finding of its file."""
    moment = (now or datetime.now(UTC)).replace(microsecond=0)
    handed, rest, said = _handed([(encodable(name), content) for name, content in files])
    found = Inventory((), tuple(said))
    for name, content in rest:
        found = found.merged(_read_or_say(name, content, moment, handed))
    again = [FileFinding(name, _TOLD_AGAIN) for name in dict(rest) if name not in found.files]
    return replace(found, findings=(*found.findings, *again))


def _handed(files: list[Given]) -> tuple[dict[str, Any], list[Given], list[FileFinding]]:
    """The parameters that some of the files hand to the templates among the others; these; and what cannot be used."""
    handed: dict[str, Any] = {}
    rest, said = list[Given](), list[FileFinding]()
    for name, content in files:
        parameters = parameters_of(content)
        if parameters is None:
            rest.append((name, content))
            continue
        other = sorted(key for key in handed.keys() & parameters.keys() if handed[key] != parameters[key])
        if other:
            said.append(FileFinding(name, f"It gives {in_short(', '.join(other))} other values than a file before it."))
        handed = parameters | handed
    if not rest:
        said += [FileFinding(name, "It holds the parameters of a template: give both at once.") for name, _ in files]
    return handed, rest, said


def _read_or_say(name: str, content: str | bytes, moment: datetime, handed: Mapping[str, Any]) -> Inventory:
    """One file; whatever goes wrong with it is its finding, and the others go on."""
    try:
        if isinstance(content, bytes) and is_database(content):
            return _read_database(name, content, moment)
        return _read_one(name, content, moment, handed)
    except (RecursionError, MemoryError):
        sentence = "The file nests too deeply, or holds too much, to be a description of a network."
    except Exception as failure:
        reference = reference_to(failure, "while a file of the network was read")
        sentence = f"The file could not be read. That is our mistake: report it with its reference, {reference}."
    return Inventory((), (FileFinding(name, sentence),))


def forgotten_words(kept: Inventory, found: Inventory) -> list[str]:
    """What of the kept goes when what was found is kept, a sentence for each file and kind."""
    gone: dict[tuple[str, str], list[str]] = {}
    for entry in kept.forgotten_by(found):
        gone.setdefault((entry.file, entry.kind), []).append(str(getattr(entry.item, "name", "")) or "without a name")
    return [
        f"{file} tells no more of {len(names):,} {THINGS[kind].words(len(names))} that it told before "
        f"({in_short(', '.join(sorted(names)), 120)}): what it says now is kept alone."
        for (file, kind), names in gone.items()
    ]


def told_words(found: Inventory, file: str) -> str:
    """What was found in a file, for people: "3 VNets, 7 subnets, 1 NSG"."""
    return ", ".join(f"{count:,} {word}" for word, count in found.told(file)) or "nothing of a network"


def _read_database(name: str, content: bytes, moment: datetime) -> Inventory:
    try:
        return Inventory((Entry(kinds.ADDRESS_DATABASE, read_database(content), name, moment),))
    except BadInventory as error:
        return Inventory((), (FileFinding(name, str(error)),))


def _read_one(name: str, content: str | bytes, moment: datetime, handed: Mapping[str, Any]) -> Inventory:
    notes: list[str] = []
    entries: dict[tuple[str, ...], Entry] = {}
    try:
        resources = read_resources(content, notes.append, handed)
    except BadInventory as error:
        return Inventory((), (FileFinding(name, str(error)),))
    for fields in (*resources, *nsg_names(resources)):
        kind = THINGS.get(fields["type"])
        if kind is None:
            continue
        try:
            entry = Entry(kind.arm_type, kind.read(fields, notes.append), name, moment)
        except BadInventory as error:
            notes.append(f"{error.message} It is left out. {error.hint}".strip())
            continue
        if entry.item == Vnet(""):
            continue  # a CSV of which no line can be used: each was noted
        twin = entries.setdefault(entry.identity, entry)
        if twin.item != entry.item:
            notes.append(f"{kind.one} '{name_of(fields)}' is in the file twice; the second is left out.")
    notes += not_told_words(resources, is_all=not entries)
    if not entries and not notes:
        notes.append(f"The file describes nothing of a network. {HOW}")
    return Inventory(tuple(entries.values()), tuple(FileFinding(name, note) for note in dict.fromkeys(notes)))
