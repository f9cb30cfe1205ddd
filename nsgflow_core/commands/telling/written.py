"""Where a command's table goes: as which file, to standard output or, by -o, into a file whose suffix says which."""

from __future__ import annotations

import os
import shutil
import time
from argparse import SUPPRESS, Action, ArgumentParser, Namespace, _ArgumentGroup
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import pandas as pd

from nsgflow_core.ask.answers import in_zone
from nsgflow_core.commands.telling import clock
from nsgflow_core.commands.telling.output import is_terminal, print_bytes, print_lines, print_notes, say
from nsgflow_core.errors import BadFilter, InputError, OutputError
from nsgflow_core.exports import FILE_FORMATS
from nsgflow_core.exports.base import AsksOrigin, TableOrigin
from nsgflow_core.stores.local.upkeep.copying import discard_stale
from nsgflow_core.words.visible import in_short, path_text

Content = bytes | Iterable[bytes]
"""A file, whole or as it comes."""
_WHILE_READ = 1.0
"""Seconds that another process may take to read a file which is replaced."""


class Target(str):
    """The key of a format, and the file that it goes to; none for standard output."""

    file: Path | None = None

    @classmethod
    def of(cls, key: str, file: Path | None) -> Self:
        """This format into that file."""
        made = cls(key)
        made.file = file
        return made


def tables() -> dict[str, str]:
    """The formats of a table, and how the name of each file ends."""
    return {row.key: row.extension for row in FILE_FORMATS.values()}


