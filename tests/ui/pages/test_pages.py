"""Each page shows what its store answers, and follows a change of the filter."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.analysis import denied, required_ports, traffic
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.charts.pointed.ranked import RULE_AND_PORT
from nsgflow_core.errors import StoreIncompatible
from nsgflow_core.exports import FILE_FORMATS, FileFormat
from nsgflow_core.ui.flows import drill
from nsgflow_core.ui.frame import navigation, session
from nsgflow_core.ui.frame.asking import clock
from nsgflow_core.ui.parts import tables
from tests.conftest import ROOT
from tests.ui.frame.as_it_reads import as_it_reads
from tests.ui.reading import Opened, sample, sentence, texts


def test_overview_follows_the_filter(opened: Opened, home: Path) -> None:
    app = opened()
    everything = traffic.totals(FlowFilter()).ask(sample(home))
    assert app.metric[0].value == f"{everything['flows'].iloc[0]:,}"
    app.multiselect(key="port").set_value(["1433"]).run()
    part = traffic.totals(FlowFilter().where("port", "1433")).ask(sample(home))
    assert app.metric[0].value == f"{part['flows'].iloc[0]:,}" != f"{everything['flows'].iloc[0]:,}"
    assert sentence(app) == "Flows where port is 1433, over all time."
    assert app.query_params["port"] == "1433"


def test_overview_switches_flows_to_bytes(opened: Opened) -> None:
    app = opened()
    app.segmented_control(key="measure").set_value("bytes").run()
    assert not app.exception
    assert app.query_params["measure"] == "bytes"
    assert "Allowed (GB)" in app.get("echarts_chart")[0].proto.spec


def test_flows_step_by_step(opened: Opened, home: Path) -> None:
    app = opened("flows")
    pairs = traffic.between_subnets(FlowFilter()).ask(sample(home))
    assert len(app.dataframe[0].value) == len(pairs)
    app.query_params |= {"level": "pairs", "source": "snet-shop-web", "destination": "snet-shop-app"}
    app.run()
    cell = FlowFilter().where("source", "snet-shop-web").where("destination", "snet-shop-app")
    assert len(app.dataframe[0].value) == len(traffic.address_pairs(cell).ask(sample(home)))
    app.button(key="chip_destination_is").click().run()
    assert dict(app.query_params) == {"level": "pairs", "source": "snet-shop-web"}
    assert sentence(app) == "Flows where source is snet-shop-web, over all time."


def test_files_of_rows_end_where_memory_would_and_the_table_says_so(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order is that of the page; where all rows go into a file nothing is said."""
    made: list[pd.DataFrame] = []

    def show(rows: pd.DataFrame, table: tables.TableView) -> None:
        shown(rows, table)
        assert table.complete
        made.append(table.complete())

    shown = tables.show
    monkeypatch.setattr(tables, "show", show)
    everything = opened("flows", level="rows", source="snet-jump", sort="port")
    assert not any("files have" in caption.value for caption in everything.caption)
    monkeypatch.setattr(drill, "ROWS_IN_A_FILE", 150)
    cut = opened("flows", level="rows", source="snet-jump", sort="port")
    assert any("files have the first 150 in this order" in as_it_reads(caption.value) for caption in cut.caption)
    assert len(made[1]) == 150 < len(made[0])
    assert made[1].equals(made[0].head(150))


def test_rows_are_sorted_and_paged_by_the_store(opened: Opened) -> None:
    app = opened("flows", level="rows", source="snet-jump")
    newest = app.dataframe[0].value["time"]
    assert len(newest) == 100
    assert newest.is_monotonic_decreasing
    app.query_params["page"] = "2"
    app.run()
    assert app.dataframe[0].value["time"].max() <= newest.min()
    app.selectbox(key="sort").set_value("dst_port").run()
    ports = app.dataframe[0].value["dst_port"]
    assert ports.is_monotonic_decreasing
    assert app.query_params["sort"] == "dst_port"


