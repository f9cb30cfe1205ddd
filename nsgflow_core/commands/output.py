"""What a command prints: answers on standard output, sentences on standard error, whatever those are connected to."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

from nsgflow_core.errors import OutputError


def write_out(content: bytes) -> None:
    """Bytes on standard output, the same on every system (no CRLF on Windows).

    Raises OutputError where they cannot be written, and BrokenPipeError when nobody reads any more.
    """
    if sys.stdout is None:  # `>&-`: Python has no object for a closed one
        raise OutputError("Standard output is closed.", "Send it to a file or a program.")
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as failure:
        why = getattr(failure, "strerror", None) or failure
        raise OutputError(f"The answer cannot be written: {why}.", "Free some space, or send it elsewhere.") from None


def write_text(text: str) -> None:
    """Text on standard output, as UTF-8."""
    write_out(text.encode("utf-8", "backslashreplace"))


def say(sentence: str) -> None:
    """One line on standard error."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            line = " ".join(sentence.splitlines()).encode("utf-8", "backslashreplace").decode()
            sys.stderr.write(f"nsgflow: {line}\n")


def settle() -> None:
    """Nothing is left for Python to write at the end, where it could only fail with a traceback."""
    for stream, number in ((sys.stdout, 1), (sys.stderr, 2)):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            _give_up(stream, number)


def _give_up(stream: TextIO, number: int) -> None:
    """What still lies in a stream's buffer goes nowhere."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
        stream.flush()
