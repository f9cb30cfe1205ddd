"""Text of logs, links and files made safe to look at: what is invisible or turns text around is shown by its number."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

_PICTURES = 0x2400
"""Unicode's block of pictures of the control characters, in their order."""
_DELETE_PICTURE = "\u2421"
_JOINERS = frozenset("\u200c\u200d")
"""They shape letters of Persian and Indic scripts and families of emoji, and turn nothing around."""
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    """The same text, with control characters as pictures, and direction marks and lone surrogates by their number.

    So a name cannot be read backwards (U+202E), end a line, or break a page that can only be sent as UTF-8.
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def in_short(text: str, most: int = 80) -> str:
    """A text as it is quoted in a sentence: visible, and cut where it is longer than anybody reads."""
    return visible(text if len(text) <= most else f"{text[: most - 1]}…")


def without_nul(text: str) -> str:
    """The same text with NUL as it is shown: no question takes one, so it is kept as what can be asked for."""
    return text.replace("\0", chr(_PICTURES)) if "\0" in text else text


def utf8(text: str) -> bytes:
    """Text as bytes, whatever is in it: lone surrogates, which no file, store or screen takes, as \\udce9."""
    return text.encode("utf-8", "backslashreplace")


def encodable(text: str) -> str:
    """Text that UTF-8 can write: lone surrogates as \\udce9."""
    return text if text.isascii() else utf8(text).decode()


def path_text(path: Path) -> str:
    """A path as text that can be kept and printed; bytes of it that are no UTF-8 are written \\xe9."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def written_path(text: Path | str) -> Path:
    """A path as somebody wrote it: `~` is a home, and of nobody's it stays as it is, as in a shell; pathlib fails."""
    return Path(os.path.expanduser(text))  # noqa: PTH111


def _shown(letter: str) -> str:
    number = ord(letter)
    if number < ord(" "):
        return chr(_PICTURES + number)
    if number == 0x7F:
        return _DELETE_PICTURE
    if unicodedata.category(letter) in _HIDDEN and letter not in _JOINERS:
        return f"‹U+{number:04X}›"
    return letter
