"""Whether the store on this machine can be read: where not, the page says why, and what needs none still works."""

from __future__ import annotations

from nsgflow_core.errors import StoreError
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.connect import cards
from nsgflow_core.ui.frame import session


def is_open() -> bool:
    """True where it can, or is not there yet; otherwise why it cannot stands here."""
    try:
        session.local_extent()
    except StoreError as error:
        cards.show_error(error)
        return False
    return True


def holds_flows() -> bool:
    """True when something was imported into it, or may have been: who looks at one that cannot be opened reads why."""
    try:
        return session.local_extent().tuples > 0
    except StoreError:
        return True


def is_shown() -> bool:
    """True where pages show a store on this machine; what files say of the network is kept with it then."""
    return isinstance(session.active().store, LocalStore)
