"""Where a command's table goes: as which file, to standard output or, by -o, into a file whose suffix says which."""

from __future__ import annotations

from argparse import Action, ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import pandas as pd

from nsgflow_core.ask.answers import in_zone
from nsgflow_core.commands.telling import clock
from nsgflow_core.commands.telling.output import is_terminal, print_bytes, print_lines, say
from nsgflow_core.errors import BadFilter, InputError, OutputError
from nsgflow_core.exports import FILE_FORMATS
from nsgflow_core.exports.base import About, Asked
from nsgflow_core.words.visible import in_short, path_text


class Target(str):
    """The key of a format, and the file that it goes to; none for standard output."""

    file: Path | None = None

    @classmethod
    def of(cls, key: str, file: Path | None) -> Self:
        """This format into that file."""
        made = cls(key)
        made.file = file
        return made


class _Format(Action):
    """--format KEY, which may be said before or after -o and has to agree with it."""

    def __call__(self, parser: ArgumentParser, namespace: Namespace, values: Any, option: str | None = None) -> None:
        said = getattr(namespace, self.dest)
        file = said.file if isinstance(said, Target) else None
        if file and said != values:
            raise BadFilter(f"{path_text(file)} is a {said} file, not {values}.", "Leave out --format, or rename it.")
        setattr(namespace, self.dest, Target.of(values, file))


class _Into(Action):
    """-o FILE, by whose suffix the format is chosen."""

    def __call__(self, parser: ArgumentParser, namespace: Namespace, values: Any, option: str | None = None) -> None:
        file, said = values, getattr(namespace, self.dest)
        key = format_of(file)
        if isinstance(said, Target) and said != key:
            raise BadFilter(f"{path_text(file)} is a {key} file, not {said}.", "Leave out --format, or rename it.")
        refuse_no_folder(file)
        setattr(namespace, self.dest, Target.of(key, file))


def add_format(parser: ArgumentParser, offered: Sequence[str]) -> None:
    """--format: one of these, the first by default; and -o FILE where any file of a table is among them."""
    parser.add_argument(
        "--format", action=_Format, choices=tuple(offered), default=offered[0], help=f"default {offered[0]}"
    )
    if set(FILE_FORMATS) <= set(offered):
        endings = ", ".join(f".{row.extension}" for row in FILE_FORMATS.values())
        words = f"write it there; the name ends in {endings}"
        parser.add_argument("-o", "--output", action=_Into, dest="format", metavar="FILE", type=Path, help=words)


def format_of(file: Path) -> str:
    """The key of the format that a file's suffix names. Raises BadFilter."""
    suffix = file.suffix.lower().removeprefix(".")
    found = next((row.key for row in FILE_FORMATS.values() if row.extension == suffix), None)
    if found is None:
        endings = ", ".join(f".{row.extension}" for row in FILE_FORMATS.values())
        raise BadFilter(f"'{in_short(path_text(file))}' has none of the endings {endings}.", "Name it like ports.xlsx.")
    return found


def refuse_no_folder(file: Path) -> None:
    """Raise InputError for a file that cannot be there: said before minutes of work."""
    if not file.absolute().parent.is_dir():
        name = in_short(path_text(file))
        raise InputError(f"{name} cannot be written: there is no such folder.", "Make it, or name another.")


def nothing_told() -> About:
    """Of a table that answers no question to a store."""
    return About("Table")


NOTHING_MET = "no rows: nothing meets what was asked."


def print_frame(
    frame: pd.DataFrame, output: str, asked: Asked = nothing_told, *, when_empty: str = NOTHING_MET
) -> None:
    """The frame where the options send it; on standard error that it is empty, and why it is not the whole answer.

    Raises OutputError for what no terminal shows, and for a file that cannot be written.
    """
    frame, row = in_zone(frame, clock.zone()), FILE_FORMATS[output]
    file = output.file if isinstance(output, Target) else None
    if not (row.is_text or file) and is_terminal():
        raise OutputError(f"{row.label} is no text for a terminal.", f"Name a file: -o table.{row.extension}")
    content = row.write(frame, asked)
    if file is None:
        print_bytes(content)
    else:
        write_file(file, content)
    if frame.empty and when_empty:
        say(f"note: {when_empty}")
    if partial := frame.attrs.get("partial"):
        say(f"partial result: {partial}")


def write_file(file: Path, content: bytes) -> None:
    """Write a file and print its name. Raises OutputError."""
    try:
        file.write_bytes(content)
    except (OSError, ValueError) as failure:
        why = getattr(failure, "strerror", None) or failure
        name = in_short(path_text(file))
        raise OutputError(f"{name} cannot be written: {why}.", "Name another file with -o.") from None
    print_lines(path_text(file))
