"""How long a store keeps flows: said once, counted before anything goes, and done."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from nsgflow_core.errors import InputError
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep.copying import REWRITTEN
from nsgflow_core.stores.local.upkeep.retention import (
    RETENTION_SETTING,
    Leaving,
    count_leaving,
    first_kept,
    read_anew_what_was_cut,
    read_days,
    write_kept,
)
from nsgflow_core.words.log_lines import log
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.visible import visible


def days_kept(store: LocalStore) -> int | None:
    """The retention that is set; None when everything is kept."""
    return read_days(store.setting(RETENTION_SETTING))


def keep_days(store: LocalStore, days: int | None) -> None:
    """Set the retention; nothing goes yet. When more is kept than before, what was cut is read anew by an import."""
    before = days_kept(store)
    store.save_setting(RETENTION_SETTING, "" if days is None else str(days), kept_words(days))
    if before is not None and (days is None or days > before):
        store.read_anew(read_anew_what_was_cut)


def kept_words(days: int | None) -> str:
    """What a retention means, in a clause."""
    return "Everything is kept" if days is None else f"{counted(days, 'day')} {'is' if days == 1 else 'are'} kept"


def kept_since(store: LocalStore, now: datetime | None = None, newest: datetime | None = None) -> datetime | None:
    """The first moment that the set retention keeps (UTC), when `newest` is about to be stored; None: all is kept."""
    days = days_kept(store)
    if days is None:
        return None
    last = store.extent().last
    newest = max((moment for moment in (last, newest) if moment), default=None)
    return first_kept(days, newest, now or datetime.now(UTC))


def leaving(store: LocalStore, days: int | None, now: datetime | None = None) -> Leaving | None:
    """What would go now if so many days were kept; None where there is nothing to count from. Changes nothing."""
    if days is None:
        return None
    before = first_kept(days, store.extent().last, now or datetime.now(UTC))
    if before is None:
        return None
    with store.asking() as connection:
        return count_leaving(connection, days, before)


def retire(store: LocalStore, now: datetime | None = None, *, agreed: Leaving | None = None) -> Leaving | None:
    """Let go what the set retention does not keep; the file shrinks. Returns what went, None when nothing had to.

    `agreed` is what somebody saw before they said yes: others may have set another retention since, or imported.
    Raises InputError when that is not what would go now, StoreBusy, StoreError (disk full): the store is as it was.
    """
    found = leaving(store, days_kept(store), now)
    _refuse_another(found, agreed)
    if found is None or found.is_nothing:
        return None
    new = Path(f"{store.path}{REWRITTEN}")
    with store.replacing(new, "Retention") as change:
        gone = count_leaving(change.connection, found.days, found.before)
        _refuse_another(gone, agreed)
        change.about = f"Gone: {gone.words}"
        write_kept(change.connection, new, found.before)
    log.info("retention of %s: %d tuples of %d blobs went", visible(store.name), gone.tuples, gone.blobs)
    return gone


def _refuse_another(found: Leaving | None, agreed: Leaving | None) -> None:
    if agreed is not None and found != agreed:
        would = "Nothing would go now." if found is None or found.is_nothing else f"It would be {found.words}"
        raise InputError(f"Nothing went: it is not what you agreed to any more. {would}", "Look at it, and say again.")
