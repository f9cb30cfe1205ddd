"""Views kept by name with a store for a team, and quick filters: a page and what it shows, as a link carries it.

A view is a setting of its own (`view/NAME`), so two people who save two names at a time never lose one. A name is taken
once, whatever its case: saving it again is refused until somebody says that it replaces what was there, and the store's
history tells who did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import parse_qsl, urlencode

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.text.line import read_line
from nsgflow_core.errors import InputError, refuse_secrets
from nsgflow_core.inventory import kept
from nsgflow_core.inventory.kept import Settings
from nsgflow_core.words.guarded_ports import GUARDED_PORTS, PortKind
from nsgflow_core.words.prefixes import AZURE_PLATFORM, INTERNET
from nsgflow_core.words.visible import in_short

_SETTING = "view/"
MOST, LONGEST_NAME, LONGEST_LINK = 200, 80, 6_000
WINDOW_LENGTHS: Mapping[str, timedelta | None] = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "all": None,
    "custom": None,
}
"""Windows that end with the newest flow, so that yesterday's import is not an empty "last hour"."""


class Notes(Settings, Protocol):
    """Small texts kept with a store or a session, all of which can be listed."""

    def settings(self, beginning: str = "") -> dict[str, str]:
        """The texts whose keys begin so, by key."""
        ...


@dataclass(frozen=True)
class SavedView:
    """A page by its name, and the parameters of its link: the filter's and the page's own choices."""

    name: str
    page: str
    params: Mapping[str, str]

    @property
    def link(self) -> str:
        """Like `denied?port=22&window=7d`."""
        return f"{self.page}?{urlencode(self.params)}" if self.params else self.page

    def filter(self, until: datetime | None) -> FlowFilter:
        """What of the traffic it shows; a window counts back from `Extent.recent_until`. Raises BadFilter."""
        made = FlowFilter.from_params(self.params)
        start = window_start(self.params.get("window", ""), until)
        return made.within(start, None) if start else made


@dataclass(frozen=True, slots=True)
class QuickFilter:
    """A part of the traffic that people ask for often."""

    name: str
    line: str
    help: str

    @property
    def flow_filter(self) -> FlowFilter:
        """The filter of its line."""
        return read_line(self.line)


_MANAGEMENT = ",".join(dict.fromkeys(str(row.port) for row in GUARDED_PORTS if row.kind is PortKind.MANAGEMENT))
_OUTSIDE = f"{INTERNET},{AZURE_PLATFORM}"
QUICK: tuple[QuickFilter, ...] = (
    QuickFilter("Denied only", "decision:Denied", "What rules turned away"),
    QuickFilter("From the Internet", "source:Internet", "Flows from public addresses"),
    QuickFilter("To the Internet", "destination:Internet", "Flows to public addresses"),
    QuickFilter("Inside only", f"!source:{_OUTSIDE} !destination:{_OUTSIDE}", "Neither end outside"),
    QuickFilter("Management ports", f"port:{_MANAGEMENT}", "SSH, RDP, WinRM and others that no stranger should reach"),
    QuickFilter("Default rules", "rule_kind:Default", "What no rule of yours decided"),
)
"""Offered on every page with a filter bar, and by name to `--view`."""


def window_start(window: str, until: datetime | None) -> datetime | None:
    """When a window that ends at `Extent.recent_until` begins; None for no limit.

    It is as long as it is called, to the second: what it is compared with is as long.
    """
    length = WINDOW_LENGTHS.get(window)
    return until - length if length and until else None


def saved_views(notes: Notes) -> list[SavedView]:
    """The views kept there, by name; what cannot be read is left out."""
    found = (_read(text) for text in notes.settings(_SETTING).values() if text)
    return sorted((view for view in found if view), key=lambda view: view.name.casefold())


def save_view(notes: Notes, view: SavedView, *, replaces: bool = False) -> None:
    """Keep a view. Raises InputError for a name that is none or taken, and NotAllowed for who may not change."""
    called = _name(view.name)
    refuse_secrets("The view", " ".join((called, view.page, *view.params.values())))
    if not view.page.isidentifier():
        raise InputError(f"'{in_short(view.page)}' is no page.", "Name one like flows, denied or required_ports.")
    if len(view.link) > LONGEST_LINK:
        raise InputError("The view is too long to be kept.", "Filter by fewer values.")

    def verb() -> str:
        held = saved_views(notes)
        before = next((each for each in held if each.name.casefold() == called.casefold()), None)
        if before and not replaces:
            words = "Choose another name, or replace it (--replace)."
            raise InputError(f"A view is saved as '{before.name}' already.", words)
        if len(held) >= MOST and not before:
            raise InputError(f"{MOST} views are saved already.", "Delete one first.")
        return "Replaced" if before else "Saved"

    text = f"{called}\n{view.link}"
    kept.change(notes, _key(called), verb, lambda done: notes.save_setting(_key(called), text, f"{done} {called}"))


def delete_view(notes: Notes, name: str) -> None:
    """Forget a view. Raises InputError where there is none of that name, and NotAllowed for who may not change."""
    view = view_named(saved_views(notes), name)
    notes.save_setting(_key(view.name), "", f"Deleted {view.name}")


def view_named(views: list[SavedView], name: str) -> SavedView:
    """The view of that name, in any case. Raises InputError, naming those that there are."""
    asked = " ".join(name.split()).casefold()
    for view in views:
        if view.name.casefold() == asked:
            return view
    names = ", ".join(view.name for view in views[:12])
    raise InputError(f"No view is saved as '{in_short(name)}'.", f"There are {names}." if names else "Save one first.")


def _name(name: str) -> str:
    called = " ".join(name.split())
    if not called or len(called) > LONGEST_NAME:
        raise InputError(f"A view's name has 1 to {LONGEST_NAME} characters.", "Give it a short name.")
    return called


def _key(name: str) -> str:
    return _SETTING + name.casefold()


def _read(text: str) -> SavedView | None:
    name, newline, link = text.partition("\n")
    page, _, query = link.partition("?")
    if not newline or not page.isidentifier():
        return None
    return SavedView(name, page, dict(parse_qsl(query)))
