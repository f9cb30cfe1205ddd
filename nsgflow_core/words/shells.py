"""Words of a command that a person pastes where they work: bash, PowerShell or cmd read the same words of it.

Double quotes mean the same in all of them where nothing inside is special to one: not ", $, `, %, ! or a backslash that
stands before a quote or another one. What holds such a letter is in single quotes, which cmd alone does not know.
Source: POSIX, "Double-Quotes"; Microsoft Learn, "about_Quoting_Rules" and "cmd".
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

_VALUE = r"[A-Za-z0-9_/+][A-Za-z0-9_./:+-]*"
_PLAIN = re.compile(rf"{_VALUE}|--?[A-Za-z][A-Za-z0-9-]*(?:={_VALUE})?")
_IN_DOUBLE_QUOTES = re.compile(r"""(?:[^"$`%!\\\x00-\x1f]|\\(?!\\|$))+""")


def any_shell(words: Iterable[str]) -> str:
    """The command of these words, in one line."""
    return " ".join(map(_word, words))


def _word(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return f'"{text}"' if _IN_DOUBLE_QUOTES.fullmatch(text) else shlex.quote(text)