def test_denied_shows_denied_only_and_opens_the_flows_behind_a_bar(opened: Opened, home: Path) -> None:
    app = opened("denied")
    found = denied.by_rule_and_port(FlowFilter()).ask(sample(home))
    shown = app.dataframe[0].value
    assert len(shown) == len(found)
    first = shown.iloc[0]
    app.query_params |= {name: str(first[name]) for name in RULE_AND_PORT} | {"told": "rows"}
    app.run()
    rows = app.dataframe[0].value
    assert set(rows["rule"]) == {first["rule"]}
    assert set(rows["decision"]) == {"Denied"}
    for name in RULE_AND_PORT:
        app.button(key=f"chip_{name}_is").click().run()
    app.segmented_control(key="told").set_value("rule").run()
    assert len(app.dataframe[0].value) == len(found)


def test_the_time_before_is_named_and_its_switch_is_in_the_link(opened: Opened) -> None:
    day = {"since": "2026-11-20T00:00:00Z", "until": "2026-11-21T00:00:00Z"}
    app = opened("denied", **day)
    assert app.toggle(key="ghost").label == "24 hours earlier"
    assert "2026-11-19 00:00 to 2026-11-20 00:00 UTC" in as_it_reads(app.toggle(key="ghost").help)
    assert "ghost" not in app.query_params
    app.toggle(key="ghost").set_value(False).run()
    assert app.query_params["ghost"] in ("no", ["no"])
    assert not app.exception
    assert "ghost" not in {each.key for each in opened("denied").toggle}, "all time has no time before"


def test_denied_narrows_with_the_filter(opened: Opened, home: Path) -> None:
    app = opened("denied")
    app.multiselect(key="protocol").set_value(["UDP"]).run()
    assert set(app.dataframe[0].value["protocol"]) == {"UDP"}


def test_required_ports_by_subnet_then_address(opened: Opened, home: Path) -> None:
    app = opened("required_ports")
    by_subnet = required_ports.services(FlowFilter()).ask(sample(home))
    assert len(app.dataframe[0].value) == len(by_subnet)
    assert "AzurePlatform" not in set(app.dataframe[0].value["source"]), "load balancer probes"
    app.segmented_control(key="by").set_value("address").run()
    assert len(app.dataframe[0].value) == len(required_ports.services(FlowFilter(), "address").ask(sample(home)))
    assert app.query_params["by"] == "address"


