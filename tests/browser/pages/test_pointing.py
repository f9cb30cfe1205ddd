"""A person points at a chart and goes there: with how many actions, Back after each, and the link elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, Page, expect

from nsgflow_core.charts.pointed.axes import LEFT, RIGHT
from tests.browser.looking import (
    COUNT_ENTRIES,
    STILL,
    back,
    click_cell,
    download,
    open_page,
    path_and_params,
    sentence,
    sentence_there,
    settle,
    visit,
)

FIRST, DAYS = datetime(2026, 11, 16, tzinfo=UTC), 7
"""The sample's window."""
THREE = datetime(2026, 11, 19, 3, tzinfo=UTC)
DENIED = 250
"""How far down the bars of what was denied stand."""


def place(page: Page, name: str, moment: datetime, down: int) -> tuple[float, float]:
    """Where a moment is on a chart of the whole sample."""
    chart = page.locator(f".st-key-brushed_{name} .stEChartsChart")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box
    share = (moment - FIRST) / timedelta(days=DAYS)
    return box["x"] + LEFT + (box["width"] - LEFT - RIGHT) * share, box["y"] + down


def point(page: Page, at: tuple[float, float]) -> None:
    """As a person does: ECharts takes no click where no pointer was before."""
    page.mouse.move(*at)
    page.wait_for_timeout(200)
    page.mouse.click(*at)
    settle(page)


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, end[1], steps=3)
    page.mouse.move(*end, steps=3)
    page.mouse.up()
    page.wait_for_timeout(300)
    settle(page)


def test_what_broke_at_three_on_the_19th_takes_three_actions(page: Page, address: str, elsewhere: Page) -> None:
    visit(page, address)
    page.evaluate(COUNT_ENTRIES)
    half = timedelta(minutes=30)
    views = [page.url]
    drag(page, place(page, "over_time", THREE - half, DENIED), place(page, "over_time", THREE + 3 * half, DENIED))
    assert sentence(page) == "All flows, from 2026-11-19 02:00 UTC to 2026-11-19 05:00 UTC."
    views.append(page.url)
    page.get_by_role("link", name="By rule").click()
    settle(page)
    assert path_and_params(page)[0] == "/denied"
    views.append(page.url)
    page.locator(".st-key-table_denied canvas").first.scroll_into_view_if_needed()
    assert "DenyAllInBound" in download(page, "denied")
    page.locator(".st-key-series_0_denied_time button").click()
    settle(page)
    expect(page.locator(".st-key-pointed")).to_contain_text("DenyAllInBound")
    page.locator(".st-key-pointed").get_by_role("link", name="Open flows").click()
    settle(page)
    assert sentence(page) == (
        "Flows where decision is Denied, and rule is DenyAllInBound, from 2026-11-19 02:00 UTC to 2026-11-19 05:00 UTC."
    )
    views.append(page.url)
    assert page.evaluate("entries") == 3
    assert sentence_there(elsewhere, page.url) == sentence(page)
    for view in reversed(views[:-1]):
        back(page)
        assert page.url.rstrip("/") == view.rstrip("/")


def test_a_bar_offers_its_flows_in_two_actions(page: Page, address: str) -> None:
    visit(page, address)
    point(page, place(page, "over_time", THREE + timedelta(minutes=30), DENIED))
    offered = page.locator(".st-key-pointed")
    expect(offered).to_contain_text("Thu 19 Nov 03:00-04:00 UTC · Denied")
    words = [each.strip() for each in offered.get_by_role("button").all_inner_texts()]
    assert words[:3] == ["Only this time", "Only Denied", "Not Denied"]
    offered.get_by_role("link", name="Open flows").click()
    settle(page)
    assert sentence(page) == ("Flows where decision is Denied, from 2026-11-19 03:00 UTC to 2026-11-19 04:00 UTC.")
    rows = download(page, "flow-rows").splitlines()[1:]
    assert len(rows) > 100
    assert all(row.startswith("2026-11-19T03:") and ",Denied," in row for row in rows)


def test_the_window_beside_and_around_and_a_chip_take_an_action_each(page: Page, address: str) -> None:
    visit(page, f"{address}/?since=2026-11-19T02:00:00Z&until=2026-11-19T06:00:00Z&port=22")
    page.evaluate(COUNT_ENTRIES)
    for entries, (button, said) in enumerate(
        (
            ("chevron_right_over_time", "from 2026-11-19 06:00 UTC to 2026-11-19 10:00 UTC"),
            ("chevron_left_over_time", "from 2026-11-19 02:00 UTC to 2026-11-19 06:00 UTC"),
            ("zoom_out_over_time", "from 2026-11-19 00:00 UTC to 2026-11-19 08:00 UTC"),
            ("chip_window", "over all time"),
        ),
        start=1,
    ):
        page.locator(f".st-key-{button} button").first.click()
        settle(page)
        assert sentence(page) == f"Flows where port is 22, {said}."
        assert page.evaluate("entries") == entries
    page.locator(".st-key-chip_port_is button").first.click()
    settle(page)
    assert path_and_params(page) == ("/", {})


def test_a_cell_of_a_table_narrows_and_its_chip_takes_it_back(page: Page, address: str) -> None:
    visit(page, f"{address}/flows?level=pairs&port=22")
    page.evaluate(COUNT_ENTRIES)
    picked = download(page, "address-pairs").splitlines()[1].split(",")[0]
    click_cell(page, "address-pairs", 110)
    expect(page.locator(".st-key-pointed")).to_contain_text(f"Source address {picked}")
    page.locator(".st-key-point_not_src_ip button").click()
    settle(page)
    assert sentence(page) == f"Flows where source is not {picked}, and port is 22, over all time."
    assert page.evaluate("entries") == 1
    expect(page.locator(".st-key-pointed")).to_have_count(0)
    page.locator(".st-key-chip_source_is_not button").first.click()
    settle(page)
    assert path_and_params(page)[1] == {"level": ["pairs"], "port": ["22"]}


def test_a_finger_scrolls_up_and_down_and_brushes_along_time(chromium: Browser, address: str) -> None:
    opened = chromium.new_context(viewport={"width": 390, "height": 800}, has_touch=True)
    opened.add_init_script(STILL)
    page = opened.new_page()
    open_page(page, f"{address}/denied")
    chart = page.locator(".st-key-brushed_denied_time .stEChartsChart")
    touch = opened.new_cdp_session(page)

    def swipe(across: int, along: int) -> None:
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        assert box
        x, y = box["x"] + 150, box["y"] + 200
        ways = [("touchStart", 0.0), *(("touchMove", step / 8) for step in range(1, 9))]
        for kind, way in ways:
            touch.send(
                "Input.dispatchTouchEvent",
                {"type": kind, "touchPoints": [{"x": x + across * way, "y": y + along * way}]},
            )
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(400)
        settle(page)

    swipe(5, -150)
    assert sentence(page) == "Flows where decision is Denied, over all time."
    swipe(100, 5)
    assert "decision is Denied, from 2026-11-1" in sentence(page)
    opened.close()
