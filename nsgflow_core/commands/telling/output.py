"""The one way from the command line to whoever reads it: what it prints, whatever the streams are connected to.

Names of blobs, rules and people come from strangers, and a terminal obeys what is in them: colours, links, titles,
lines that overwrite others. So what a person reads (notes, errors, lines) is made visible, and tables and files are,
when they go to a terminal. To a file or a pipe their bytes are exact.
"""

from __future__ import annotations

import os
import re
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn, TextIO

from nsgflow_core.errors import OutputError, without_secrets
from nsgflow_core.words.apart import nearest
from nsgflow_core.words.log_lines import as_lines
from nsgflow_core.words.visible import encodable, utf8, visible


def is_terminal() -> bool:
    """True where standard output is shown to a person as it comes."""
    return sys.stdout is not None and sys.stdout.isatty()


def print_bytes(content: bytes) -> None:
    """A table or a file on standard output, the same on every system (no CRLF on Windows).

    Raises OutputError where it cannot be written, and BrokenPipeError when nobody reads any more.
    """
    if sys.stdout is None:  # `>&-`: Python has no object for a closed one
        raise OutputError("Standard output is closed.", "Send it to a file or a program.")
    try:
        if is_terminal():
            content = as_lines(content.decode("utf-8", "replace")).encode("utf-8", "replace")
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as failure:
        why = getattr(failure, "strerror", None) or failure
        raise OutputError(f"The answer cannot be written: {why}.", "Free some space, or send it elsewhere.") from None


def print_lines(*lines: str) -> None:
    """Lines for people on standard output, each of them one line, without secrets."""
    print_bytes(utf8("".join(f"{visible(without_secrets(line))}\n" for line in lines)))


def say(words: object) -> None:
    """One line on standard error: an error, a note."""
    line = without_secrets(encodable(" ".join(str(words).splitlines())))
    _write_error(f"nsgflow: {visible(line)}\n")


def print_notes(*sentences: str) -> None:
    """What a person must know beside the answer, a line each on standard error."""
    for sentence in sentences:
        say(f"note: {sentence}")


def show_progress(line: str, *, is_last: bool) -> None:
    """One line on a terminal's standard error that takes the place of the one before; nothing elsewhere."""
    if sys.stderr is not None and sys.stderr.isatty():
        _write_error(f"\r{visible(line)}\x1b[K" + ("\n" if is_last else ""))


def settle() -> None:
    """Nothing is left for Python to write at the end, where it could only fail with a traceback."""
    for stream, number in ((sys.stdout, 1), (sys.stderr, 2)):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            _give_up(stream, number)


_REFUSED = re.compile("(?:unrecognized arguments: |invalid choice: ')([^\\s'=]+)")
"""What argparse quotes of what it does not know."""


class Parser(ArgumentParser):
    """A parser whose help and errors, which quote what was given, are visible text.

    An option of many words, as --inventory FILE ..., takes what was meant to follow it too: the error says so.
    """

    _given: Sequence[str] = ()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """What argparse makes of the words; they are remembered for an error."""
        self._given = sys.argv[1:] if args is None else list(args)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, what was probably meant and where all is listed, in one line; end with status 2."""
        many = [word for word in self._given if (a := self._option_string_actions.get(word)) and a.nargs == "+"]
        if many and "arguments are required" in message:
            message = f"{message}. Write them ahead of {many[-1]}, which takes every word up to the next option"
        if near := self._nearly(message):
            message = f"{message.partition(' (choose from')[0]}. Did you mean {near}?"
        stop = "" if near else "."
        self.exit(2, f"{self.prog}: {message}{stop} {self.prog} --help lists what there is.\n")

    def _nearly(self, message: str) -> str:
        """What is spelled nearly like the option or choice that was refused; "" for none."""
        refused = _REFUSED.search(message)
        choices = [str(each) for action in self._actions for each in action.choices or ()]
        there_are = [*self._option_string_actions, *choices]
        return next(iter(nearest(refused[1] if refused else "", there_are, 1)), "")

    def _print_message(self, message: str, file: Any = None) -> None:
        super()._print_message(as_lines(without_secrets(message)), file)


def _write_error(text: str) -> None:
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)


def _give_up(stream: TextIO, number: int) -> None:
    """What still lies in a stream's buffer goes nowhere."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
        stream.flush()
