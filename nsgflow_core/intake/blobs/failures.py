"""Whatever goes wrong while one blob is read is that blob's failure: in our words, never a traceback.

But for a file that describes the network, as `az network nsg list` writes it beside logs: it is no log, and no failure.
"""

from __future__ import annotations

from nsgflow_core import COMMAND
from nsgflow_core.errors import FormatError, NsgflowError
from nsgflow_core.inventory import files
from nsgflow_core.sources.base import BlobPart
from nsgflow_core.words.unforeseen import reference_to

_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (MemoryError, "There is not enough memory to read it. Import it on a machine with more memory."),
    (RecursionError, "It is nested too deeply for a flow log. Look at it, or leave it out."),
    (UnicodeError, "It holds text that is not UTF-8, as Azure writes it. Download it again."),
    (TimeoutError, "Reading it took too long. Try again in a minute; what was imported is kept."),
    (ConnectionError, "The connection broke while it was read. Try again in a minute; what was imported is kept."),
    (OSError, "It cannot be read: {reason}. Check the disk, the link or the network drive."),
)
"""By kind of exception, the first that fits."""


def reason_of(failure: Exception) -> str:
    """What a user reads about it. The text of a foreign error is never shown: it may quote a URL with a SAS."""
    if isinstance(failure, NsgflowError):
        return str(failure)
    for kind, words in _WORDS:
        if isinstance(failure, kind):
            reason = failure.strerror if isinstance(failure, OSError) else None
            return words.format(reason=reason or "the system gives no reason")
    reference = reference_to(failure, "while a blob was read")
    return f"Reading it failed on our side; the log has the details under {reference}. Please report it."


_MOST = 64 << 20
"""Bytes of a file that may describe the network: 10,000 NSGs have about as many."""


def network_words(failure: Exception, part: BlobPart) -> str:
    """What of the network a file describes that is no flow log, and what to do with it; "" where it describes none."""
    if not isinstance(failure, FormatError) or part.offset or part.has_more or len(part.data) > _MOST:
        return ""
    found = files.read([("file", part.data)])
    if not found:
        return ""
    words = files.told_words(found, "file")
    return f"It describes the network: {words}. Take it in with '{COMMAND} inventory FILE --save', or on Connect."
