"""One poisoned estate on every page in Chromium: no request, link, image, icon, colour or formula that data made.

The pages come from the menu's table and their steps from the tables of steps, so a new one is visited as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, Request, expect

from nsgflow_core.analysis.compared.changes import SUBJECTS
from nsgflow_core.ui.connect.places.choose import PLACES
from nsgflow_core.ui.flows import cut_off
from nsgflow_core.ui.flows.drill import LEVELS
from nsgflow_core.ui.frame import navigation
from nsgflow_core.ui.rules import replay
from nsgflow_core.ui.rules.steps import STEPS
from tests.browser.looking import escape, follow, listening, open_page, opened, settle, visit
from tests.browser.server import server
from tests.estates.poisoned import FOR_RULES, NAMES, PSN, poisoned_store
from tests.ui.frame.test_hostile_links import FILTER, OWN

_RULES = {"for": f"nsg/{FOR_RULES}", "towards": "Inbound"}
STEPS_OF: dict[str, list[dict[str, str]]] = {
    "flows": [{"level": level} for level in LEVELS],
    "denied": [{}, {"nsg": NAMES[0], "rule": NAMES[0], "direction": "Inbound", "protocol": "TCP", "told": "rows"}],
    "changes": [{"of": of, "by": "address"} for of in ("all", cut_off.KEY, *SUBJECTS)],
    "rules": [_RULES | {"step": step} for step in STEPS if step != "replay"]
    + [_RULES | {"step": "replay", "replay": which} for which in replay._WORDS]
    + [{"for": f"subnet/{NAMES[1]}", "step": "draft"}],
    "connect": [{"from": place} for place in PLACES],
}
"""What of a page is behind a choice; a page that is not named here has one view."""
HOSTILE = dict.fromkeys(sorted({*FILTER, *OWN}), f"{NAMES[0]},{NAMES[1]}")
TITLES = {row.name: row.title for row in navigation.PAGES}
VIEWS = {row.name: [*STEPS_OF.get(row.name, [{}]), HOSTILE] for row in navigation.PAGES}

MADE_OF_DATA = """([marker]) => {
    const found = [], own = location.origin;
    const say = (what, each) => found.push(`${what} ${each.outerHTML.slice(0, 200)}`);
    const ours = '[data-testid^=stPageLink], [data-testid=stSkipToContent], [data-testid=stLogoLink], header, nav';
    for (const link of document.querySelectorAll('a[href], area[href]'))
        if (new URL(link.href.baseVal ?? link.href, own).origin !== own || !link.closest(ours)) say('link', link);
    for (const image of document.querySelectorAll('img, image, iframe, object, embed, video, audio')) {
        const from = image.getAttribute('src') || image.getAttribute('href') || '';
        if (from.includes('beacon') || !/^(data:|blob:|[/])/.test(from)) say('image', image);
    }
    for (const each of document.querySelectorAll('[data-testid=stMarkdownContainer] *, svg tspan, svg a'))
        if (each.textContent.trim() === marker && !each.matches('p')) say('mark-up', each);
    for (const each of document.querySelectorAll('.katex')) say('formula', each);
    for (const each of document.querySelectorAll('[aria-label], [aria-description], [title], [alt]'))
        for (const spoken of ['aria-label', 'aria-description', 'title', 'alt'])
            if (/:color\\[|\\\\[_*`[\\]<>~$]/.test(each.getAttribute(spoken) ?? '')) say(spoken, each);
    const text = document.body.innerText;
    for (const each of [':color[', '😄', '\u202e', '\u2066'])
        if (text.includes(each)) found.push(`text ${each}: ${text.slice(text.indexOf(each) - 60).slice(0, 120)}`);
    return found;
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on the poisoned store."""
    home = tmp_path_factory.mktemp("poisoned")
    store = poisoned_store(home / "flows.duckdb")
    with server(home, store=store.path) as url:
        yield url


@pytest.fixture
def page(tab: Page) -> Iterator[Page]:
    """The page that the test before left there, which may ask its own server alone."""
    asked: list[str] = []

    def watch(request: Request) -> None:
        if "beacon" in request.url.split("?")[0] or "psn.example" in request.url.split("?")[0]:
            asked.append(request.url)

    with listening(tab, request=watch):
        yield tab
    assert asked == []


def made_of_data(page: Page) -> list[str]:
    found: list[str] = page.evaluate(MADE_OF_DATA, [PSN])
    return found


def looked_at(page: Page) -> list[str]:
    """What data made on the page that stands still, in its popovers, and in the first tooltips."""
    found = made_of_data(page)
    popovers = page.get_by_test_id("stPopover").locator("button:visible:enabled")
    for place in range(min(popovers.count(), 6)):
        opened(popovers.nth(place))
        found += made_of_data(page)
        escape(page)
    return found


@pytest.mark.parametrize(
    ("name", "place"), [(name, place) for name, views in VIEWS.items() for place in range(len(views))]
)
def test_no_page_makes_anything_of_data_or_of_its_link(page: Page, address: str, name: str, place: int) -> None:
    visit(page, f"{address}/{name}?{urlencode(VIEWS[name][place])}")
    expect(page.get_by_test_id("stHeading").first).to_have_text(TITLES[name])
    assert page.get_by_text("Something went wrong").count() == 0
    assert looked_at(page) == []


def test_charts_say_names_as_they_read(page: Page, address: str) -> None:
    open_page(page, f"{address}/flows")
    for picture in ("matrix", "bands", "map", "hours"):
        if picture != "matrix":
            follow(page, f"/flows?picture={picture}")
        drawn = page.locator(f".st-key-{picture} canvas").first
        expect(drawn).to_be_visible()
        box = drawn.bounding_box()
        assert box
        for across, down in ((0.5, 0.5), (0.3, 0.4), (0.7, 0.6)):  # names are in what is told where one points
            page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
            page.wait_for_timeout(60)
        assert made_of_data(page) == []


def test_a_folder_and_an_account_are_named_as_they_read(page: Page, address: str, tmp_path: Path) -> None:
    folder = tmp_path / NAMES[0]
    folder.mkdir()
    (folder / f"{PSN} :red[{PSN}].json").write_bytes(b'{"records":[]}')
    open_page(page, f"{address}/connect?from=folder")
    page.locator(".st-key-connect_folder input").fill(str(folder))
    page.get_by_role("button", name="See what is there").click()
    settle(page)
    page.locator(".st-key-card_listing").wait_for()
    assert looked_at(page) == []
    page.locator(".st-key-start_import button").click()
    # While it goes on, the page changes by itself; the report comes at its end.
    page.locator(".st-key-card_import").get_by_test_id("stAlert").first.wait_for()
    settle(page)
    assert looked_at(page) == []
    page.locator(".st-key-connect_folder input").fill(f"/no/such/{NAMES[1]}")
    page.get_by_role("button", name="See what is there").click()
    page.get_by_test_id("stAlert").first.wait_for()
    settle(page)
    assert looked_at(page) == []
    follow(page, "/connect?from=account")
    page.get_by_label("Storage account").last.fill(NAMES[0][:80])
    page.get_by_role("button", name="See what is there").click()
    page.get_by_test_id("stAlert").first.wait_for()
    settle(page)
    assert looked_at(page) == []
