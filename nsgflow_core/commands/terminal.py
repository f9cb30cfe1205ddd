"""The one way from the command line to whoever reads it: on a terminal, everything is visible text.

Names of blobs, rules and people come from strangers, and a terminal obeys what is in them: colours, links, titles,
lines that overwrite others. So what a person reads (notes, errors, lines) is made visible, and tables and files are,
when they go to a terminal. To a file or a pipe their bytes are exact.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from nsgflow_core.words.log_lines import as_lines
from nsgflow_core.words.visible import visible


def print_bytes(content: bytes) -> None:
    """A table or a file on standard output, the same on every system (no CRLF on Windows)."""
    if sys.stdout.isatty():
        content = as_lines(content.decode("utf-8", "replace")).encode("utf-8", "replace")
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def print_lines(*lines: str) -> None:
    """Lines for people on standard output, each of them one line."""
    print_bytes("".join(f"{visible(line)}\n" for line in lines).encode())


def say(words: object) -> None:
    """One line on standard error: an error, a note."""
    sys.stderr.write(f"nsgflow: {visible(str(words))}\n")


def show_progress(line: str, *, is_last: bool) -> None:
    """One line on a terminal's standard error that takes the place of the one before; nothing elsewhere."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{visible(line)}\x1b[K" + ("\n" if is_last else ""))


class Parser(ArgumentParser):
    """A parser whose help and errors, which quote what was given, are visible text."""

    def _print_message(self, message: str, file: Any = None) -> None:
        super()._print_message(as_lines(message), file)
