"""Windows in which a store holds nothing: logs that end sooner than somebody thinks, more often than calm."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.text.times import moment_words
from nsgflow_core.stores.base import Extent


def ahead_words(held: Extent, zone: tzinfo) -> str:
    """That a flow claims to be of the future, so that windows hold less than somebody thinks; "" where none does."""
    if not held.is_ahead or held.last is None:
        return ""
    return (
        f"A flow claims to be of {moment_words(held.last, zone)}: windows count back from now, and not from the newest "
        "flow."
    )


def outside_words(extent: Callable[[], Extent], asked: FlowFilter, zone: tzinfo) -> str:
    """That the window lies behind or before all that is held, as a sentence with times in that zone; "" for others.

    What is held is asked for a window alone: to a workspace it is one question more.
    """
    if not (asked.since or asked.until):
        return ""
    held = extent()
    if asked.since and held.last and held.last < asked.since:
        return f"The newest flow is of {moment_words(held.last, zone)}."
    if asked.until and held.first and asked.until <= held.first:
        return f"The first flow is of {moment_words(held.first, zone)}."
    return ahead_words(held, zone)
