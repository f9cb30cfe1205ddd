"""Which clock a command reads and shows times in: UTC, as the logs are written, unless --time-zone says another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, tzinfo

_zone: ContextVar[tzinfo] = ContextVar("zone", default=UTC)


def zone() -> tzinfo:
    """The zone of the command that runs."""
    return _zone.get()


def moment(text: str | None) -> datetime | None:
    """The moment (UTC) that an option says; what names no zone is in that of the command. Raises BadFilter."""
    from nsgflow_core.ask.text.times import parse_time

    return parse_time(text, zone())


def window(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """The moments of --since and --until. Raises BadFilter, also for a window that ends before it starts."""
    from nsgflow_core.ask.filters import FlowFilter

    named = FlowFilter().within(moment(since), moment(until))
    return named.since, named.until


@contextmanager
def shown_in(name: str | None) -> Iterator[None]:
    """Around a command whose times are of that zone; None is UTC. Raises BadFilter for a zone that there is not."""
    if name is None:
        yield
        return
    from nsgflow_core.ask.text.zones import read_zone

    before = _zone.set(read_zone(name))
    try:
        yield
    finally:
        _zone.reset(before)
