"""The one line beside the pickers, as hands on a keyboard use it, and the local clock."""

from __future__ import annotations

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.looking import COUNT_ENTRIES, back, choose, open_page, path_and_params, sentence, settle, visit


def line_of(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Filter as one line")


def offers(page: Page) -> list[str]:
    return page.get_by_role("option").locator("code").all_inner_texts()


def test_line_and_pickers_are_in_step_and_an_action_is_an_entry(page: Page, address: str) -> None:
    visit(page, address)
    page.evaluate(COUNT_ENTRIES)
    line = line_of(page)
    line.fill('src:snet-shop-web port:8443,443 !dst:Internet dst_ip~10.20 since:"19 Nov 2026 03:00"')
    line.press("Enter")
    settle(page)
    assert page.evaluate("entries") == 1
    written = "source:snet-shop-web !destination:Internet dst_ip~10.20 port:8443,443 since:2026-11-19T03:00Z"
    expect(line).to_have_value(written)
    expect(page.locator(".st-key-port")).to_contain_text("8443")
    asked = path_and_params(page)[1]
    assert asked == {
        "source": ["snet-shop-web"], "destination": ["!Internet"], "dst_ip": ["~10.20"], "port": ["8443,443"],
        "window": ["custom"], "since": ["2026-11-19T03:00:00Z"],
    }  # fmt: skip
    said = sentence(page)
    assert "source is snet-shop-web, and destination is not Internet, and destination address contains 10.20" in said
    choose(page, "source", "snet-shop-app")
    expect(line).to_have_value(written.replace("web", "web,snet-shop-app"))
    back(page)
    expect(line).to_have_value(written)
    back(page)
    expect(line).to_have_value("")
    assert sentence(page) == "All flows, over all time."


def test_suggestions_by_keyboard_alone(page: Page, address: str) -> None:
    visit(page, f"{address}/flows")
    line = line_of(page)
    line.press_sequentially("sour")
    assert "source:" in offers(page)
    line.press("ArrowDown")
    expect(line).to_have_attribute("aria-activedescendant", "offer-0")
    line.press("Enter")
    expect(line).to_have_value("source:")
    line.press_sequentially("shop-w")
    assert offers(page)[0] == "snet-shop-web"
    line.press("ArrowDown")
    line.press("Tab")
    expect(line).to_have_value("source:snet-shop-web")
    line.press_sequentially(" rule")
    assert offers(page)[:4] == ["rule:", "!rule:", "rule~", "!rule~"]
    line.press("Escape")
    expect(page.get_by_role("listbox")).not_to_be_visible()
    line.press_sequentially("~allow,!dec")
    line.press("Escape")
    line.press("Escape")
    expect(line).to_have_value("")
    line.press_sequentially("decision:den")
    assert offers(page) == ["Denied"]
    page.get_by_role("option").click()
    expect(line).to_have_value("decision:Denied")
    line.press("Enter")
    settle(page)
    assert sentence(page) == "Flows where decision is Denied, over all time."


def test_what_is_wrong_is_said_with_its_column_and_changes_nothing(page: Page, address: str) -> None:
    visit(page, f"{address}/denied?port=22")
    line = line_of(page)
    line.fill("port:22 prot:17")
    line.press("Enter")
    settle(page)
    said = page.get_by_role("alert").filter(has_text="Column 9")
    expect(said).to_contain_text("Column 9: There is no dimension 'prot'.")
    expect(line).to_have_value("port:22 prot:17")
    expect(line).to_have_attribute("aria-invalid", "true")
    assert path_and_params(page)[1] == {"port": ["22"]}
    line.fill("port:22 decision:Denied")
    line.press("Enter")
    settle(page)
    expect(page.get_by_role("alert").filter(has_text="Column 9")).to_contain_text("cannot be asked for here")
    line.fill("port:23")
    line.press("Enter")
    settle(page)
    assert sentence(page) == "Flows where port is 23, and decision is Denied, over all time."
    expect(line).to_have_attribute("aria-invalid", "false")


def test_local_time_is_that_of_the_browser_and_in_the_link(chromium: Browser, address: str) -> None:
    window = chromium.new_context(timezone_id="Europe/Amsterdam", viewport={"width": 1440, "height": 1000})
    page = window.new_page()
    open_page(page, f"{address}/?time=local&since=2026-11-19T03:00:00Z&until=2026-11-20T03:00:00Z")
    expect(page.get_by_text("newest 2026-11-23 00:59 Europe/Amsterdam")).to_be_visible()
    said = "All flows, from 2026-11-19 04:00 Europe/Amsterdam to 2026-11-20 04:00 Europe/Amsterdam."
    assert sentence(page) == said
    expect(page.get_by_text("From (Europe/Amsterdam)")).to_be_visible()
    expect(line_of(page)).to_have_value("since:2026-11-19T04:00+01:00 until:2026-11-20T04:00+01:00")
    line_of(page).fill("since:19 Nov 2026 08:00")
    line_of(page).press("Enter")
    settle(page)
    assert path_and_params(page)[1] == {"time": ["local"], "window": ["custom"], "since": ["2026-11-19T07:00:00Z"]}
    window.close()
