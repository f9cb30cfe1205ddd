"""What a page is without a mouse, on paper, and for who wants nothing to move."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import open_page, settle

A4_ON_ITS_SIDE = 1047
"""Pixels across, between margins of 10 mm."""
CONTROLS = "a[href], button:not([disabled]), input, textarea, select, [role=slider], [tabindex='0']"
MOST = 250
"""Presses of Tab; the longest view has a third of that."""
FORGET = "document.querySelectorAll('[data-met]').forEach(each => delete each.dataset.met)"
MEET = """() => {
    const inner = within => within.shadowRoot?.activeElement ? inner(within.shadowRoot.activeElement) : within;
    inner(document.activeElement).dataset.met = 'yes';
    return document.activeElement == document.body;
}"""
"""True at the end. In a table Tab walks the cells of a row, and then leaves it."""
NOT_MET = """controls => [...document.querySelectorAll(controls)].filter(each =>
    each.checkVisibility({visibilityProperty: true, opacityProperty: true})
    && each.getBoundingClientRect().width > 1 && !each.dataset.met
    // A part of a field is reached with it (tabIndex -1). Of a choice one is a stop, and arrows lead to the others;
    // what scrolls is one, and so is all that is in it.
    && !each.closest('[role=radiogroup]')?.querySelector('[data-met]')
    // Walking a table points at its cells: what can be done with one comes while one walks on.
    && !each.closest('[data-testid=stElementToolbar], [data-testid=stHeader], .st-key-pointed')
    && each.tabIndex >= 0 && !each.querySelector('[data-met]') && !each.closest('[aria-hidden=true], [inert]')
).map(each => `${each.tagName} ${each.getAttribute('aria-label') ?? each.innerText} in ${
    each.closest('[class*=st-key-]')?.className}`)"""


@pytest.mark.parametrize("view", ["", "denied", "rules", "connect"])
def test_every_control_is_reached_by_tab(page: Page, address: str, view: str) -> None:
    open_page(page, f"{address}/{view}")
    page.evaluate(FORGET)
    page.locator("[data-testid=stMain]").evaluate("each => each.scrollTo(0, 0)")
    for _ in range(MOST):
        page.keyboard.press("Tab")
        if page.evaluate(MEET):
            settle(page)  # what had the focus may have been drawn anew, and what was met: then once more around
            if not page.evaluate(NOT_MET, CONTROLS):
                break
    assert page.evaluate(NOT_MET, CONTROLS) == []


OUTLINED = "each => { each.focus(); return getComputedStyle(each).outlineStyle }"


@pytest.mark.parametrize("link", ["header a", "[data-testid=stPageLink-NavLink]"])
def test_a_link_that_has_the_keyboard_is_seen(page: Page, address: str, link: str) -> None:
    open_page(page, f"{address}/required_ports")
    page.keyboard.press("Tab")
    assert page.locator(link).last.evaluate(OUTLINED) == "solid"


def test_on_paper_is_what_is_shown_without_what_is_clicked(page: Page, address: str) -> None:
    open_page(page, f"{address}/denied?port=22")
    page.emulate_media(media="print")
    for hidden in (".st-key-filter_bar", "header", "[data-testid=stPopover]", ".st-key-chip_port_is"):
        assert not page.locator(hidden).locator("visible=true").count(), hidden
    expect(page.locator(".st-key-shown strong")).to_be_visible()
    expect(page.locator(".st-key-table_denied canvas").first).to_be_visible()
    expect(page.locator(".st-key-brushed_denied_time .stEChartsChart")).to_be_visible()
    for hidden in (".st-key-filter_bar", "[data-testid=stCheckbox]"):
        assert not page.locator(hidden).locator("visible=true").count(), hidden


def test_on_paper_a_question_shows_which_answer_holds(page: Page, address: str) -> None:
    open_page(page, f"{address}/rules")
    page.emulate_media(media="print")
    answers = page.locator("[class*='st-key-answers_']").first.get_by_role("button")
    expect(answers.first).to_be_visible()
    expect(answers).to_contain_text(["radio_button_checked", "radio_button_unchecked"])
    assert not page.get_by_role("button", name="Accept all open").is_visible()


def test_on_paper_nothing_is_cut_and_a_longer_table_says_so(page: Page, address: str) -> None:
    open_page(page, f"{address}/denied")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for cut, words in (("longer_denied", "Export has all"), ("longer_denied-sources", "Export has all")):
        said = page.locator(f".st-key-{cut}").evaluate("each => getComputedStyle(each, '::after').content")
        assert words in said
    widest = page.evaluate(
        "() => Math.max(...[...document.querySelectorAll('canvas')].map(each => each.getBoundingClientRect().width))"
    )
    assert 0 < widest <= A4_ON_ITS_SIDE


def test_nothing_moves_for_who_wants_that(page: Page, address: str) -> None:
    open_page(page, f"{address}/flows")
    # Until a page's first run has brought the style, the sidebar of a narrow window would take 0.3 s to move.
    page.wait_for_function(
        "() => Math.max(...[...document.querySelectorAll('*')].map(each => "
        "Math.max(...getComputedStyle(each).transitionDuration.split(',').map(parseFloat)))) <= 0.001"
    )
