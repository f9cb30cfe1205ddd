"""The one way from text to the screen: what is data is shown as it reads, and means nothing to Markdown.

Streamlit renders nearly every word of a page as Markdown: labels, help, titles of boxes, captions. There, everything
is either written in our own code or has passed `plain`; `tests/ui/frame/test_text_is_text.py` reads the code and says
where it is not so.
"""

from __future__ import annotations

import re
from typing import NewType

from nsgflow_core.words.visible import visible

Markdown = NewType("Markdown", str)
"""What Markdown may be made of: our own words, with all that is data in them plain."""

_TEAR = ":color[]"
"""A directive of Streamlit's that colours nothing. It is an element of its own, so what stands on its two sides is
never read together: links (`http://`, `www.`, `a@b`), emojis, icons and arrows are looked for in each stretch of text
*after* backslashes were taken out of it, so that a backslash does not stop them (Streamlit 1.67, tried)."""
_MARK = re.compile(r"(?P<torn>www(?=\.)|[:@]|[-<>~](?=[-=>]))|[\\`*_\[\]<>&$~]", re.IGNORECASE)
_BLOCK = re.compile(r"^(\d*)([-#+=|.)])")
"""What would begin a heading, a list, a line or a table, at the start of a text."""


def plain(text: object) -> Markdown:
    """Text of a person, a log, a file or an error as it reads, in one line."""
    return Markdown(_BLOCK.sub(r"\1\\\2", _MARK.sub(_as_it_reads, visible(str(text)).strip())))


def heard(words: str, about: object) -> Markdown:
    """Words on a button or link with what they are about, which only who hears the page is told (look.css hides it).

    Several *Export* stand on a page, each beside its title; an icon alone has no words. Marks that mean something
    to Markdown are blanks there: a popover's box is called by its label with every backslash in it.
    """
    told = " ".join(_MARK.sub(" ", visible(str(about))).split())
    if not told:
        return plain(words)
    return Markdown(f"{plain(words)} *{told}*") if words else Markdown(f"***{told}***")


def _as_it_reads(found: re.Match[str]) -> str:
    mark = found[0]
    return (mark if mark.isalpha() else f"\\{mark}") + (_TEAR if found["torn"] else "")


def store_badge(name: str) -> Markdown:
    """The name of a store as a badge. `st.badge` escapes brackets itself, and with that undoes what `plain` did."""
    return Markdown(f":blue-badge[:material/database: {plain(name)}]")
