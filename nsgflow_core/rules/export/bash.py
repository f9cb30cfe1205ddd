"""Words of a command line as bash reads them, whatever is in them, and as a person does."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from nsgflow_core.words.visible import utf8

_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ITS_OWN = ("$'", "'\"'\"'")
"""What no other shell reads as bash does."""


def bash_line(words: Sequence[str]) -> str:
    """The command of these words, in one line."""
    return " ".join(map(_word, words))


def is_bash_alone(line: str) -> bool:
    """True where another shell, PowerShell say, would read the words of a line otherwise."""
    return any(written in line for written in _ITS_OWN)


def _word(text: str) -> str:
    """The word in quotes; what cannot be seen stands by the bytes that it is in UTF-8, whatever the locale."""
    return shlex.quote(text) if text.isprintable() else "$'" + "".join(map(_escaped, text)) + "'"


def _escaped(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    return letter if letter.isprintable() else "".join(f"\\x{byte:02x}" for byte in utf8(letter))
