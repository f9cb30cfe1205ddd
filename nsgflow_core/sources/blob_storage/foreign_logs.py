"""What the Azure client and its HTTP library log: no signature, and nothing on a screen where nobody asked for it."""

from __future__ import annotations

import logging
import re


class _HideSignatures(logging.Filter):
    """Takes the signature of a SAS out of urllib3's DEBUG lines and warnings, which quote whole URLs."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always keeps the record."""
        message = record.getMessage()
        if "sig=" in message:
            record.msg, record.args = _SIGNATURE.sub("sig=(hidden)", message), None
        return True


_SIGNATURE = re.compile(r"sig=[^&\s\"']+")


def hold_back() -> None:
    """Once, before a client is made. Warnings then reach those who listen to the log, and not the screen of those who
    do not: we say what failed."""
    logging.getLogger("urllib3.connectionpool").addFilter(_HideSignatures())
    for foreign in ("azure", "urllib3"):
        logging.getLogger(foreign).addHandler(logging.NullHandler())
