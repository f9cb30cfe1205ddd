"""What a page shows in a window as wide as a phone's, a tablet's and a laptop's, and how it comes to know its width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from nsgflow_core.ui.frame.browser import scripts
from tests.browser.looking import new_window, open_page, resize, runs, settle, visit, watch_runs

PHONE = ViewportSize(width=390, height=844)
TOGETHER: Mapping[str, Mapping[str, Sequence[str]]] = {
    "": {
        "top-talkers": ["Address", "Source", "Flows"],
        "top-required-ports": ["Source", "Destination", "Port", "Flows"],
        "top-denied": ["NSG", "Rule", "Port", "Flows"],
    },
    "flows": {"subnet-pairs": ["Source", "Destination", "Decision", "Flows"]},
    "flows?level=pairs": {"address-pairs": ["Source", "Destination"]},
    "flows?level=rows": {"flow-rows": ["Decision", "Source", "Destination", "Port"]},
    "denied?told=rows": {"denied-rows": ["Source", "Destination", "Port", "Rule"]},
    "denied": {"denied": ["NSG", "Rule", "Port", "Flows"], "denied-sources": ["Address", "Source", "Flows"]},
    "changes": {"changes-sources": ["Change", "Address", "Flows after"]},
    "required_ports": {"required-ports": ["Source", "Destination", "Port", "Flows"]},
}
"""Of each view and table what a phone shows side by side: it tells a row from others, and how much it was."""
ON_A_TABLET: Mapping[str, Mapping[str, Sequence[str]]] = {
    "required_ports": {".st-key-table_required-ports": ["Source", "Destination", "Protocol", "Port", "Flows", "Trend"]},
    "denied": {".st-key-table_denied": ["NSG", "Rule", "Port", "Flows", "Trend"]},
    "flows?level=pairs": {".st-key-table_address-pairs": ["Source address", "Destination address", "Port", "Flows"]},
    "rules": {"[data-testid=stDataFrame]": ["Ports", "Sources", "Destinations"]},
}
"""Of each view and table what 800 pixels show side by side, the second column first."""
UNDER_TOOLBARS = """() => [...document.querySelectorAll('[data-testid=stElementToolbar]')].flatMap(bar => {
    const over = bar.getBoundingClientRect();
    return [...document.querySelectorAll('[data-testid=stMain] button')].filter(each => {
        const own = each.getBoundingClientRect();
        return !bar.contains(each) && own.width && own.left < over.right && own.right > over.left
            && own.top < over.bottom && own.bottom > over.top;
    }).map(each => each.innerText)})"""


@pytest.fixture
def phone(page: Page) -> Page:
    """The tab in a window as narrow as a phone's."""
    resize(page, PHONE)
    return page


def test_a_phone_shows_of_a_row_what_tells_it_from_others(phone: Page, address: str) -> None:
    for view, tables in TOGETHER.items():
        visit(phone, f"{address}/{view}")
        for table, wanted in tables.items():
            grid = phone.locator(f".st-key-table_{table} canvas").first
            expect(grid.locator("th"), view).to_contain_text(wanted)  # of columns out of reach it holds no heading
        settle(phone)
        assert phone.evaluate(UNDER_TOOLBARS) == [], view


def test_a_phone_shows_a_port_that_was_chosen(phone: Page, address: str) -> None:
    """A second button to clear it left no room for any of its digits."""
    open_page(phone, f"{address}/flows?port=443")
    chosen = phone.locator(".st-key-port [title='443']").last
    expect(chosen).to_be_visible()
    assert chosen.evaluate("each => each.scrollWidth <= each.clientWidth")


def test_a_phone_shows_each_line_to_copy_whole(phone: Page, address: str) -> None:
    wide = "all => all.filter(each => each.scrollWidth > each.clientWidth).map(each => each.innerText.slice(0, 80))"
    for view in ("connect", "rules?step=export", "coverage"):
        visit(phone, f"{address}/{view}")
        expect(phone.get_by_test_id("stCode").first, view).to_be_visible()
        assert phone.get_by_test_id("stCode").evaluate_all(wide) == [], view


@pytest.mark.parametrize("width", [700, 800, 1024, 1120, 1200])
def test_no_control_of_the_filter_has_a_line_of_its_own(phone: Page, address: str, width: int) -> None:
    phone.set_viewport_size({"width": width, "height": 1000})
    for view in ("", "denied"):
        visit(phone, f"{address}/{view}")
        boxes = [
            phone.locator(f".st-key-filter_bar .st-key-{key} button").last.bounding_box()
            for key in ("port", "more_filters")
        ]
        port, more = (box for box in boxes if box)
        assert abs(port["y"] + port["height"] / 2 - more["y"] - more["height"] / 2) < 12, view


UNDER_THEIR_TITLES = """() => [...document.querySelectorAll('[data-testid=stHorizontalBlock]')].filter(row =>
    row.querySelector(':scope > * h3') && [...row.querySelectorAll('[data-testid=stPopoverButton]')].some(each => {
        const [title, own] = [row.querySelector('h3'), each].map(of => of.getBoundingClientRect());
        return own.width && Math.abs(title.top + title.height / 2 - own.top - own.height / 2) > 12;
    })).map(row => row.innerText)"""


