"""The logger `nsgflow`, whose lines are visible text: a log is read on terminals, and names in it come from strangers.

No secret of an address that was given is among them. What a record is told besides our own words is passed through
`visible` by whoever logs it, so that it ends no line.
"""

from __future__ import annotations

import logging

from nsgflow_core.errors import without_secrets
from nsgflow_core.words.visible import visible

_PLAIN = logging.Formatter()


def _shown(record: logging.LogRecord) -> bool:
    """Make a record visible, whichever handler writes it: its words, and the text of its exception."""
    record.msg, record.args = without_secrets(as_lines(record.getMessage())), ()
    if record.exc_info and not record.exc_text:
        record.exc_text = without_secrets(as_lines(_PLAIN.formatException(record.exc_info)))
    return True


def as_lines(text: str) -> str:
    """Visible text of which the lines stay lines."""
    return "\n".join(map(visible, text.split("\n")))


log = logging.getLogger("nsgflow")
log.addFilter(_shown)
