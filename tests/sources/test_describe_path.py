"""What a blob's path tells: its name in ledgers must never change, so it is that of the one pattern it began with."""

from __future__ import annotations

import random
import re

import pytest

from nsgflow_core.sources.base import describe_path
from nsgflow_core.sources.logs import log_labels, log_of

PATTERN = re.compile(
    r"(?P<name>(?:resourceId|flowLogResourceID)=/?(?P<resource>.*?)"
    r"/y=(?P<y>\d{4})/m=(?P<m>\d\d)/d=(?P<d>\d\d)/h=(?P<h>\d\d)/m=\d\d/macAddress=(?P<mac>[0-9A-F-]{12,17})/[^/]+)$",
    re.IGNORECASE,
)
TAIL = "/y=2026/m=11/d=23/h=22/m=00/macAddress=00224871000F/PT1H.json"
PIECES = [
    *("resourceId=", "flowLogResourceID=", "FLOWLOGRESOURCEID=", "RESOURCEID=", "resourceId=/", "x_resourceId=/", "="),
    *("/", "//", "/SUBSCRIPTIONS/A", "/home/İbrahim", "/Straße", "K", "/y=2026", "/Y=2026/M=11/D=23", "flowLog", "\\"),
    *(TAIL, TAIL, TAIL, TAIL.upper(), TAIL.replace("/", "\\"), TAIL.replace("h=22", "h=99"), TAIL + "/y=2026"),
    *(TAIL.replace("PT1H.json", "y=1.json"), TAIL.replace("=0022", "=GG22"), "/PT1H.json", "é/", "macAddress=1/"),
]


def by_pattern(path: str) -> tuple[str, str, str]:
    found = PATTERN.search(path.replace("\\", "/"))
    return (found["name"], found["resource"].rpartition("/")[2], found["mac"]) if found else (path, "", "")


@pytest.mark.parametrize("seed", range(20))
def test_any_path_has_the_name_that_the_pattern_gives(seed: int) -> None:
    chance, named = random.Random(seed), 0
    for _ in range(3_000):
        path = "".join(chance.choices(PIECES, k=chance.randrange(1, 7)))
        assert describe_path(path)[:3] == by_pattern(path), path
        named += by_pattern(path)[0] != path
    assert named > 200


@pytest.mark.parametrize(
    "marked", ["resourceId=", "RESOURCEID=", "flowLogResourceID=", "resource\u0130d=", "resource="]
)
@pytest.mark.parametrize("front", ["", "a/b/", "a\\b\\", "\u0130stanbul/"])
def test_whoever_names_a_log_reads_its_path_alike(front: str, marked: str) -> None:
    path = f"{front}{marked}/S_RG/WE_web/y=2026/m=11/d=24/h=10/m=00/macAddress=000D3A0000A1/PT1H.json"
    _, resource, _, _ = describe_path(path)
    assert resource == log_labels([path])[log_of(path)]
    assert resource == ("WE_web" if marked.lower().endswith("resourceid=") else "")
