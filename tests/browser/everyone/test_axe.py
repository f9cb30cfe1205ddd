"""No page, step or popover has anything that axe-core finds wrong, in light and dark.

One walk in one session: a view is followed to, looked at whole in light, and for contrast alone in dark, since nothing
else differs. A popover is opened by the keyboard, once by its name, and looked at alone.
The system's own contrast colours are looked at beside: axe-core does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from playwright.sync_api import Locator, Page

from nsgflow_core.ui.frame.navigation import PAGES
from tests.browser.looking import follow, open_page, settle
from tests.conftest import node_tool

STATES: Mapping[str, tuple[str, ...]] = {
    "overview": ("", "?source=snet-shop-web&port=443,!53&window=24h"),
    "flows": ("", "?level=pairs", "?level=rows", "?port=4444"),
    "denied": ("", "?source=10.20.1.4&told=rows"),
    "address": ("", "?ip=10.20.1.4", "?ip=10.20.1.4&rows=port&new=yes", "?ip=shop", "?ip=10.99.1.1"),
    "required_ports": ("?by=address",),
    "changes": ("", "?of=denials&window=24h", "?of=cut&since=2026-11-18T14:20:00Z"),
    "rules": ("", "?step=replay", "?step=audit", "?step=proof&port=22", "?step=export"),
}
"""Views of a page beside its first; every page of the menu is looked at."""
EXCUSED: Mapping[str, tuple[str, str]] = {
    "presentation-role-conflict": (
        "[data-testid=stFileUploaderDropzone]",
        "Streamlit's own: a section that says it is presentation, and has a label",
    ),
}
"""What cannot be mended from outside: axe-core's rule, where it may be broken, and why."""
POPOVERS = "[data-testid=stPopoverButton]:not([disabled])"
LOOK = """async ([within, only]) => {
    const found = await axe.run(within ?? document, {resultTypes: ['violations'], ...(only ? {runOnly: only} : {})})
    return found.violations.flatMap(rule => rule.nodes.map(node => [rule.id, node.target.join(' '), node.html]))
}"""
DRAWN_WORDS = """each => {
    const drawn = each.cloneNode(true);
    drawn.querySelector('em')?.remove();
    return drawn.textContent.trim();
}"""
ITS_COLOURS = "theme => getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme == theme"


def test_no_view_has_a_violation(page: Page, address: str) -> None:
    axe = node_tool("axe-core/axe.min.js").read_text(encoding="utf-8")
    page.emulate_media(color_scheme="light")
    open_page(page, address)
    page.evaluate(f"{axe}; 0")
    seen: set[str] = set()
    found = [f"{view}: {fault}" for view in views() for fault in walk(page, view, seen)]
    assert found == []
    assert {"More", "Query"} <= seen


def views() -> Iterator[str]:
    for place, row in enumerate(PAGES):
        yield from (f"/{row.name if place else ''}{state}" for state in STATES.get(row.name, ("",)))


def walk(page: Page, view: str, seen: set[str]) -> Iterator[str]:
    follow(page, view)
    yield from both_themes(page, None)
    for popover in page.locator(POPOVERS).all():
        name = name_of(popover)
        if name in seen or not popover.is_visible():
            continue
        seen.add(name)
        popover.press("Enter")
        settle(page)
        yield from (f"{name}: {fault}" for fault in both_themes(page, "[data-testid=stPopoverBody]"))
        page.keyboard.press("Escape")
        settle(page)


def both_themes(page: Page, within: str | None) -> Iterator[str]:
    for theme, only in (("light", None), ("dark", ["color-contrast"])):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.wait_for_function(ITS_COLOURS, arg=theme)
        for rule, target, html in page.evaluate(LOOK, [within, only]):
            where, _ = EXCUSED.get(rule, ("", ""))
            if not (where and page.locator(where).and_(page.locator(target)).count()):
                yield f"{theme}: {rule}: {target}: {html[:200]}"
    page.emulate_media(color_scheme="light")


def name_of(popover: Locator) -> str:
    """The words that are drawn, without the names of its icons."""
    words = popover.locator("[data-testid=stMarkdownContainer]").first
    return str(words.evaluate(DRAWN_WORDS))


def test_contrast_colours_of_the_system_leave_what_is_chosen_and_what_has_the_focus(page: Page, address: str) -> None:
    """They take grounds and shadows away: a choice, a switch and each series of a legend looked like any other."""
    open_page(page, f"{address}/denied")
    page.emulate_media(forced_colors="active")
    choices = page.locator("[data-testid=stButtonGroup]").first.get_by_role("radio")
    colour = "each => getComputedStyle(each).backgroundColor"
    grounds = {checked: choices.and_(page.locator(f"[aria-checked={checked}]")).first for checked in ("true", "false")}
    assert grounds["true"].evaluate(colour) != grounds["false"].evaluate(colour)
    switch = page.locator("[data-testid=stCheckbox] label > div:first-of-type").first
    assert switch.evaluate(colour) != switch.locator("> div").evaluate(colour)
    series = page.locator("[class*=st-key-series_] button p")
    own = [each.evaluate("each => getComputedStyle(each, '::before').color") for each in series.all()]
    assert len(own) > 2
    assert len(set(own)) == len(own)
    page.locator(".st-key-more_filters button").first.focus()
    page.keyboard.press("Shift+Tab")
    ring = "() => getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(ring) == "solid"
