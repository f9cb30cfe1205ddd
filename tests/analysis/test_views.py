"""Views kept by name: what is taken, replaced and deleted, whatever the names; quick filters; the tour's stories."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from nsgflow_core.analysis import views
from nsgflow_core.analysis.views import QUICK, SavedView, delete_view, save_view, saved_views, view_named
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.text.line import read_line
from nsgflow_core.errors import InputError
from nsgflow_core.sources.sample.stories import STORIES
from nsgflow_core.ui.frame.navigation import row_named

HOSTILE = (
    "![x](http://127.0.0.1:1/b)",
    "<img src=x>",
    ":red[x]",
    "=1+1",
    "a/b",
    "\u202egnp",
    "x" * 80,
    "ß",
    "a\tb",
    "👩‍💻",
)


@dataclass
class Kept:
    texts: dict[str, str] = field(default_factory=dict)

    def settings(self, beginning: str = "") -> dict[str, str]:
        return {key: text for key, text in self.texts.items() if key.startswith(beginning)}

    def setting(self, key: str) -> str | None:
        return self.texts.get(key)

    def save_setting(self, key: str, text: str, about: str = "") -> None:
        self.texts[key] = text

    def alone(self) -> AbstractContextManager[None]:
        return nullcontext()


def test_a_view_is_kept_found_and_deleted_in_any_case() -> None:
    kept, params = Kept(), {"port": "22", "source": '"web, prod",!db', "window": "7d"}
    save_view(kept, SavedView("  SSH   inside ", "denied", params))
    (view,) = saved_views(kept)
    assert view == SavedView("SSH inside", "denied", params)
    assert view_named([view], "ssh INSIDE") == view
    until = datetime(2026, 11, 22, 14, 38, tzinfo=UTC)
    asked = FlowFilter.from_params(params).within(datetime(2026, 11, 15, 14, 38, tzinfo=UTC), None)
    assert view.filter(until) == asked
    delete_view(kept, "Ssh Inside")
    assert saved_views(kept) == []
    with pytest.raises(InputError, match="No view is saved"):
        delete_view(kept, "SSH inside")


def test_a_name_is_taken_once_until_somebody_replaces_it() -> None:
    kept = Kept()
    save_view(kept, SavedView("Web", "flows", {"source": "web"}))
    with pytest.raises(InputError, match=r"A view is saved as 'Web' already.*\(--replace\)"):
        save_view(kept, SavedView("WEB", "denied", {}))
    assert saved_views(kept)[0].page == "flows"
    save_view(kept, SavedView("WEB", "denied", {}), replaces=True)
    assert saved_views(kept) == [SavedView("WEB", "denied", {})]


def test_two_names_that_are_saved_at_a_time_are_both_kept() -> None:
    kept = Kept()
    stale = Kept(dict(kept.texts))
    save_view(kept, SavedView("one", "flows", {}))
    save_view(stale, SavedView("two", "flows", {}))
    kept.texts |= stale.texts  # each wrote a setting of its own, and nothing else
    assert [view.name for view in saved_views(kept)] == ["one", "two"]


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_is_kept_as_it_is(name: str) -> None:
    kept = Kept()
    save_view(kept, SavedView(name, "flows", {"rule": name}))
    (view,) = saved_views(kept)
    assert (view.name, view.params["rule"]) == (" ".join(name.split()), name)


@pytest.mark.parametrize(
    "view", [SavedView("", "flows", {}), SavedView("x" * 81, "flows", {}), SavedView("a", "../b", {})]
)
def test_what_is_no_name_or_page_is_refused(view: SavedView) -> None:
    with pytest.raises(InputError):
        save_view(Kept(), view)


def test_there_is_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST", 1)
    kept = Kept()
    save_view(kept, SavedView("one", "flows", {}))
    with pytest.raises(InputError, match="1 views"):
        save_view(kept, SavedView("two", "flows", {}))
    with pytest.raises(InputError, match="too long"):
        save_view(kept, SavedView("one", "flows", {"rule": "x" * 7_000}), replaces=True)


def test_what_cannot_be_read_is_left_out() -> None:
    assert saved_views(Kept({"view/a": "{}", "view/b": "b\n../../x?a=1", "other": "c\nflows"})) == []


def test_quick_filters_are_filters_with_names_of_their_own() -> None:
    assert len({quick.name.casefold() for quick in QUICK}) == len(QUICK)
    for quick in QUICK:
        assert quick.flow_filter == read_line(quick.line) != FlowFilter()


def test_stories_lead_to_pages_with_filters_that_mean_something() -> None:
    assert len(STORIES) == 12
    for story in STORIES:
        assert row_named(story.page), story
        FlowFilter.from_params(story.params)