@pytest.mark.parametrize("page", ["denied", "required_ports"])
def test_a_table_of_the_busiest_says_how_many_there_are(
    page: str, opened: Opened, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_SHOWN", 3)
    app = opened(page)
    asked = denied.by_rule_and_port if page == "denied" else required_ports.services
    shown, whole = app.dataframe[0].value, asked(FlowFilter()).ask(sample(home))
    assert shown["flows"].tolist() == whole["flows"].nlargest(3).tolist()
    assert any(f"3 of {len(whole):,} rows · the busiest; the CSV has all" in each.value for each in app.caption)


def test_swap_and_clear(opened: Opened) -> None:
    app = opened("required_ports", source="snet-shop-web", destination="snet-shop-app")
    app.button(key="swap").click().run()
    assert app.multiselect(key="source").value == ["snet-shop-app"]
    assert app.multiselect(key="destination").value == ["snet-shop-web"]
    app.button(key="clear_failed" if app.exception else "clear_unmatched").click().run()
    assert app.multiselect(key="source").value == []
    assert "source" not in app.query_params


def test_the_filter_stays_when_the_menu_opens_another_page(opened: Opened) -> None:
    app = opened("flows", source="snet-shop-web", decision="Allowed")
    app.query_params.clear()
    app.switch_page("pages/required_ports.py").run()
    assert "source is snet-shop-web" in sentence(app)
    assert app.query_params["source"] == "snet-shop-web"


def test_window_counts_back_from_the_newest_flow(opened: Opened, home: Path) -> None:
    app = opened()
    app.segmented_control(key="window").set_value("1h").run()
    last = sample(home).extent().last
    assert last is not None
    assert f"since {last:%Y-%m-%d} 23:00 UTC" in sentence(app)
    assert int(app.metric[0].value.replace(",", "")) > 0


def test_since_in_a_link_is_a_custom_window(opened: Opened) -> None:
    app = opened(since="2026-11-20", until="2026-11-21T00:00:00Z")
    assert sentence(app) == "All flows, from 2026-11-20 00:00 UTC to 2026-11-21 00:00 UTC."
    assert app.datetime_input(key="since_at").value == datetime(2026, 11, 20)


def test_a_window_without_meaning_is_named(opened: Opened) -> None:
    app = opened(since="soon", port="443")
    assert "'soon' is not a time." in texts(app)
    assert sentence(app) == "Flows where port is 443, over all time."


def test_what_one_nsg_denied_leads_to_its_rules(opened: Opened) -> None:
    def to_rules(**params: str) -> list[dict[str, str]]:
        links = [each.proto for each in opened("denied", **params).get("page_link")]
        return [dict(parse_qsl(each.query_string)) for each in links if "What would let" in each.label]

    assert to_rules() == [], "several NSGs"
    only = {"for": "nsg/nsg-shop-web", "towards": "Inbound"}
    for told in ("rule", "story", "rows"):
        assert to_rules(nsg="nsg-shop-web", direction="Inbound", window="7d", told=told) == [only | {"window": "7d"}]


def test_a_file_format_is_one_row_on_every_table_and_command(
    opened: Opened, home: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    form = FileFormat(
        "count", "Count", "txt", "text/plain", "how many", True, True, lambda frame, _: f"{len(frame)} rows\n".encode()
    )
    monkeypatch.setitem(FILE_FORMATS, "count", form)
    app = opened("required_ports")
    assert "Count" in [each.proto.label for each in app.get("download_button")]
    monkeypatch.setenv("NSGFLOW_STORE", str(sample(home).path))
    assert main(["required-ports", "--format", "count"]) == 0
    assert capfdbinary.readouterr().out.decode() == f"{len(app.dataframe[0].value)} rows\n"


def test_the_sample_of_another_version_is_written_anew(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a cache of ours, so nobody has to move it away."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    old = tmp_path / "nsgflow" / "sample.duckdb"
    old.parent.mkdir()
    old.write_bytes(b"of another version")
    app = opened()
    assert not app.warning
    assert int(app.metric[0].value.replace(",", "")) > 1_000


def test_a_store_of_another_version_is_a_calm_box(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> session.ActiveStore:
        raise StoreIncompatible("The file is a store of another version.", "Move it away and import again.")

    monkeypatch.setattr(session, "_default", broken)
    app = opened()
    assert "another version" in texts(app)
    assert "Move it away" in texts(app)


def test_an_unforeseen_failure_shows_a_reference_and_no_traceback(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> session.ActiveStore:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(session, "_default", broken)
    app = opened()
    assert "secret detail" not in texts(app)
    reference = app.error[0].value.split("**")[1]
    assert reference in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_pages_are_short_and_plain() -> None:
    for page in navigation.PAGES:
        text = (ROOT / navigation.page_file(page.name)).read_text(encoding="utf-8")
        assert len(text.splitlines()) < 60, page.name
        assert not [word for word in ("SELECT", "groupby", "try:", "| where") if word in text], page.name
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) < 25


def test_a_table_on_the_local_clock_says_so_and_days_stay_those_of_utc(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "_browsers", lambda: ZoneInfo("Europe/Amsterdam"))
    app = opened("flows", level="rows", source="snet-jump", time="local", since="2026-11-19T03:00", port="22")
    assert sentence(app).endswith("since 2026-11-19 03:00 Europe/Amsterdam.")
    column = json.loads(app.dataframe[0].proto.columns)["time"]
    assert (column["label"], column["type_config"]["timezone"]) == ("Time (Europe/Amsterdam)", "Europe/Amsterdam")
    assert app.query_params["time"] == "local"
    utc = opened("flows", level="rows", source="snet-jump", since="2026-11-19T03:00")
    assert json.loads(utc.dataframe[0].proto.columns)["time"]["label"] == "Time (UTC)"


@pytest.mark.parametrize("name", [row.name for row in navigation.PAGES])
def test_every_page_says_of_which_store_it_speaks(opened: Opened, name: str) -> None:
    app = opened(name)
    assert not app.exception
    assert any("-badge[" in each.value and "Sample" in each.value for each in app.markdown)


def test_query_offers_its_windows_as_the_bar_does_and_keeps_the_week(opened: Opened) -> None:
    windows = opened("query").segmented_control(key="kql_window")
    assert windows.options == ["24h", "7d", "All"]
    assert windows.value == "7d"
