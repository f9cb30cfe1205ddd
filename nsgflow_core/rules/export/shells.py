"""Words of a command line as a shell reads them, and as a person does: as bash does, whatever is in them; or, for who
pastes where they work, so that bash, PowerShell or cmd read the same.

Double quotes mean the same in all of them where nothing inside is special to one: not ", $, `, %, ! or a backslash that
stands before a quote or another one. What holds such a letter is in single quotes, which cmd alone does not know.
Source: POSIX, "Double-Quotes"; Microsoft Learn, "about_Quoting_Rules" and "cmd".
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence

from nsgflow_core.words.visible import utf8

_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ITS_OWN = ("$'", "'\"'\"'")
"""What no other shell reads as bash does."""
_VALUE = r"[A-Za-z0-9_/+][A-Za-z0-9_./:+-]*"
_PLAIN = re.compile(rf"{_VALUE}|--?[A-Za-z][A-Za-z0-9-]*(?:={_VALUE})?")
_IN_DOUBLE_QUOTES = re.compile(r"""(?:[^"$`%!\\\x00-\x1f]|\\(?!\\|$))+""")


def bash_line(words: Sequence[str]) -> str:
    """The command of these words, in one line."""
    return " ".join(map(_for_bash, words))


def any_shell(words: Iterable[str]) -> str:
    """The command of these words, in one line, for whichever shell it is pasted in."""
    return " ".join(map(_for_any, words))


def is_bash_alone(line: str) -> bool:
    """True where another shell, PowerShell say, would read the words of a line otherwise."""
    return any(written in line for written in _ITS_OWN)


def _for_any(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return f'"{text}"' if _IN_DOUBLE_QUOTES.fullmatch(text) else shlex.quote(text)


def _for_bash(text: str) -> str:
    """The word in quotes; what cannot be seen stands by the bytes that it is in UTF-8, whatever the locale."""
    return shlex.quote(text) if text.isprintable() else "$'" + "".join(map(_escaped, text)) + "'"


def _escaped(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    return letter if letter.isprintable() else "".join(f"\\x{byte:02x}" for byte in utf8(letter))
