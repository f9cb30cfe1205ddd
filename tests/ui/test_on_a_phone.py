"""A table in a window of 390 pixels: what tells a row from others fits beside its count."""

from __future__ import annotations

import pandas as pd
import pytest

from nsgflow_core.ask.columns import single_columns
from nsgflow_core.ui.frame.browser import scripts
from nsgflow_core.ui.parts import columns
from nsgflow_core.ui.parts.fitting import on_a_phone

SEEN = 390 - 2 * 16
"""Pixels between the margins of a page."""
ADDRESS = "198.51.100.6"
TABLES = {
    "subnet pairs": (
        True,
        {"source": "snet-shop-w", "destination": "Internet", "decision": "Allowed", "flows": 21_638},
    ),
    "rows without a rule": (
        False,
        {"time": pd.Timestamp("2026-11-22", tz="UTC"), "src_ip": ADDRESS, "dst_ip": ADDRESS, "port": 1},
    ),
    "address pairs": (True, {"src_ip": ADDRESS, "dst_ip": ADDRESS, "port": 443, "flows": 20}),
}
TABLES["flow rows"] = (False, {"decision": "Denied", "src_ip": ADDRESS, "dst_ip": ADDRESS, "port": 65_535})
DECISION = 66
"""Pixels that Chromium gives a column of "Allowed"; it has no width of its own."""


@pytest.mark.parametrize("table", TABLES)
def test_all_of_it_is_seen(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "is_narrow", lambda: True)
    opens, row = TABLES[table]
    frame = pd.DataFrame([row])
    assert list(on_a_phone.in_order(frame)) == list(frame)
    widths = [columns.column(name, frame, "")["width"] for name in row]
    numbers = [width if isinstance(width, int) else DECISION for width in widths]
    assert sum(numbers) + on_a_phone.OPEN * opens <= SEEN, widths


@pytest.mark.parametrize("address", ["2001:db8:abcd:10a0:1a2b:c3d4:e5f6:7788", "172.16.100.250"])
@pytest.mark.parametrize("name", ["source", "src_ip"])
def test_an_address_is_read_whole(name: str, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "is_narrow", lambda: True)
    width = columns.column(name, pd.DataFrame({name: [address, "snet-shop-w"]}), "")["width"]
    assert isinstance(width, int)
    assert width >= 6.6 * len(address) + 16


ORDERS = {
    "rules and ports": (
        ("nsg", "rule", "direction", "protocol", "port", "service", "flows", "sources"),
        (),
        ["nsg", "rule", "port", "flows"],
    ),
    "flow rows": (
        tuple(single_columns()),
        ("nsg", "rule"),
        ["src_ip", "dst_ip", "dst_port", "rule", "time"],
    ),
    "sources that changed": (
        ("change", "src_ip", "source", "flows_before", "flows_after"),
        (),
        ["change", "src_ip", "flows_after"],
    ),
    "what a draft changes": (
        ("outcome", "decided_by", "priority", "logged_rule", "source", "destination", "port", "pairs", "flows"),
        (),
        ["outcome", "decided_by", "port", "flows"],
    ),
    "denied to an address": (
        ("new", "src_ip", "source", "protocol", "port", "service", "flows", "rules", "first_seen", "last_seen"),
        ("rules", "first_seen"),
        ["src_ip", "port", "rules", "first_seen", "flows", "last_seen"],
    ),
}


def test_a_flow_row_begins_with_its_verdict_where_rows_differ_in_it() -> None:
    names, keeps, _ = ORDERS["flow rows"]
    rows = pd.DataFrame([dict.fromkeys(names, "x") | {"decision": decision} for decision in ("Allowed", "Denied")])
    assert [*on_a_phone.in_order(rows, keeps)][:5] == ["decision", "src_ip", "dst_ip", "dst_port", "rule"]


@pytest.mark.parametrize(("decisions", "first"), [(("Allowed", "Denied"), ["decision"]), (("Denied", "Denied"), [])])
def test_a_pair_of_addresses_begins_with_its_verdict_where_rows_differ_in_it(
    decisions: tuple[str, str], first: list[str]
) -> None:
    names = ("src_ip", "source_name", "dst_ip", "destination_name", "protocol", "port", "decision", "flows", "bytes")
    rows = pd.DataFrame([dict.fromkeys(names, "x") | {"decision": decision} for decision in decisions])
    assert [*on_a_phone.in_order(rows)][: len(first) + 4] == [*first, "src_ip", "dst_ip", "port", "flows"]
    wide = rows.assign(src_ip="2603:1030:40c:abcd:1234:5678:9abc:def0")
    assert [*on_a_phone.in_order(wide)][:4] == ["src_ip", "dst_ip", "port", "flows"], "the other end stays in sight"


@pytest.mark.parametrize(
    ("address", "first"), [("10.20.1.4", "src_ip"), ("2603:1030:40c:abcd:1234:5678:9abc:def0", "flows")]
)
def test_a_long_address_leaves_its_count_in_sight(address: str, first: str) -> None:
    """Of the sources of denials an IPv6 address filled the window."""
    rows = pd.DataFrame([{"src_ip": address, "source_name": "vm", "source": "web", "flows": 3, "ports": 1}])
    assert on_a_phone.in_order(rows).columns[0] == first


@pytest.mark.parametrize("table", ORDERS)
def test_what_is_asked_first_comes_first(table: str) -> None:
    """The NSG of a denial and the rule of a flow row stood behind what is counted, out of sight."""
    names, keeps, first = ORDERS[table]
    ordered = [*map(str, on_a_phone.in_order(pd.DataFrame([dict.fromkeys(names, "x")]), keeps))]
    assert ordered[: len(first)] == first
    assert sorted(ordered) == sorted(names)


def test_what_a_sentence_counts_stands_before_it() -> None:
    """A story is wider than a phone: its flows stood behind it, out of sight."""
    stories = pd.DataFrame(
        {"story": ["Sweep: 10.0.62.10 tried 12 ports on 13 hosts in 7 days"], "flows": 1, "ports": 2}
    )
    assert [*on_a_phone.in_order(stories)] == ["flows", "story", "ports"]


def test_a_name_is_as_wide_as_it_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "is_narrow", lambda: True)
    widths = {columns.column("source", pd.DataFrame({"source": ["w" * count]}), "")["width"] for count in (3, 80)}
    assert len(widths) == 1


@pytest.mark.parametrize(
    ("columns_there", "called"),
    [
        (("src_ip", "source"), "Address"),
        (("src_ip", "dst_ip"), "Source"),
        (("src_ip", "source", "dst_ip"), "Source address"),
    ],
)
def test_an_address_is_called_by_what_tells_it_apart(columns_there: tuple[str, ...], called: str) -> None:
    assert on_a_phone.heading("src_ip", "Source address", columns_there) == called


@pytest.mark.parametrize(
    ("cookie", "least"), [("0", 0), ("760", 760), ("1440", 1440), ("", 1440), ("761", 1440), ("-1", 1440), ("0x", 1440)]
)
def test_a_cookie_tells_a_step_of_ours_or_nothing(cookie: str, least: int) -> None:
    assert scripts._told_before(cookie) == least
