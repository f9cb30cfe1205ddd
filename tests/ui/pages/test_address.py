"""The address page: what the link names, its parts, the rows behind a service, what to do where there is nothing."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs

from streamlit.testing.v1 import AppTest

from nsgflow_core.analysis.address.about import About, about
from nsgflow_core.analysis.address.parts import PARTS
from nsgflow_core.analysis.address.subject import typed
from nsgflow_core.analysis.denied_stories import stories
from nsgflow_core.ask.filters import FlowFilter
from tests.ui.frame.as_it_reads import as_it_reads
from tests.ui.reading import Opened, sample, sentence, texts

WEB = "10.20.1.4"


def told(home: Path, text: str = WEB) -> About:
    subject = typed(text)
    assert subject
    store = sample(home)
    return about(subject, FlowFilter(), store.extent(), lambda question: question.ask(store))


def values(app: AppTest) -> dict[str, str]:
    """The card: each thing that is known, and its value."""
    captions = [as_it_reads(each.value) for each in app.caption]
    shown = [as_it_reads(each.value) for each in app.markdown]
    return {what: captions[captions.index(what)] for what in captions} | {"all": " ".join(shown)}


def test_shows_who_it_is_and_its_four_parts(opened: Opened, home: Path) -> None:
    app = opened("address", ip=WEB)
    right = told(home)
    assert sentence(app) == f"Flows where source address or destination address is {WEB}, over all time."
    for known in ("vm-shop-web-01", "snet-shop-web", "vnet-shop", "vm-shop-web-01-nic 00005E005311", "nsg-shop-web on"):
        assert known in values(app)["all"]
    assert [metric.value for metric in app.metric[:4]] == [f"{right.in_all[part.key]:,}" for part in PARTS]
    filled = [part for part in PARTS if not right.of(part).empty]
    assert [len(table.value) for table in app.dataframe] == [len(right.of(part)) for part in filled]
    assert "Nothing from it is denied" in [each.value for each in app.subheader]


def test_its_required_ports_are_one_click_away_both_ways(opened: Opened) -> None:
    app = opened("address", ip="snet-shop-app", port="8443")
    (link,) = (each.proto for each in app.get("page_link") if each.proto.label == "Required ports *of it*")
    asked = parse_qs(link.query_string)
    assert (asked["source"], asked["either_way"], asked["port"]) == (["snet-shop-app"], ["true"], ["8443"])
    ports = opened("required_ports", **{name: each for name, (each,) in asked.items()})
    assert sentence(ports).startswith("Flows where source or destination is snet-shop-app, and port is 8443")


def test_by_port_and_only_what_is_new(opened: Opened, home: Path) -> None:
    app = opened("address", ip=WEB, rows="port")
    assert "addresses" in app.dataframe[0].value.columns
    app = opened("address", ip=WEB, new="yes")
    assert sum(len(table.value) for table in app.dataframe) == len(told(home).news) > 0


def test_what_a_name_may_mean_is_offered(opened: Opened) -> None:
    app = opened("address", ip="shop-web")
    assert set(app.dataframe[0].value["found"]) == {"vm-shop-web-01", "vm-shop-web-02", "snet-shop-web"}
    assert sentence(opened("address", ip="vm-shop-web-01")).startswith("Flows where source name or destination name is")
    assert "Nothing is called nobody" in texts(opened("address", ip="nobody"))
    assert len(opened("address").dataframe[0].value) > 10
    nobody = opened("address", ip="nobody", port="1")
    assert "Nothing is called nobody" in texts(nobody)
    assert nobody.button(key="clear_unmatched"), "the filter leaves no busiest source either"


def test_an_address_never_seen_or_not_in_this_window_says_what_to_do(opened: Opened) -> None:
    assert "was never seen in these flow logs" in texts(opened("address", ip="10.99.1.1"))
    app = opened("address", ip="10.40.1.5", window="24h")
    assert "was not seen in this window" in texts(app)
    app.button(key="would_find_all_time").click().run()
    assert app.metric[0].value == "18"
    assert "was not seen in this window" not in texts(opened("address", ip=WEB, port="52311"))


def test_one_part_alone_stands_before_the_chart(opened: Opened, home: Path) -> None:
    app = opened("address", ip=WEB, part="denied_to")
    (part,) = [part for part in PARTS if part.key == "denied_to"]
    assert [len(table.value) for table in app.dataframe] == [len(told(home).of(part))]
    app.button(key="only_denied_to").click().run()
    assert len(app.dataframe) > 1
    app.button(key="only_talks_to").click().run()
    assert app.query_params["part"] == "talks_to"


def test_a_port_behind_the_address_becomes_a_condition_of_the_bar(opened: Opened) -> None:
    app = opened("address", ip=f"{WEB}:443")
    assert sentence(app).endswith(f"is {WEB}, and port is 443, over all time.")
    assert (app.query_params["ip"], app.query_params["port"]) == (WEB, "443")


def test_rules_and_nsgs_lead_to_the_flows_that_they_decided(opened: Opened) -> None:
    app = opened("address", ip="allow-https-internet")
    assert "Nothing is called" not in texts(app)
    assert "allow-https-internet" in set(app.dataframe[0].value["found"])


def test_a_filter_that_finds_nothing_offers_what_would(opened: Opened) -> None:
    app = opened("denied", source="snet-shop-data", port="1433")
    labels = [as_it_reads(each.label) for each in app.button if str(each.key).startswith("would_find_")]
    assert any(label.startswith("As destination: ") for label in labels)
    assert any(label.startswith("Either way: ") for label in labels)
    app.button(key="would_find_turned").click().run()
    assert sentence(app).startswith("Flows where destination is snet-shop-data")
    assert not texts(app)


def test_denied_by_story_is_what_the_command_prints(opened: Opened, home: Path) -> None:
    right = stories(FlowFilter(), lambda question: question.ask(sample(home))).table
    app = opened("denied", told="story")
    assert [len(table.value) for table in app.dataframe] == right["side"].value_counts(sort=False).tolist()
    assert [text for table in app.dataframe for text in table.value["story"]] == right["story"].tolist()
    (sweep,) = [story for story in right["story"] if "60 minutes" in story]
    assert sweep == "Sweep: 4 addresses tried 111 ports on 1 host in 60 minutes"
    rows = opened("denied", told="rows", src_ip="198.51.100.209").dataframe[0].value
    assert set(rows["src_ip"]) == {"198.51.100.209"}


def test_allowed_services_that_were_denied_as_well_are_counted(opened: Opened) -> None:
    """The near end logs as allowed what the far end denies: alone, such a row reads as if it worked."""
    captions = [as_it_reads(each.value) for each in opened("address", ip="vm-shop-sql-01").caption]
    (note,) = (each for each in captions if "denied as well" in each)
    assert note == "8 rows · 2,725 flows, 3 denied as well: at the other end, or for a time"
