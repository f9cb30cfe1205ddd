"""Changes and Overview's cards: what the page says is what the questions answer, and each choice is in the link."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nsgflow_core.analysis import denied, traffic
from nsgflow_core.analysis.compared import changes
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ui.flows import changed
from nsgflow_core.words.numbers import change_in_words
from tests.ui.frame.as_it_reads import as_it_reads
from tests.ui.reading import Opened, sample, texts

END = datetime(2026, 11, 23, tzinfo=UTC)
SUNDAY, SATURDAY = (
    FlowFilter(END - timedelta(days=1), END),
    FlowFilter(END - timedelta(days=2), END - timedelta(days=1)),
)


def tables(app: AppTest) -> dict[str, list[str]]:
    """The changes of each table, by the columns that tell which it is."""
    return {str(list(each.value.columns)[2]): each.value["change"].tolist() for each in app.dataframe}


def test_at_a_glance_shows_services_sources_logs_and_nics(opened: Opened, home: Path) -> None:
    """Sunday of the sample against Saturday: the queue's host is new."""
    app = opened("changes")
    found = changes.compare(SATURDAY, SUNDAY, "subnet").ask(sample(home))
    assert tables(app)["source"] == ["New"] * 5 + ["Gone"] * 2
    note = changes.counts_in_words(changes.SUBJECTS["services"], changes.counts(found))
    assert note == "9 new, 2 gone"
    assert any(note in each.value for each in app.caption)
    assert tables(app)["mac"] == ["Began"]
    assert any("The newest day" in each.value for each in app.markdown)


@pytest.mark.parametrize("of", changes.SUBJECTS)
def test_one_kind_of_thing_with_all_that_changed(of: str, opened: Opened, home: Path) -> None:
    """The NSG flow logs end on Thursday, dev's machines are off on Saturday."""
    start = END - timedelta(days=2 if of == "nics" else 3)
    day, before = FlowFilter(start, start + timedelta(days=1)), FlowFilter(start - timedelta(days=1), start)
    app = opened("changes", of=of, by="address", since=f"{start:%Y-%m-%d}", until=f"{day.until:%Y-%m-%d}")
    found = changes.SUBJECTS[of].asked(before, day, "address", None).ask(sample(home))
    assert len(found)
    shown = sum(min(many, changed.MANY) for many in changes.counts(found).values())
    assert len(app.dataframe[0].value) == shown
    assert app.query_params["of"] == of


def test_the_earlier_window_is_in_the_link_also_where_it_is_written(opened: Opened) -> None:
    app = opened("changes", of="services", before="other", compare_from="2026-11-17", compare_until="2026-11-18")
    said = next(as_it_reads(each.value) for each in app.markdown if "against" in each.value)
    assert "against **2026-11-17 00:00 to 2026-11-18 00:00 UTC**" in said
    app.text_input(key="compare_from").set_value("2026-11-16").run()
    assert app.query_params["compare_from"] == "2026-11-16"
    app.text_input(key="compare_from").set_value("someday").run()
    assert "'someday' is not a time." in texts(app)
    assert not app.exception


def test_no_earlier_logs_is_said_calmly(opened: Opened) -> None:
    app = opened("changes", window="7d")
    assert "no logs before 2026-11-16" in texts(app)
    assert not app.exception
    assert not app.dataframe


def test_cards_say_how_it_was_before_in_a_period_of_the_same_length(opened: Opened, home: Path) -> None:
    app = opened(since="2026-11-20", until="2026-11-21")
    friday = FlowFilter(END - timedelta(days=3), END - timedelta(days=2))
    thursday = FlowFilter(END - timedelta(days=4), END - timedelta(days=3))
    store = sample(home)
    now, was = (traffic.totals(part).ask(store)["flows"].sum() for part in (friday, thursday))
    assert (app.metric[0].value, as_it_reads(app.metric[0].delta)) == (f"{now:,}", change_in_words(was, now))
    refused, refused_before = (denied.totals(part).ask(store).iloc[0] for part in (friday, thursday))
    by_label = {each.label: each for each in app.metric}
    assert by_label["Denied sources"].value == f"{refused['sources']:,}"
    assert as_it_reads(by_label["Denied flows"].delta) == change_in_words(refused_before["flows"], refused["flows"])
    assert len(by_label) == len(app.metric) == 6
    links = [each.proto.label for each in app.get("page_link")]
    assert len(set(links)) == len(links)


@pytest.mark.parametrize(
    ("params", "said"),
    [({}, "Choose a window"), ({"window": "7d"}, "does not hold the period before")],
)
def test_cards_without_a_period_before_say_so(params: dict[str, str], said: str, opened: Opened) -> None:
    app = opened(**params)
    assert not any(each.delta for each in app.metric)
    assert any(said in each.value for each in app.caption)


def test_what_is_gone_is_said_though_the_later_window_has_none_of_it(opened: Opened) -> None:
    app = opened("changes", source="snet-jump", destination="snet-backup", port="22", window="24h")
    assert not app.exception
    assert not [box for box in app.info if "No flow meets" in str(getattr(box.proto, "title", ""))]
    ports = app.dataframe[0].value
    assert ports["change"].tolist() == ["Gone"]


def test_where_no_window_has_any_it_says_so(opened: Opened) -> None:
    app = opened("changes", source="snet-jump", port="4444", window="24h")
    assert "No flow meets" in str(app.info[0].proto.title)


def test_what_was_cut_off_is_told_with_its_rule_and_leads_to_the_rules(opened: Opened) -> None:
    """The rule change of Wednesday: it cut off the ERP's reporting and dev; dev's other attempts were denied before."""
    app = opened("changes", of="cut", since="2026-11-18T14:20:00Z")
    assert "1 service that had been allowed before met a deny: deny-spokes-in (1,652 flows)" in texts(app)
    table = app.dataframe[0].value
    assert set(table["rule"]) == {"deny-spokes-in"}
    assert set(table["src_ip"]) == {"10.30.1.4", "10.40.1.4", "10.40.1.5"}
    assert dict(zip(table["src_ip"], table["source_name"], strict=True))["10.30.1.4"] == "vm-erp-app-01"
    assert table["destination_name"].str.startswith("vm-shop-").all()
    assert list(table.columns).index("flows") < list(table.columns).index("direction")
    assert "Rules of nsg-shop-data, Inbound" in [each.proto.label for each in app.get("page_link")]
    quiet = opened("changes", of="cut")
    (said,) = quiet.success
    assert "nothing is denied that was allowed before" in said.value
    asks = [any("when it broke" in as_it_reads(each.value) for each in at.caption) for at in (app, quiet)]
    assert asks == [False, True]
    assert not quiet.dataframe