@pytest.mark.parametrize("width", [1024, 1200, 1366])
def test_what_is_done_with_a_picture_stands_beside_its_title(phone: Page, address: str, width: int) -> None:
    phone.set_viewport_size({"width": width, "height": 1000})
    open_page(phone, address)  # tells the width, after which words beside a title are all there
    for view in ("", "?window=24h", "address?ip=10.20.1.4&window=24h", "rules"):
        visit(phone, f"{address}/{view}")
        assert phone.evaluate(UNDER_THEIR_TITLES) == [], view


@pytest.mark.parametrize("width", [1280, 1366, 1440])
def test_which_rule_decided_is_seen_beside_its_flow(phone: Page, address: str, width: int) -> None:
    phone.set_viewport_size({"width": width, "height": 1000})
    open_page(phone, f"{address}/flows?level=rows")
    heads = phone.locator(".st-key-table_flow-rows canvas").first.locator("th")
    expect(heads).to_contain_text(["Source", "Destination", "Port", "Decision", "NSG", "Rule"])


def test_a_tablet_shows_what_is_counted_and_what_a_rule_lets_in(phone: Page, address: str) -> None:
    phone.set_viewport_size({"width": 800, "height": 1000})
    for view, tables in ON_A_TABLET.items():
        visit(phone, f"{address}/{view}")
        for table, wanted in tables.items():
            heads = phone.locator(f"{table} canvas").first.locator("th")
            expect(heads.nth(1), view).to_have_text(wanted[0])
            expect(heads, view).to_contain_text(wanted)


def test_a_window_made_wide_shows_columns_in_their_usual_order(phone: Page, address: str) -> None:
    open_page(phone, f"{address}/denied")
    third = phone.locator(".st-key-table_denied canvas").first.locator("th").nth(3)
    expect(third).to_have_text("Port")
    phone.set_viewport_size({"width": 1440, "height": 1000})
    expect(third).to_have_text("Direction")


WIDTH_JS = Path(scripts.__file__).with_name("width.js")
DRAGGED = """async source => {
    const hearing = [], told = [];
    let width = 1440;
    window.matchMedia = query => ({
        get matches() { return width >= parseInt(query.match(/[0-9]+/)[0]) },
        addEventListener: (_, heard) => hearing.push(heard),
    });
    const module = await import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})));
    const data = {steps: [641, 880, 1200, 1440], told: 1440, cookie: 'width'};
    module.default({data, setStateValue: (_, least) => told.push(least)});
    for (width of [1300, 1000, 700, 390]) hearing.forEach(heard => heard());
    await new Promise(rested => setTimeout(rested, 400));
    return told;
}"""


def test_an_edge_that_is_dragged_is_told_where_it_rests(page: Page, address: str) -> None:
    page.goto(f"{address}/_stcore/health")
    assert page.evaluate(DRAGGED, WIDTH_JS.read_text()) == [0]


def test_the_browser_knows_its_page_before_a_script_asks_for_a_run_of_it(chromium: Browser, address: str) -> None:
    """What tells the width asks as soon as it is drawn; before the menu that was a run of the first page."""
    opened, told = new_window(chromium, PHONE), list[str]()

    def hear(payload: bytes | str) -> None:
        message = ForwardMsg.FromString(payload) if isinstance(payload, bytes) else ForwardMsg()
        is_script = message.delta.new_element.HasField("bidi_component")
        told.append("script" if is_script else message.WhichOneof("type") or "")

    page = opened.new_page()
    watch_runs(page)
    page.on("websocket", lambda socket: socket.on("framereceived", hear))
    open_page(page, f"{address}/coverage")
    opened.close()
    assert 0 <= told.index("navigation") < told.index("script")


def test_a_second_session_knows_the_width_before_it_draws(chromium: Browser, address: str) -> None:
    opened = new_window(chromium, PHONE)
    page = opened.new_page()
    watch_runs(page)
    asked = []
    for _ in range(2):
        before = runs(page)
        open_page(page, f"{address}/coverage")
        page.wait_for_function("document.cookie.includes('nsgflow_width=0')")
        settle(page)
        asked.append(runs(page) - before)
    opened.close()
    assert asked[1] < asked[0]


WIDTHS = "[...document.querySelectorAll('.dvn-scroller')].map(each => each.scrollWidth)"


def test_a_first_visit_lays_tables_out_as_any_other(chromium: Browser, address: str) -> None:
    """It is drawn for a wide window first, and a table that is there keeps the widths of its columns."""
    opened, seen = new_window(chromium, PHONE), list[list[int]]()
    page = opened.new_page()
    watch_runs(page)
    for _ in range(2):
        open_page(page, address)
        page.wait_for_function("document.cookie.includes('nsgflow_width=0')")
        settle(page)
        expect(page.locator(".dvn-scroller")).to_have_count(3)
        seen.append(page.evaluate(WIDTHS))
    opened.close()
    assert seen[0] == seen[1]
