"""What a person reads where AppTest gives Markdown: without what `plain` put in so that data stays text."""

from __future__ import annotations

import re


def as_it_reads(markdown: str) -> str:
    """The text on screen, but for our own bold and badges."""
    return re.sub(r"\\(.)", r"\1", markdown.replace(":color[]", ""))
