"""The product in real Chromium: the sample estate, filters, the drill-down, downloads, links."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from nsgflow_core.charts.pointed import estate_map, matrix
from tests.browser.looking import back, choose, download, open_page, open_row, path_and_params, sentence, settle, visit
from tests.browser.server import server
from tests.conftest import ROOT


def command_line(home: Path, *arguments: str) -> str:
    store = next((home / "cache").rglob("sample.duckdb"))
    environment = {**os.environ, "NSGFLOW_STORE": str(store)}
    done = subprocess.run(
        [sys.executable, "-m", "nsgflow_core", *arguments], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    return done.stdout.decode()


def test_opens_on_the_sample_estate(page: Page, address: str) -> None:
    open_page(page, address)
    expect(page.locator(".st-key-store").get_by_text("Sample estate")).to_be_visible()
    assert sentence(page) == "All flows, over all time."
    metrics = page.get_by_test_id("stMetricValue").all_inner_texts()
    assert len(metrics) == 6
    flows, denied = (int(metrics[place].replace(",", "")) for place in (0, 4))
    assert flows > denied > 1000


def test_first_page_answers_to_its_own_name(page: Page, address: str) -> None:
    open_page(page, f"{address}/overview?port=443")
    assert sentence(page) == "Flows where port is 443, over all time."
    expect(page.get_by_text("Page not found")).not_to_be_visible()


def test_filter_goes_into_the_url_and_a_link_brings_it_back(page: Page, address: str) -> None:
    open_page(page, f"{address}/flows")
    choose(page, "source", "snet-shop-web")
    choose(page, "port", "8443", "440-450")
    page.locator(".st-key-window").get_by_text("7d", exact=True).click()
    settle(page)
    said = sentence(page)
    assert said.startswith("Flows where source is snet-shop-web, and port is 8443 or 440-450, since 2026-")
    path, params = path_and_params(page)
    assert (path, params) == ("/flows", {"source": ["snet-shop-web"], "port": ["8443,440-450"], "window": ["7d"]})
    again = page.context.new_page()
    open_page(again, page.evaluate("location.href"))
    assert sentence(again) == said
    again.close()
    page.get_by_role("link", name="Denied", exact=True).click()
    settle(page)
    assert "source is snet-shop-web" in sentence(page)
    assert path_and_params(page)[1] == params
    page.locator(".st-key-swap button").first.click()
    settle(page)
    assert path_and_params(page)[1]["destination"] == ["snet-shop-web"]
    page.locator(".st-key-clear_all button").first.click()
    settle(page)
    assert path_and_params(page) == ("/denied", {})
    assert sentence(page) == "Flows where decision is Denied, over all time."


def test_back_button_undoes_a_filter(page: Page, address: str) -> None:
    visit(page, f"{address}/required_ports?port=443")
    choose(page, "source", "Internet")
    assert "source is Internet" in sentence(page)
    back(page)
    assert "Internet" not in sentence(page)
    assert "port is 443" in sentence(page)


def test_a_value_without_meaning_is_named_and_the_rest_goes_on(page: Page, address: str) -> None:
    visit(page, f"{address}/flows?port=eleven,443&protocol=TCP")
    expect(page.get_by_text("Left out: 'eleven' is not a port.")).to_be_visible()
    assert sentence(page) == "Flows where port is 443, and protocol is TCP, over all time."


def test_a_cell_of_the_heatmap_offers_what_to_do_and_opens_its_flows(page: Page, address: str) -> None:
    visit(page, f"{address}/flows")
    made = matrix.matrix_of(pd.read_csv(io.StringIO(download(page, "subnet-pairs"))), "flows", is_clustered=True)
    grid = matrix.heatmap(made, "flows").option["grid"]
    drawn = page.locator(".st-key-matrix canvas").first
    drawn.scroll_into_view_if_needed()
    box = drawn.bounding_box()
    assert box
    width, height = box["width"] - grid["left"] - grid["right"], box["height"] - grid["top"] - grid["bottom"]
    column, row = made.destinations.index("snet-shop-app") + 0.5, made.sources.index("snet-shop-web") + 0.5
    place = (
        box["x"] + grid["left"] + width * column / len(made.destinations),
        box["y"] + grid["top"] + height * row / len(made.sources),
    )
    page.mouse.move(*place)
    page.wait_for_timeout(250)  # ECharts misses a click that comes sooner
    page.mouse.click(*place)
    settle(page)
    bar = page.locator(".st-key-pointed")
    expect(bar.get_by_text("snet-shop-web → snet-shop-app")).to_be_visible()
    bar.get_by_role("button", name="Open flows").click()
    settle(page)
    _, params = path_and_params(page)
    assert {name: params[name] for name in ("level", "source", "destination")} == {
        "level": ["rows"], "source": ["snet-shop-web"], "destination": ["snet-shop-app"],
    }  # fmt: skip


def test_drill_from_subnets_to_rows_and_back(page: Page, address: str) -> None:
    visit(page, f"{address}/flows?source=10.20.0.0/16&destination=snet-shop-app")
    open_row(page, "subnet-pairs")
    settle(page)
    _, params = path_and_params(page)
    assert params["level"] == ["pairs"]
    assert {name: value for name, (value,) in params.items() if name != "level"} == {
        "source": "10.20.0.0/16", "src_ip": "snet-shop-web", "destination": "snet-shop-app",
    }  # fmt: skip
    pairs = download(page, "address-pairs").splitlines()
    assert pairs[0] == (
        "src_ip,source_name,dst_ip,destination_name,protocol,port,service,decision,flows,bytes,rules,first_seen,last_seen"
    )
    assert all(line.startswith("10.20.1.") for line in pairs[1:])
    open_row(page, "address-pairs")
    first = [pairs[1].split(",")[place] for place in (0, 2, 4, 5)]
    _, params = path_and_params(page)
    assert params["level"] == ["rows"]
    assert [params[name][0] for name in ("source", "destination", "protocol", "port")] == first
    logged = download(page, "flow-rows").splitlines()
    times = [line.split(",")[0] for line in logged[1:]]
    assert len(times) > 100
    assert times == sorted(times, reverse=True)
    assert all(f",{first[0]}," in line and f",{first[1]}," in line for line in logged[1:])
    page.locator(".st-key-chip_port_is button").first.click()
    settle(page)
    assert sentence(page).startswith(f"Flows where source is {first[0]}, and destination is {first[1]}, and protocol")
    for kept in ({"port"}, {"src_ip"}, set()):  # back over the chip and two opened rows
        back(page)
        assert {"source", "destination", *kept} <= set(path_and_params(page)[1])
    assert path_and_params(page)[1] == {"source": ["10.20.0.0/16"], "destination": ["snet-shop-app"]}
    expect(page.get_by_text("Between subnets")).to_be_visible()


def test_bar_of_a_denied_rule_offers_its_flows(page: Page, address: str) -> None:
    visit(page, f"{address}/denied")
    busiest = max(csv.DictReader(io.StringIO(download(page, "denied"))), key=lambda row: int(row["flows"]))
    bars = page.locator(".st-key-denied_bars canvas").first
    bars.scroll_into_view_if_needed()
    box = bars.bounding_box()
    assert box
    at = box["x"] + box["width"] / 2, box["y"] + 17
    page.mouse.move(*at)
    page.wait_for_timeout(200)  # ECharts takes no click where no pointer was before
    page.mouse.click(*at)
    settle(page)
    offered = page.locator(".st-key-pointed")
    expect(offered).to_contain_text(busiest["rule"])
    expect(offered.get_by_role("button", name="Only this")).to_be_visible()
    offered.get_by_role("link", name="Open flows").click()
    settle(page)
    path, params = path_and_params(page)
    assert path == "/flows"
    names = ("nsg", "rule", "direction", "protocol", "port")
    assert {name: params[name][0] for name in names} == {name: busiest[name] for name in names}
    rows = download(page, "flow-rows").splitlines()
    assert len(rows) > 10
    assert all(",Denied," in row and f",{busiest['rule']}," in row for row in rows[1:])


@pytest.mark.parametrize(
    ("query", "arguments"),
    [
        ("", ()),
        ("?by=address&source=snet-shop-web&port=!53", ("--by", "address", "--src", "snet-shop-web", "--port", "!53")),
    ],
)
def test_required_ports_csv_is_the_command_lines(
    page: Page, address: str, home: Path, query: str, arguments: tuple[str, ...]
) -> None:
    visit(page, f"{address}/required_ports{query}")
    downloaded = download(page, "required-ports")
    assert downloaded.splitlines()[0].endswith(
        ",service,directions,rules,flows,packets,bytes,sources,destinations,first_seen,last_seen"
    )
    assert downloaded == command_line(home, "required-ports", "--names", *arguments)
    assert len(downloaded.splitlines()) > 5


def test_denied_csv_holds_the_command_lines_rows(page: Page, address: str, home: Path) -> None:
    visit(page, f"{address}/denied")
    assert download(page, "denied") == command_line(home, "denied", "--names")


def test_every_table_and_chart_shows_its_query(page: Page, address: str) -> None:
    visit(page, f"{address}/required_ports?source=snet-shop-web")
    page.locator(".st-key-query_required-ports button").first.click()
    code = page.get_by_test_id("stCode").filter(has_text="SELECT")
    expect(code).to_be_visible()
    assert "snet-shop-web" in code.inner_text()


def test_overview_leads_on_with_the_filter(page: Page, address: str) -> None:
    visit(page, f"{address}/?port=1433")
    page.get_by_role("link", name="By rule").click()
    settle(page)
    assert path_and_params(page) == ("/denied", {"port": ["1433"]})
    assert sentence(page) == "Flows where port is 1433, and decision is Denied, over all time."
    back(page)
    open_row(page, "top-talkers")
    path, params = path_and_params(page)
    assert path == "/flows"
    assert params["port"] == ["1433"]
    assert params["source"][0].count(".") == 3
    assert params["level"] == ["pairs"]


def test_nothing_matches_says_what_to_loosen(page: Page, address: str) -> None:
    visit(page, f"{address}/flows?source=snet-shop-web&port=4444")
    expect(page.get_by_text("No flow meets these filters")).to_be_visible()
    page.get_by_role("button", name="Without Port").click()
    settle(page)
    assert sentence(page) == "Flows where source is snet-shop-web, over all time."


def test_deep_link_first_on_a_fresh_server_shows_that_view(page: Page, home: Path, address: str) -> None:
    """`address` is asked for so that the sample is there; the second server itself has run nothing yet."""
    with server(home, health_check=False) as fresh:
        open_page(page, f"{fresh}/denied?port=1433&source=snet-erp-app")
        assert (
            sentence(page)
            == "Flows where source is snet-erp-app, and port is 1433, and decision is Denied, over all time."
        )
        path, params = path_and_params(page)
        assert (path, params) == ("/denied", {"port": ["1433"], "source": ["snet-erp-app"]})
        expect(page.locator(".st-key-store").get_by_text("Sample estate")).to_be_visible()
        expect(page.get_by_text("Page not found")).not_to_be_visible()
        page.goto("about:blank")  # before the server ends, so that the page does not complain of that


def test_keeps_its_own_colours_in_dark(page: Page, address: str) -> None:
    page.emulate_media(color_scheme="dark")
    open_page(page, address)
    background = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert background == "rgb(16, 23, 31)"


def test_a_dot_of_the_map_offers_what_to_do_and_opens_its_flows(page: Page, address: str) -> None:
    visit(page, f"{address}/flows?picture=map")
    made = estate_map.network(pd.read_csv(io.StringIO(download(page, "subnet-pairs"))), "flows")
    drawn = page.locator(".st-key-map canvas").first
    drawn.scroll_into_view_if_needed()
    box = drawn.bounding_box()
    assert box
    (series,) = made.option["series"]
    place = _on_screen(series, "snet-shop-queue", box["width"], box["height"])
    page.mouse.move(box["x"] + place[0], box["y"] + place[1])
    page.wait_for_timeout(250)  # ECharts misses a click that comes sooner
    page.mouse.click(box["x"] + place[0], box["y"] + place[1])
    settle(page)
    bar = page.locator(".st-key-pointed")
    expect(bar.get_by_text("snet-shop-queue")).to_be_visible()
    bar.get_by_role("button", name="Open flows").click()
    settle(page)
    assert sentence(page) == "Flows where source is snet-shop-queue, over all time."
    back(page)
    assert path_and_params(page) == ("/flows", {"picture": ["map"]})


def _on_screen(series: Mapping[str, Any], name: str, width: float, height: float) -> tuple[float, float]:
    """Where a dot is: the map is as large as there is room, in the middle, and not stretched."""
    dots = {node["name"]: (node["x"], node["y"]) for node in series["data"]}
    low, high = (np.array([pick(dot[at] for dot in dots.values()) for at in (0, 1)]) for pick in (min, max))
    begin = np.array([series["left"], series["top"]])
    room = np.array([width, height]) - begin - np.array([series["right"], series["bottom"]])
    scale = float(min(room / (high - low)))
    at = begin + room / 2 + (np.array(dots[name]) - (low + high) / 2) * scale
    return float(at[0]), float(at[1])
