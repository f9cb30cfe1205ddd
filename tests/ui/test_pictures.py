"""The pictures of Flows: each is drawn from what the store answers, and says what it leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1.element_tree import Caption

from nsgflow_core.analysis import traffic
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.charts.pointed import sankey
from nsgflow_core.ui.flows import pictures
from tests.ui.frame.as_it_reads import as_it_reads
from tests.ui.reading import Opened, sample


@pytest.mark.parametrize("picture", pictures._PICTURES)
def test_each_picture_is_in_the_link_and_follows_filter_and_decision(picture: str, opened: Opened) -> None:
    app = opened("flows", picture=picture, verdict="Denied", destination="snet-shop-web")
    assert not app.exception
    assert not app.warning
    assert app.query_params.get("picture", ["heatmap"]) in (picture, [picture])
    assert set(app.dataframe[0].value["decision"]) == {"Denied"}
    assert set(app.dataframe[0].value["destination"]) == {"snet-shop-web"}
    assert {"SVG", "PNG"} <= {each.proto.label for each in app.get("download_button")}


def test_what_bands_leave_out_is_named_with_its_share(opened: Opened, home: Path) -> None:
    app = opened("flows", picture="bands")
    services = traffic.services(FlowFilter(), 100_000).ask(sample(home))
    cut, drawn = len(services) - sankey.MOST, services["flows"].nlargest(sankey.MOST).sum()
    share = 1 - drawn / traffic.between_subnets(FlowFilter()).ask(sample(home))["flows"].sum()
    said = [as_it_reads(each.value) for each in app.caption]
    assert any(each.startswith(f"And {cut:,} more services: {share:.0%} of flows") for each in said), said


def test_a_subnet_of_the_map_opens_to_its_hosts(opened: Opened, home: Path) -> None:
    hosts = traffic.between_hosts(FlowFilter(), "snet-shop-data", 100).ask(sample(home))
    flows = FlowFilter().where("source", "snet-shop-data")
    sent = traffic.totals(flows).ask(sample(home))["flows"].iloc[0]
    assert hosts.loc[hosts["source"].str.startswith("10.20.3."), "flows"].sum() == sent
    assert opened("flows", picture="map", hosts="snet-shop-data").selectbox(key="hosts").value == "snet-shop-data"
    assert not opened("flows", picture="map", hosts="no-such-subnet").exception


@pytest.mark.parametrize(("measure", "unit"), [("flows", " flows"), ("bytes", "B bytes")])
def test_a_calendar_says_what_its_busiest_hour_is(measure: str, unit: str, opened: Opened, home: Path) -> None:
    hours = traffic.over_time(FlowFilter(), "hour").ask(sample(home)).groupby("hour")[[measure]].sum()
    captions = map(_read, opened("flows", picture="hours", show=measure).caption)
    (said,) = (each for each in captions if "Stronger" in each)
    assert f"{unit} in one hour, {hours[measure].idxmax():%a %d %b %H:%M} UTC." in said


def _read(caption: Caption) -> str:
    return as_it_reads(caption.value)
