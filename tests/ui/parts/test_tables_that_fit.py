"""A table with long names in windows of several widths: what is counted is seen, and names are read."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import pytest

from nsgflow_core.ui.parts import tables
from nsgflow_core.ui.parts.fitting import columns_that_fit, letters, short_names
from nsgflow_core.ui.parts.fitting.columns_that_fit import TREND

LONG_ADDRESS = "2001:db8:abcd:10a0:1a2b:c3d4:e5f6:7788"
NAME = "aaaaaaaa/rg-net/vnet-hub/snet-production-westeurope-hub-application-tier-{:03}-blue-customer-facing"
ADDRESS, SEEN = "198.51.100.66", pd.Timestamp("2026-11-22", tz="UTC")
WIDTHS = {760: 800 - 2 * 15, 1000: 1024 - 2 * 75, 1200: 1280 - 2 * 75, 1360: 1366 - 2 * 75, 1440: 1440 - 2 * 75}
"""Pixels between a page's margins, in a window with that least width."""
TABLES = {
    "required ports": dict.fromkeys(("source", "destination"), NAME)
    | {"protocol": "TCP", "port": 1433, "service": "ms-wbt-server", "rules": NAME, "flows": 1, TREND: [1.0]},
    "required ports by address": dict.fromkeys(("source", "destination"), LONG_ADDRESS)
    | {"protocol": "TCP", "port": 1433, "service": "ms-wbt-server", "rules": NAME, "flows": 1},
    "denied by rule": {"nsg": NAME, "rule": NAME, "direction": "Outbound", "protocol": "TCP", "port": 3389}
    | {"service": "ms-wbt-server", "flows": 1, TREND: [1.0], "sources": 1, "destinations": 1, "first_seen": SEEN},
    "sources of denials": {"src_ip": ADDRESS, "source_name": NAME, "source": NAME, "flows": 1, "destinations": 1}
    | {"ports": 1, "first_seen": SEEN, "last_seen": SEEN},
    "address pairs": {"src_ip": ADDRESS, "source_name": NAME, "dst_ip": ADDRESS, "destination_name": NAME}
    | {"protocol": "TCP", "port": 3389, "service": "ms-wbt-server", "decision": "Allowed", "flows": 1},
    "pairs of long addresses": {"src_ip": LONG_ADDRESS, "dst_ip": LONG_ADDRESS, "protocol": "TCP", "port": 3389}
    | {"service": "ms-wbt-server", "decision": "Allowed", "flows": 1, "bytes": 1, "rules": NAME, "first_seen": SEEN},
    "what an address talks to": {"new": "new", "dst_ip": ADDRESS, "destination": NAME, "protocol": "TCP", "port": 1433}
    | {"service": "ms-sql-s", "flows": 1, TREND: [1.0], "rules": NAME, "last_seen": SEEN},
    "talkers": {"src_ip": ADDRESS, "source_name": NAME, "source": NAME, "flows": 1, "bytes": 1},
}


def laid_out(table: str, least_width: int, monkeypatch: pytest.MonkeyPatch) -> tuple[pd.DataFrame, dict[str, int]]:
    """The cells of a table in such a window, and how wide each column is drawn."""
    monkeypatch.setattr(tables, "least_width", lambda: least_width)
    row = TABLES[table]
    frame = pd.DataFrame([{n: v.format(at) if v is NAME else v for n, v in row.items()} for at in range(3)])
    frame = frame.assign(**{name: ["", *frame[name][1:]] for name in tables._RARE if name in frame})
    bars = ("bytes",) if table == "talkers" else ("flows",)
    view = tables.TableView("", "", bars=bars, halved=table == "talkers", colour="red")
    cells, config = tables._fitted(frame, frame, view, opens=True)
    own = {name: made["width"] for name, made in config.items()}
    return cells, {
        name: width if isinstance(width, int) else letters.widest(cells[name]) for name, width in own.items()
    }


