"""A file that somebody gives, read and decoded in one place: bytes from a path, text from bytes."""

from __future__ import annotations

import codecs
import os
import stat
from pathlib import Path

from nsgflow_core.errors import BadInventory
from nsgflow_core.words.visible import encodable, path_text

MOST_BYTES = 64 << 20
"""As large as what the pages take (`.streamlit/config.toml`); a file of all of Azure's service tags has 5 MB."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""In this order: UTF-32's little-endian mark starts with that of UTF-16."""
_PACKED = (
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "a ZIP, or a plan, of which 'terraform show -json' prints what is in it"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
)
_WORKBOOK, _OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SHEETS = b"xl/"
"""In the names of a workbook's parts (ECMA-376); older ones are compound files."""
_OF_THE_SHELL = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")
_TOO_LARGE = f"The file is larger than {MOST_BYTES >> 20} MB."
_SMALLER = "Give it in parts, or only what 'az ... list' prints of what these logs are about."


def read_given(path: Path) -> bytes:
    """The bytes of a file that somebody names. Raises BadInventory, in one sentence.

    It never waits for a named pipe; one of the shell (`<(az ...)`, /dev/stdin) is read as commands read them.
    """
    name = path_text(path)
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            status = os.fstat(handle)
            if stat.S_ISDIR(status.st_mode):
                raise BadInventory(f"{name} is a folder.", "Name the files in it.")
            if stat.S_ISFIFO(status.st_mode) and name.startswith(_OF_THE_SHELL):
                os.set_blocking(handle, True)
            elif not stat.S_ISREG(status.st_mode):
                raise BadInventory(f"{name} is not a file but a pipe, socket or device.", "Name a file.")
            if status.st_size > MOST_BYTES:
                raise BadInventory(f"{name}: {_TOO_LARGE}", _SMALLER)
            with os.fdopen(handle, "rb", closefd=False) as file:
                return file.read(MOST_BYTES + 1)
        finally:
            os.close(handle)
    except (OSError, ValueError) as failure:
        why = getattr(failure, "strerror", None) or str(failure)
        raise BadInventory(f"{name} cannot be read: {encodable(why)}.", "Check the path.") from None


def decoded(content: str | bytes) -> str:
    """The text of a file: UTF-8, UTF-16 or UTF-32, with or without a mark. Raises BadInventory, in one sentence."""
    if len(content) > MOST_BYTES:
        raise BadInventory(_TOO_LARGE, _SMALLER)
    text = encodable(content).removeprefix("\ufeff") if isinstance(content, str) else _decoded(content)
    if not text.strip():
        raise BadInventory("The file is empty.")
    if "\0" in text:
        raise BadInventory("The file holds NUL characters: it is no text.", "Save it as UTF-8.")
    return text


def _decoded(content: bytes) -> str:
    if content.startswith(_OLD_WORKBOOK) or (content.startswith(_WORKBOOK) and _SHEETS in content):
        raise BadInventory("The file is a workbook.", "Save its sheet as CSV (UTF-8), and give that.")
    packed = next((words for start, words in _PACKED if content.startswith(start)), None)
    if packed:
        raise BadInventory(f"The file is compressed ({packed}).", "Unpack it, and give what is in it.")
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), None) or _unmarked(content)
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise BadInventory("The file is not UTF-8 or UTF-16 text.", "Save it as UTF-8.") from None


def _unmarked(content: bytes) -> str:
    """JSON and our CSVs start with two ASCII characters: in UTF-16 one byte of each is NUL (RFC 4627, section 3)."""
    if content[1:2] == b"\0" and content[:1] != b"\0":
        return "utf-16-le"
    return "utf-16-be" if content[:1] == b"\0" and content[1:2] != b"\0" else "utf-8"
