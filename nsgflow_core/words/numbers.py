"""The one place where text becomes a number, and where a number counts things in a sentence."""

from __future__ import annotations


def whole_number(text: str, most: int) -> int | None:
    """The number from 0 to `most` that plain digits write (leading zeros allowed); None for anything else.

    Plain means 0 to 9: `²` and `１２` are digits to Python, and thousands of digits are an error or a long wait to it.
    """
    if not (text.isascii() and text.isdigit()):
        return None
    digits = text.lstrip("0") or "0"
    number = int(digits) if len(digits) <= len(str(most)) else most + 1
    return number if number <= most else None


def counted(count: int, noun: str) -> str:
    """Like "1 blob", "2,036 blobs" or "3 public addresses"."""
    return f"{count:,} {noun if count == 1 else plural(noun)}"


def and_more(count: int, what: str = "more") -> str:
    """What ends a list of the first few: " and 3 more", or " and 3 more ranges"; nothing where it names all."""
    return f" and {count:,} {what}" if count > 0 else ""


def plural(noun: str) -> str:
    """The plural of a regular English noun: rules, addresses, entries."""
    if noun.endswith(("s", "x", "ch", "sh")):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"