@pytest.mark.parametrize("least_width", WIDTHS)
@pytest.mark.parametrize("table", TABLES)
def test_what_is_counted_is_seen(table: str, least_width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    cells, widths = laid_out(table, least_width, monkeypatch)
    order = [*cells.columns]
    assert sorted(order) == sorted(TABLES[table])
    last = "bytes" if table == "talkers" else TREND if TREND in order else "flows"
    seen = (WIDTHS[least_width] - 40) // 2 if table == "talkers" and least_width >= 1200 else WIDTHS[least_width]
    assert 56 + sum(widths[name] for name in order[: order.index(last) + 1]) <= seen, (order, widths)


@pytest.mark.parametrize("table", TABLES)
def test_names_stay_apart_and_long_enough_to_be_read(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for least_width in WIDTHS:
        cells, _ = laid_out(table, least_width, monkeypatch)
        for name in (each for each, of in TABLES[table].items() if of is NAME):
            assert cells[name].nunique() == 3, (least_width, cells[name].tolist())
            assert cells[name].str.len()[1:].min() >= columns_that_fit._NARROWEST


READ = 16
"""Letters of a name before which what only explains a row gives way."""


@pytest.mark.parametrize("least_width", WIDTHS)
def test_names_of_denied_rules_are_read_before_what_explains_them(
    least_width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells, _ = laid_out("denied by rule", least_width, monkeypatch)
    assert cells[["nsg", "rule"]].map(len).min().min() >= READ
    order = [*cells.columns]
    assert {*order[: order.index("flows")]} >= {"nsg", "rule", "protocol", "port"}, "what tells the rows apart"


@pytest.mark.parametrize("least_width", [width for width in WIDTHS if width >= 1000])
def test_names_of_machines_stand_beside_their_addresses(least_width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    order = [*laid_out("address pairs", least_width, monkeypatch)[0].columns]
    assert order.index("source_name") == order.index("src_ip") + 1


def test_on_a_wide_screen_columns_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    for table, row in TABLES.items():
        cells, _ = laid_out(table, 1440, monkeypatch)
        assert [*cells.columns] == [*row], table


def test_a_prefix_is_never_cut() -> None:
    names = ["172.16.9.0/24", "fd00:1:2::/64", "snet-production-westeurope"]
    told = short_names.shortened(pd.DataFrame({"source": names}), 10)["source"].tolist()
    assert told[:2] == names[:2]
    assert len(told[2]) == 10


def test_blobs_of_one_flow_log_are_told_apart_at_any_width() -> None:
    hours = [f"y=2026/m=11/d={day}/h={hour:02}/m=00/macAddress=00005E00534{nic}" for day in (9, 10)
             for hour in range(24) for nic in (1, 2)]  # fmt: skip
    blobs = [f"insights-logs-flowlogflowevent/flowLogResourceID=/{NAME}/{hour}/PT1H.json" for hour in hours]
    for most in (11, 44):
        told = short_names.shortened(pd.DataFrame({"blob": blobs}), most)["blob"]
        assert told.is_unique, most
        assert told.str.len().max() <= 60


def test_names_that_no_row_has_take_no_room() -> None:
    frame = pd.DataFrame({"source_name": ["", None], "destination_name": ["", "vm-1"], "flows": [1, 2]})
    assert [*tables._cells(frame, tables.TableView("", ""))] == ["destination_name", "flows"]
    raw = tables._cells(frame, tables.TableView("", "", raw_names=True))
    assert [*raw] == [*frame], "columns of a KQL answer are not ours"


def test_a_text_that_the_first_rows_lack_is_as_wide_as_it_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "least_width", lambda: 1440)
    words = "admitted TCP 443 from 203.0.113.16/28 to 10.20.1.0/24"
    frame = pd.DataFrame({"action": ["Add"] * 9 + ["Remove"] * 2, "difference": [""] * 9 + [words, words * 9]})
    _, config = tables._fitted(frame, frame, tables.TableView("", ""), opens=False)
    assert config["difference"]["width"] == tables._MOST_PIXELS
    _, config = tables._fitted(frame[:-1], frame[:-1], tables.TableView("", ""), opens=False)
    assert config["difference"]["width"] == letters.cell(words)


@pytest.mark.parametrize(("long_at", "rows"), [((1, 4), 20), ((15,), 20), ((), 20), (range(20), 20), ((3,), 5)])
def test_a_name_that_few_of_the_first_rows_have_is_read_whole(
    long_at: Iterable[int], rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streamlit measures ten cells, without those twice as wide as their mean: it cut "snet-contoso-p…nt-b"."""
    monkeypatch.setattr(tables, "least_width", lambda: 1440)
    names = [NAME.format(at) if at in long_at else "data" for at in range(rows)]
    frame = pd.DataFrame({"change": "New", "source": names, "destination": "Internet", "flows": 1})
    cells, config = tables._fitted(frame, frame, tables.TableView("", "", bars=("flows",), colour="red"), opens=True)
    is_told = 0 < len([*long_at]) < rows and rows > 5
    assert config["source"]["width"] == (letters.widest(cells["source"]) if is_told else None)


@pytest.mark.parametrize(
    ("least_width", "told"), [(1440, "nsg-099/AllowInternetOutBound"), (1000, "nsg-pr…/AllowInternet")]
)
def test_rules_take_the_room_that_no_other_column_needs(
    least_width: int, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "least_width", lambda: least_width)
    row = {"source": "snet-099", "destination": "Internet", "protocol": "TCP", "port": 443, "service": "https"}
    frame = pd.DataFrame([row | {"rules": "nsg-099/AllowInternetOutBound", "flows": 1, "first_seen": SEEN}])
    if least_width < 1200:
        frame = frame.assign(source=NAME, destination=NAME, rules="nsg-production-099/AllowInternetOutBound")
    cells, config = tables._fitted(frame, frame, tables.TableView("", "", bars=("flows",), colour="red"), opens=True)
    assert cells["rules"][0].startswith(told)
    widest = letters.widest(cells["rules"])
    assert config["rules"]["width"] == (widest if least_width == 1440 else min(widest, 200)), "what the others left"


def test_a_table_is_no_higher_than_its_rows():
    most = 640
    assert [tables._height(most, rows) for rows in (1, 12, 18, 19, 500)] == [68, 420, 612, most, most]
    assert tables._height(None, 3) == "auto"


@pytest.mark.parametrize("least_width", WIDTHS)
def test_what_a_table_keeps_gives_way_to_no_name(least_width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "least_width", lambda: least_width)
    row = {"src_ip": ADDRESS, "source_name": NAME, "source": NAME, "protocol": "TCP", "port": 1433}
    row |= {"service": "ms-sql-s", "flows": 1, "rules": f"nsg/{NAME[9:40]}", "first_seen": SEEN}
    frame = pd.DataFrame([row])
    view = tables.TableView("", "", bars=("flows",), keeps=("rules", "first_seen"), colour="red")
    cells, config = tables._fitted(frame, frame, view, opens=True)
    order = [*cells.columns]
    across = sum(
        of["width"] if isinstance(of["width"], int) else letters.widest(cells[name])
        for name, of in list(config.items())[: order.index("first_seen") + 1]
    )
    assert 56 + across <= WIDTHS[least_width] or least_width < 1000, order
    assert {"service", "protocol"} & {*order[: order.index("rules")]} or least_width < 1200


@pytest.mark.parametrize(
    ("rows", "of", "told"),
    [
        (2_000, None, "2,000 rows"),
        (2_001, None, "2,000 of 2,001 rows · the CSV has all"),
        (2_001, 9_000, "2,000 of 9,000 rows"),
    ],
)
def test_a_table_of_more_rows_than_it_shows_says_where_all_are(rows: int, of: int | None, told: str) -> None:
    assert tables._count(pd.DataFrame({"flows": range(rows)}), tables.TableView("", "", of=of)) == told
