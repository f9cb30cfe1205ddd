"""Pictures that are clicked, from hand-made frames: what is drawn, and what each mark stands for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nsgflow_core.analysis.windows import Window
from nsgflow_core.charts.flows import OTHERS
from nsgflow_core.charts.pointed import by_day, by_hour, estate_map, matrix, ranked, sankey
from nsgflow_core.charts.pointed.cells import SHADE_NUMBER
from nsgflow_core.charts.pointed.picture import Mark, Picture

POISON = '<a href="http://127.0.0.1:1/x">{b}\u202ex</a>'

WEEKS = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))


def pairs(count: int) -> pd.DataFrame:
    rows = [(f"s{n}", f"d{n}", "Allowed", n + 1, 10 * n) for n in range(count)]
    return pd.DataFrame(rows, columns=["source", "destination", "decision", "flows", "bytes"])


def apps(count: int, decision: str = "Allowed") -> pd.DataFrame:
    """Applications of three subnets that talk among themselves, and to one hub; in an order that hides it."""
    rows = []
    for tier in range(3):
        rows += [(f"{tier}-{app}", f"{(tier + 1) % 3}-{app}", decision, 100) for app in range(count)]
        rows += [(f"{tier}-{app}", "hub", decision, 1) for app in range(count)]
    return pd.DataFrame(rows, columns=["source", "destination", "decision", "flows"])


def click(picture: Picture, series: int, index: int, kind: str = "main") -> list[Mark]:
    """What a click on it means, as Streamlit tells it."""
    group = {"series_index": series, "data_type": kind, "data_indices": [index]}
    return list(picture.selected([group]))


def test_a_matrix_keeps_the_largest_and_adds_up_the_rest() -> None:
    made = matrix.matrix_of(pairs(40), "flows", most=30)
    assert len(made.sources) == len(made.destinations) == 31
    assert (made.sources[0], made.sources[-1]) == ("s39", OTHERS)
    assert made.values.sum() == sum(range(1, 41))


def test_what_talks_to_the_same_stands_side_by_side() -> None:
    made = matrix.matrix_of(apps(6), "flows", is_clustered=True)
    of_app = [name.partition("-")[2] for name in made.sources if name != "hub"]
    assert sum(left == right for left, right in pairwise(of_app)) == 2 * 6
    alone = pd.concat([apps(2), pairs(1)])
    assert len(matrix.matrix_of(alone, "flows", is_clustered=True).sources) == 7


def test_a_cell_stands_for_its_two_subnets_and_others_for_nothing() -> None:
    made = matrix.matrix_of(pairs(4), "flows", most=3)
    picture = matrix.heatmap(made, "flows")
    assert click(picture, 0, 0) == [Mark("s3 → d3", {"source": "s3", "destination": "d3"})]
    assert click(picture, 1, 0) == []
    assert picture.option["dataset"][0]["source"][["across", "down"]].iloc[0].tolist() == [0, 0]


def test_every_cell_that_is_drawn_has_a_mark_and_nothing_else_has() -> None:
    picture = matrix.heatmap(matrix.matrix_of(pairs(40), "flows", most=5), "flows")
    drawn = {
        (each["datasetIndex"], "main", at): words.split(":")[0]
        for each in picture.option["series"]
        for at, words in enumerate(picture.option["dataset"][each["datasetIndex"]]["source"]["words"])
    }
    assert {place: mark.words for place, mark in picture.marks.items()} == drawn
    assert len(picture.marks) == len(drawn)
    for series, kind, at in [(0, "main", -1), (0, "main", 10_000), (2, "main", 0), (-1, "main", 0), (0, "edge", 0)]:
        assert picture.marks.get((series, kind, at)) is None


@pytest.mark.parametrize(("sources", "lines"), [(20, [True, True]), (300, [True, False])])
def test_lines_stand_between_cells_that_have_room_for_them(sources: int, lines: list[bool]) -> None:
    flows = pairs(sources).assign(destination=[f"d{at % 5}" for at in range(sources)])
    option = matrix.heatmap(matrix.matrix_of(flows, "flows"), "flows").option
    assert [option[axis]["splitLine"]["show"] for axis in ("xAxis", "yAxis")] == lines


def test_others_have_no_part_in_the_scale_and_one_giant_makes_no_cell_pale() -> None:
    few = matrix.heatmap(matrix.matrix_of(pairs(400), "flows", most=3), "flows").option
    assert few["visualMap"]["seriesIndex"] == [0]
    assert [round(10 ** few["visualMap"][end]) for end in ("min", "max")] == [398, 400]
    giant = pairs(100)
    giant.loc[99, "flows"] = 10**9
    scale = matrix.heatmap(matrix.matrix_of(giant, "flows"), "flows").option["visualMap"]
    assert 10 ** scale["max"] < 101


def test_numbers_stand_in_small_matrices_and_large_ones_zoom() -> None:
    small, large = (matrix.heatmap(matrix.matrix_of(pairs(n), "flows"), "flows").option for n in (5, 300))
    assert [each["series"][0]["label"]["show"] for each in (small, large)] == [True, False]
    assert [len(each["dataZoom"]) for each in (small, large)] == [0, 2]
    narrow = small["media"][0]["option"]["series"]
    assert not any(each["label"]["show"] for each in narrow), "on a phone they would lie over each other"


def services(*rows: tuple[str, str, str, int, str, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["source", "destination", "protocol", "port", "decision", "flows"])


def test_bands_lead_from_sources_over_services_to_destinations() -> None:
    frame = services(("web", "app", "TCP", 443, "Allowed", 7), ("web", "db", "TCP", 1433, "Denied", 2),
                     ("app", "db", "TCP", 1433, "Allowed", 5))  # fmt: skip
    picture = sankey.bands(frame, "flows")
    (series,) = picture.option["series"]
    names = {each["id"]: (each["depth"], each["name"].partition(":")[0]) for each in series["data"]}
    sums = dict.fromkeys(names.values(), 0.0)
    for link in series["links"]:
        sums[names[link["source"]]] += link["value"]
    assert {name: amount for name, amount in sums.items() if amount} == {
        (0, "web"): 9, (0, "app"): 5, (1, "TCP 443 https"): 7, (1, "TCP 1433 ms-sql-s"): 7,
    }  # fmt: skip
    assert click(picture, 0, 0, "node") == [Mark("web", {"source": "web"})]
    denied = next(
        at for at, link in enumerate(series["links"]) if names[link["source"]] == (0, "web") and link["value"] == 2
    )
    assert click(picture, 0, denied, "edge")[0].values == {
        "source": "web", "protocol": "TCP", "port": "1433", "decision": "Denied",
    }  # fmt: skip


def test_a_ranked_bar_is_all_that_it_counts_and_two_of_one_name_are_two() -> None:
    frame = pd.DataFrame({"flows": [1806, 3]})
    both = [{"rule": "deny", "port": "22", "direction": way} for way in ("Inbound", "Outbound")]
    picture = ranked.bars(frame, ["TCP 22 · deny"] * 2, both, "flows")
    (first,), (second,) = (click(picture, 0, at) for at in range(2))
    assert (first.values, second.values) == tuple(both)
    assert first != second
    (series,) = picture.option["series"]
    assert [(each["value"], each["name"]) for each in series["data"]] == [
        (1806, "TCP 22 · deny: 1,806 flows"), (3, "TCP 22 · deny: 3 flows"),
    ]  # fmt: skip


def test_a_map_is_the_same_each_time_and_tells_denied_apart() -> None:
    edges = pd.concat([apps(5), apps(1, "Denied")], ignore_index=True)
    first, again = (estate_map.network(edges, "flows") for _ in range(2))
    assert first == again
    (series,) = first.option["series"]
    for at, node in enumerate(series["data"]):  # Streamlit tells a dot as a "node" by its place in the data
        assert click(first, 0, at, "node") == [Mark(node["name"], {"source": node["name"]})]
    for at, link in enumerate(series["links"]):
        ends = {
            side: series["data"][int(link[end])]["name"]
            for side, end in (("source", "source"), ("destination", "target"))
        }
        (mark,) = click(first, 0, at, "edge")
        assert {side: mark.values[side] for side in ends} == ends
    assert {link["lineStyle"]["type"] for link in series["links"]} == {"solid", "dashed"}
    places = np.array([(node["x"], node["y"]) for node in series["data"]])
    apart = np.linalg.norm(places[:, None] - places[None], axis=2) + 1e9 * np.eye(len(places))
    assert apart.min() > 15, "no dot lies on another"
    assert np.isfinite(places).all()


def test_an_hour_stands_for_its_time() -> None:
    hours = pd.date_range("2026-11-16", periods=24 * 8, freq="h", tz="UTC")
    picture = by_hour.calendar(pd.DataFrame({"hour": hours, "flows": range(len(hours))}), "flows")
    assert len(picture.option["yAxis"]["data"]) == 8
    (mark,) = click(picture, 0, 27)
    assert mark.words == "Tue 17 Nov 03:00-04:00 UTC"
    assert mark.window == Window(hours[27].to_pydatetime(), hours[28].to_pydatetime())


def test_a_day_of_a_calendar_stands_for_its_day() -> None:
    days = pd.date_range("2026-10-30", periods=20, freq="D", tz="UTC")
    window = Window(days[0].to_pydatetime(), days[-1].to_pydatetime())
    picture = by_day.calendar(pd.DataFrame({"day": days, "flows": range(len(days))}), "flows", window)
    assert picture.option["calendar"]["range"] == ["2026-10-30", "2026-11-17"]
    assert picture.option["series"][0]["data"][3]["value"] == ["2026-11-02", 3.0]
    (mark,) = click(picture, 0, 3)
    assert (mark.words, mark.window) == (
        "Mon 02 Nov 2026 UTC", Window(days[3].to_pydatetime(), days[4].to_pydatetime()),
    )  # fmt: skip


@pytest.mark.parametrize("count", [0, 1, 2])
def test_next_to_nothing_is_drawn_too(count: int) -> None:
    few = pairs(count)
    hours = pd.DataFrame({"hour": pd.date_range("2026-11-16", periods=count, freq="h", tz="UTC"), "flows": [1] * count})
    drawn = (
        matrix.heatmap(matrix.matrix_of(few, "flows", is_clustered=True), "flows"),
        estate_map.network(few, "flows"),
        sankey.bands(few.assign(protocol="TCP", port=443), "flows"),
        by_hour.calendar(hours, "flows"),
        ranked.bars(few, list(few["source"]), [{}] * count, "flows"),
        by_day.calendar(hours.rename(columns={"hour": "day"}), "flows", WEEKS),
    )
    for each in drawn:
        written(each.option)
        assert each.height > 60


def written(option: Mapping[str, Any]) -> str:
    """An option as the page gets it, its tables as lists of rows."""
    return json.dumps(option, ensure_ascii=False, default=lambda table: table.to_numpy(dtype=object).tolist())


def test_names_are_text_and_no_template() -> None:
    """ECharts makes HTML of a tooltip: of `{b}` it writes text, of what stands in the template it does not; labels are
    drawn on a canvas."""
    frame = services((POISON, POISON, "TCP", 443, "Allowed", 1))
    for picture in (
        matrix.heatmap(matrix.matrix_of(frame, "flows"), "flows"),
        sankey.bands(frame, "flows"),
        estate_map.network(frame, "flows"),
        ranked.bars(frame, [POISON], [{}], "flows"),
    ):
        assert "\u202e" not in written(picture.option)
        drawn = [picture.option, *(each["option"] for each in picture.option.get("media", ()))]
        nodes = [node for option in drawn for series in option.get("series", [])[:1] for node in series.get("data", ())]
        labels = [each["label"]["formatter"] for each in nodes if "label" in each]
        for template in _formatters(picture.option):
            assert template in ("{b}", SHADE_NUMBER) or "{" not in template
            assert "<" not in template or template in labels


def _formatters(option: Any) -> list[str]:
    if isinstance(option, dict):
        found = [option["formatter"]] if isinstance(option.get("formatter"), str) else []
        return found + [each for value in option.values() for each in _formatters(value)]
    return [each for value in option for each in _formatters(value)] if isinstance(option, list) else []


def test_names_that_begin_alike_are_told_apart_in_every_picture():
    names = [f"snet-production-westeurope-hub-application-tier-{at:03}-blue-customer-facing" for at in range(20)]
    pairs = pd.DataFrame(
        [(a, b, "Allowed", "TCP", 443, 5 + at) for at, (a, b) in enumerate(pairwise(names))],
        columns=["source", "destination", "decision", "protocol", "port", "flows"],
    )
    heatmap = matrix.heatmap(matrix.matrix_of(pairs, "flows"), "flows").option
    axes = [heatmap, heatmap["media"][0]["option"]]
    told = [option[axis]["data"] for option in axes for axis in ("xAxis", "yAxis")]
    told.append([node["label"]["formatter"] for node in estate_map.network(pairs, "flows").option["series"][0]["data"]])
    (series,) = sankey.bands(pairs, "flows").option["series"]
    told += [[node["label"]["formatter"] for node in series["data"] if node["depth"] == side] for side in (0, 2)]
    held = [{"source": name} for name in names]
    bars = ranked.bars(pd.DataFrame({"flows": range(20)}), [f"TCP 22 · deny · {name}" for name in names], held, "flows")
    told += [bars.option["yAxis"]["data"], bars.option["media"][0]["option"]["yAxis"]["data"]]
    for each in told:
        assert len(set(each)) == len(each)
        assert max(map(len, each)) <= ranked._LETTERS


def test_no_bar_of_a_rule_and_port_loses_its_port():
    rule = "BlockHighRiskTCPPortsFromInternetAndFromPartners"
    ports = [22, 23, 3389, 65535]
    worst = pd.DataFrame({"nsg": [f"nsg-{at}" for at in ports], "rule": rule, "direction": "Inbound", "port": ports})
    option = ranked.rules_and_ports(worst.assign(protocol="TCP", flows=1)).option
    for each in (option, option["media"][0]["option"]):
        labels = each["yAxis"]["data"]
        assert all(label.startswith(f"TCP {port} ") for label, port in zip(labels, ports, strict=True))
        assert len(set(labels)) == len(ports)


def test_bars_tell_namesakes_of_two_subscriptions_and_read_each_rule_from_its_beginning():
    nsgs = [f"{guid}/rg-network-production/nsg-web-frontend" for guid in ("aaaaaaaa", "bbbbbbbb")]
    worst = pd.DataFrame({"nsg": nsgs, "rule": "deny-databases-from-the-offices", "port": [1433, 22]})
    option = ranked.rules_and_ports(worst.assign(protocol="TCP", direction="Inbound", flows=1)).option
    wide, narrow = (each["yAxis"]["data"] for each in (option, option["media"][0]["option"]))
    assert [label.split(" · ")[1][:8] for label in wide] == ["deny-dat"] * 2
    assert [label.split(" · ")[2][:4] for label in wide] == ["aaaa", "bbbb"]
    assert [label.split(" · ")[1][:1] for label in narrow] == ["a", "b"], "the one rule tells nothing there"
    assert max(map(len, wide)) <= ranked._LETTERS
    assert max(map(len, narrow)) <= ranked._LETTERS_WHEN_NARROW


def test_a_full_map_has_lines_of_both_decisions_and_what_stands_apart_is_near():
    denied = [("Internet", f"s{at}", "Denied", 1000) for at in range(estate_map.MOST)]
    allowed = [(f"s{at}", f"s{at + 1}", "Allowed", 5) for at in range(estate_map.MOST)]
    edges = pd.DataFrame([*denied, *allowed, ("far", "away", "Allowed", 9)])
    edges.columns = ["source", "destination", "decision", "flows"]
    shown = estate_map.strongest(edges, "flows")
    assert len(shown) == estate_map.MOST
    assert shown["decision"].value_counts().to_dict() == {"Denied": 125, "Allowed": 125}
    nodes = estate_map.network(edges.iloc[[*range(60), 250, 251, -1]], "flows").option["series"][0]["data"]
    apart = {node["name"]: np.hypot(node["x"] / 480, node["y"] / 300) for node in nodes}
    assert max(apart["far"], apart["away"]) < 2.5 * np.median(list(apart.values()))


def test_all_cells_of_a_large_matrix_are_drawn_at_once():
    """ECharts draws so many a frame: with its usual 400 the heatmap of 300 subnets was half empty for ten seconds."""
    series = matrix.heatmap(matrix.matrix_of(pairs(3), "flows"), "flows").option["series"]
    assert all(each["progressive"] > (matrix.MOST + 1) ** 2 for each in series)
