"""Pictures of many subnets, in which names are read."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from nsgflow_core.charts.pointed import estate_map, sankey

A_LETTER = 0.55
"""Of a name, against the height of its font."""


def test_no_name_of_a_thin_band_lies_over_the_next():
    one = pd.DataFrame(
        [("Internet", f"s{at}", "TCP", 1000 + at, "Denied", 1 if at else 10**6) for at in range(sankey.MOST)],
        columns=["source", "destination", "protocol", "port", "decision", "flows"],
    )
    picture = sankey.bands(one, "flows")
    (series,) = picture.option["series"]
    assert series["nodeGap"] > series["label"]["fontSize"]
    taken = series["nodeGap"] * (sankey.MOST - 1) + series["top"] + series["bottom"]
    assert picture.height - taken > picture.height / 4, "there is room for the bands"


def test_a_phones_map_stands_upright_and_names_the_largest_dots():
    names = [f"s{at:03}" for at in range(100)]
    edges = pd.DataFrame(
        [(name, "hub", "Allowed", at + 1) for at, name in enumerate(names)],
        columns=["source", "destination", "decision", "flows"],
    )
    picture = estate_map.network(edges, "flows")
    wide = picture.option["series"][0]["data"]
    narrow, half = (each["option"]["series"][0]["data"] for each in picture.option["media"])
    assert [node["name"] for node in narrow] == [node["name"] for node in half] == [node["name"] for node in wide]
    assert [(node["x"], node["y"]) for node in narrow] == [(node["y"], node["x"]) for node in wide]
    for told, most in ((narrow, 16), (half, 60)):
        named = {node["name"] for node in told if node["label"]["show"]}
        assert named == {"hub", *names[-most + 1 :]}
    assert len(estate_map.network(edges.head(20), "flows").option["media"]) == 1


def test_a_phone_tells_names_that_begin_alike_apart_in_the_room_of_their_labels():
    """Cut at a label's own width all of them read "snet-produ…r-fa…"."""
    names = [f"snet-production-westeurope-hub-application-tier-customer-facing-{at:03}-blue" for at in range(20)]
    pairs = pd.DataFrame(
        [(one, other, "Allowed", "TCP", 443, 5) for one, other in pairwise(names)],
        columns=["source", "destination", "decision", "protocol", "port", "flows"],
    )
    for picture in (sankey.bands(pairs, "flows"), estate_map.network(pairs, "flows")):
        narrow = picture.option["media"][0]["option"]["series"][0]
        sides: dict[int, list[str]] = {}
        for node in narrow["data"]:
            sides.setdefault(node.get("depth", 0), []).append(node["label"]["formatter"])
        for told in (each for each in sides.values() if len(each) > 1):
            assert len(set(told)) == len(told)
            assert max(map(len, told)) * A_LETTER <= narrow["label"]["width"] / narrow["label"]["fontSize"]
