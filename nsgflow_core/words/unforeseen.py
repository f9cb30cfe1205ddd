"""What nobody foresaw: a reference to tell people, and in the log where it happened, never what it said.

The words of a foreign exception may quote a URL with a SAS, and its values anything: neither is told.
"""

from __future__ import annotations

import platform
import secrets
import traceback
from collections.abc import Iterator

from nsgflow_core import __version__
from nsgflow_core.words.log_lines import log

_MOST_FRAMES = 60


def reference_to(failure: BaseException, where: str) -> str:
    """Log where it happened, after words like "in the background"; the reference under which the log has it."""
    reference = secrets.token_hex(4)
    log.error("%s %s, reference %s\n%s", type(failure).__name__, where, reference, "\n".join(account(failure)))
    return reference


def account(failure: BaseException) -> Iterator[str]:
    """Where it happened, outermost call first, with what it came from; no words of an exception and no values."""
    yield f"nsgflow {__version__}, Python {platform.python_version()}, {platform.system()}"
    seen: set[int] = set()
    cause: BaseException | None = failure
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        number = f", errno {cause.errno}" if isinstance(cause, OSError) else ""
        yield f"{type(cause).__module__}.{type(cause).__qualname__}{number}"
        for frame in traceback.extract_tb(cause.__traceback__)[-_MOST_FRAMES:]:
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
        cause = cause.__cause__ or cause.__context__
