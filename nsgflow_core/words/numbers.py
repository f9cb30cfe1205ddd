"""The one place where text becomes a number, and where a number counts things in a sentence."""

from __future__ import annotations

from collections.abc import Sequence


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


def first_of(names: Sequence[str], most: int) -> str:
    """The first few names, and how many there are beside them: "a, b and 3 more"."""
    return ", ".join(names[:most]) + and_more(len(names) - most)


def plural(noun: str) -> str:
    """The plural of a regular English noun: rules, addresses, entries."""
    if noun.endswith(("s", "x", "ch", "sh")):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"


def change_in_words(was: float, now: float) -> str:
    """How much more or less, like "+12 %" or "-0.4 %"; from three times on "7.5 times"; words where either is 0."""
    if was == now:
        return "as before"
    if not was or not now:
        return "none before" if not was else "none now"
    ratio = now / was
    if ratio >= 3:
        return f"{ratio:,.1f} times" if ratio < 10 else f"{ratio:,.0f} times"
    share = (ratio - 1) * 100
    return f"{share:+,.0f} %" if abs(share) >= 1 else f"{share:+,.1f} %"


def percent(share: float) -> str:
    """A share like "99.99%", never rounded up: 100.00% is said of all alone."""
    return f"{share:.2%}" if share == 1 else f"{min(share, 0.9999):.2%}"