class _OfFormat(Action):
    """What knows how the files of each format end."""

    def __init__(self, *args: Any, endings: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.endings = endings


class _Format(_OfFormat):
    """--format KEY, which may be said before or after -o and has to agree with it."""

    def __call__(self, parser: ArgumentParser, namespace: Namespace, values: Any, option: str | None = None) -> None:
        said = getattr(namespace, self.dest)
        file = said.file if isinstance(said, Target) else None
        if file and values not in _formats_of(file, self.endings):
            raise _disagreement(file, said, values)
        setattr(namespace, self.dest, Target.of(values, file))


class _Into(_OfFormat):
    """-o FILE, by whose suffix the format is chosen; the first of several that end so, unless one is said."""

    def __call__(self, parser: ArgumentParser, namespace: Namespace, values: Any, option: str | None = None) -> None:
        file, said = values, getattr(namespace, self.dest)
        keys = _formats_of(file, self.endings)
        is_said = isinstance(said, Target)
        if is_said and said not in keys:
            raise _disagreement(file, keys[0], said)
        refuse_no_folder(file)
        setattr(namespace, self.dest, Target.of(said if is_said else keys[0], file))


def _disagreement(file: Path, ends_as: str, said: str) -> BadFilter:
    return BadFilter(f"{path_text(file)} is a {ends_as} file, not {said}.", "Leave out --format, or rename it.")


def add_output_options(parser: ArgumentParser, formats: Mapping[str, str] | None = None) -> None:
    """--format: one of these, the first by default, those of a table unless others are said; and -o FILE, which ends as
    the format does ("": it has no file)."""
    endings = tables() if formats is None else formats
    first = next(iter(endings))
    parser.add_argument(
        "--format", action=_Format, endings=endings, choices=tuple(endings), default=first, help=f"default {first}"
    )
    words = f"write it there; the name ends in {_listed(endings)}"
    parser.add_argument(
        "-o", "--output", action=_Into, endings=endings, dest="format", metavar="FILE", type=Path, help=words
    )


def add_own_flag(group: _ArgumentGroup, flag: str, endings: Mapping[str, str], words: str) -> None:
    """A flag by which some of the formats are also said: what --format KEY is, `flag` KEY is."""
    group.add_argument(
        flag, action=_Format, endings=endings, choices=tuple(endings), dest="format", default=SUPPRESS, help=words
    )


def _formats_of(file: Path, endings: Mapping[str, str]) -> list[str]:
    """The keys of the formats that a file's suffix names, one or more. Raises BadFilter."""
    suffix = file.suffix.lower().removeprefix(".")
    if found := [key for key, ending in endings.items() if suffix and ending == suffix]:
        return found
    name, example = in_short(path_text(file)), [ending for ending in endings.values() if ending][-1]
    raise BadFilter(f"'{name}' has none of the endings {_listed(endings)}.", f"Name it like web.{example}.")


def _listed(endings: Mapping[str, str]) -> str:
    return ", ".join(dict.fromkeys(f".{ending}" for ending in endings.values() if ending))


def refuse_no_folder(file: Path) -> None:
    """Raise InputError for a file that cannot be there: said before minutes of work."""
    if not file.absolute().parent.is_dir():
        name = in_short(path_text(file))
        raise InputError(f"{name} cannot be written: there is no such folder.", "Make it, or name another.")


def nothing_told() -> TableOrigin:
    """Of a table that answers no question to a store."""
    return TableOrigin("Table")


NOTHING_MET = "no rows: nothing meets what was asked."


def print_frame(
    frame: pd.DataFrame, output: str, asked: AsksOrigin = nothing_told, *, when_empty: str = NOTHING_MET
) -> None:
    """The frame where the options send it; on standard error that it is empty, and why it is not the whole answer.

    Raises OutputError for what no terminal shows, and for a file that cannot be written.
    """
    frame, row = in_zone(frame, clock.zone()), FILE_FORMATS[output]
    file = output.file if isinstance(output, Target) else None
    if not (row.is_text or file) and is_terminal():
        raise OutputError(f"{row.label} is no text for a terminal.", f"Name a file: -o table.{row.extension}")
    send(row.write(frame, asked), output)
    if frame.empty and when_empty:
        print_notes(when_empty)
    if left_out := row.left_out(len(frame)):
        print_notes(left_out)
    if partial := frame.attrs.get("partial"):
        say(f"partial result: {partial}")


def print_in_parts(frames: Iterable[pd.DataFrame], output: str) -> int:
    """Frames of one table, as they come, in a format that takes them so; how many rows they had. Raises OutputError."""
    in_parts, rows = FILE_FORMATS[output].in_parts, 0
    assert in_parts, output

    def met() -> Iterator[pd.DataFrame]:
        nonlocal rows
        for frame in frames:
            rows += len(frame)
            yield in_zone(frame, clock.zone())

    send(in_parts(met()), output)
    if not rows:
        print_notes(NOTHING_MET)
    return rows


def send(content: Content, output: str) -> None:
    """What was written, to where the options send it: a file, or standard output. Raises OutputError."""
    file = output.file if isinstance(output, Target) else None
    if file is not None:
        return write_file(file, content)
    for part in _parts(content):
        print_bytes(part)
    return None


def write_file(file: Path, content: Content) -> None:
    """Write a file and print its name; one of before stays until it is whole. Raises OutputError."""
    try:
        put_file(file, content)
    except (OSError, ValueError) as failure:
        why = getattr(failure, "strerror", None) or failure
        name = in_short(path_text(file))
        raise OutputError(f"{name} cannot be written: {why}.", "Name another file with -o.") from None
    print_lines(path_text(file))


def put_file(file: Path, content: Content) -> None:
    """Write in place of a file in one step, for the same people; what is no file (a device, a pipe), and a file in a
    folder that takes no other, is written to. Raises OSError, ValueError."""
    place = file.resolve()
    is_there = place.exists()
    if is_there and not (place.is_file() and os.access(place.parent, os.W_OK)):
        _write(place, content)
        return
    discard_stale(place.parent, ".nsgflow-*.part")
    beside = place.with_name(f".nsgflow-{os.getpid()}.part")
    try:
        beside.touch()
        if is_there:
            shutil.copymode(place, beside)
        _write(beside, content)
        _into_place(beside, place)
    finally:
        beside.unlink(missing_ok=True)


def _parts(content: Content) -> Iterable[bytes]:
    return [content] if isinstance(content, bytes) else content


def _write(place: Path, content: Content) -> None:
    with place.open("wb") as file:
        file.writelines(_parts(content))


def _into_place(new: Path, place: Path) -> None:
    """Windows replaces no file that another process reads at the moment."""
    until = time.monotonic() + _WHILE_READ
    while True:
        try:
            new.replace(place)
        except PermissionError:
            if time.monotonic() > until:
                raise
            time.sleep(_WHILE_READ / 20)
        else:
            return
