"""Random blobs, clean, odd, damaged in their tuples, and cut anywhere: the same rows and counts as plain Python."""

import json
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.formats import FLOW_SCHEMA, parse
from nsgflow_core.formats.framing import records
from tests.reference.parse import parse_records, whole_records

GUID = "0a1b2c3d-0000-4000-8000-00000000000a"
NSG_ID = "/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/WEB-NSG"
GOOD = {
    "time": ["1764061200", "1764061200123", "0001764061200", "946684800", "9214646399999"],
    "ip": ["10.0.0.4", "203.0.113.9", "fd00:1::4", "FD00:1:0::4", "::ffff:10.0.0.4", "::1"],
    "port": ["0", "443", "65535", "00080"],
    "proto": ["T", "U", "6", "17", "58", "255"],
    "direction": ["I", "O"],
    "decision": ["A", "D"],
    "state": ["B", "C", "E", "D"],
    "encryption": ["X", "NX", "nx", "NX_LOCAL_DST", "Nx_Local_Dst", ""],
    "counter": ["", "0", "767", "999999999999999", "007"],
}
BAD = {
    "time": [
        "",
        "0",
        "-1764061200",
        "1764061200.5",
        "99999999999",
        "9214646400000",
        "9" * 25,
        "0x69259B90",
        "946684799",
    ],
    "ip": ["", "10.0.0", "10.0.0.256", "10.0.0.04", "fd00::g", "fe80::1%eth0", "10.0.0.4 ", "\u0661.1.1.1", "a" * 60],
    "port": ["", "65536", "-1", "+5", " 80", "80\t", "0x50", "0X50", "8e1", "\u0663", "99999999999999999999", "http"],
    "proto": ["t", "256", "06", "", "TCP", "-1"],
    "direction": ["i", "", "In", " I"],
    "decision": ["B", "", "a", "AD"],
    "state": ["X", "", "b", "F"],
    "encryption": ["N X", "\u00e9", "NX-OLD", '"X"', "x\x00"],
    "counter": [
        "-0",
        "-5",
        "1000000000000000",
        "9223372036854775807",
        "9223372036854775808",
        "1.0",
        "0x1",
        "5\r",
        "5\n",
        "\ufeff5",
        "1" * 5000,
        " ",
        "null",
        "NaN",
    ],
}
ENDPOINTS = ["time", "ip", "ip", "port", "port", "proto", "direction"]
SHAPES = {
    1: [*ENDPOINTS, "decision"],
    2: [*ENDPOINTS, "decision", "state", *["counter"] * 4],
    4: [*ENDPOINTS, "state", "encryption", *["counter"] * 4],
}
WEIRD: st.SearchStrategy[Any] = st.sampled_from(
    [None, 5, 1.5, True, [], {}, "", " ", ",", "," * 7, "," * 12, "\n", "\r\n", '"', "\ufeff", "\x00"]
)


@st.composite
def lines(draw, version):
    fields = [draw(st.sampled_from(GOOD[kind])) for kind in SHAPES[version]]
    damage = draw(st.integers(0, 9))
    if damage == 0:
        return draw(WEIRD | st.text(max_size=20))
    if damage <= 2:
        place = draw(st.integers(0, len(fields) - 1))
        fields[place] = draw(st.sampled_from(BAD[SHAPES[version][place]]) | st.text(max_size=4))
    line = ",".join(fields)
    if damage == 3:
        return draw(
            st.sampled_from([line + "\n", line + "\r", "\n" + line, line + "\n" + line, line + ",", " " + line])
        )
    return line


def groups(version):
    # Long enough, now and then, that clean lines surround a bad one.
    return st.lists(lines(version), max_size=6)


texts = st.sampled_from(
    ["UserRule_web", "DefaultRule_DenyAllInBound", "PlatformRule", "unspecified", "Bl\u00f6ck {1}", "a}{"]
)
wrong: st.SearchStrategy[Any] = st.sampled_from([None, 7, "", [], {}, "text", True])


def mostly(good, bad=wrong):
    return st.integers(0, 11).flatmap(lambda chance: bad if chance == 0 else good)


def vnet_records():
    group = st.fixed_dictionaries({"rule": mostly(texts), "flowTuples": mostly(groups(4))})
    flow = st.fixed_dictionaries(
        {"aclID": mostly(st.sampled_from([GUID, NSG_ID, "unspecified", "00000000-0000-0000-0000-000000000000"]))},
        optional={"flowGroups": mostly(st.lists(mostly(group), max_size=2))},
    )
    return st.fixed_dictionaries(
        {
            "time": st.just("2025-11-25T09:00:00.0000000Z"),
            "flowLogVersion": st.sampled_from([4, 5]),
            "macAddress": mostly(st.sampled_from(["000D3AF87856", "00-0d-3a-f8-78-56", "nic 7"])),
            "flowRecords": mostly(st.fixed_dictionaries({"flows": mostly(st.lists(mostly(flow), max_size=2))})),
        },
        optional={
            "targetResourceID": mostly(st.just("/subscriptions/s/virtualNetworks/v")),
            "note": st.text(max_size=5),
        },
    )


@st.composite
def nsg_records(draw):
    version = draw(st.sampled_from([1, 2]))
    said = draw(st.sampled_from([version, version, version, str(version), None, 3, True, 2.0, 1.0, "2.0", 2.5]))
    flow = st.fixed_dictionaries({"mac": mostly(st.just("000D3AF87856")), "flowTuples": mostly(groups(version))})
    entry = st.fixed_dictionaries({"rule": mostly(texts), "flows": mostly(st.lists(mostly(flow), max_size=2))})
    key = draw(st.sampled_from(["resourceId", "resourceid", "ResourceID"]))
    return {
        "properties": draw(
            mostly(
                st.fixed_dictionaries({"Version": st.just(said), "flows": mostly(st.lists(mostly(entry), max_size=2))})
            )
        ),
        key: draw(mostly(st.just(NSG_ID))),
        "category": "NetworkSecurityGroupFlowEvent",
    }


record_lists = st.lists(mostly(vnet_records() | nsg_records()), max_size=4)


def dump(found, pretty, plain):
    return json.dumps({"records": found}, indent=1 if pretty else None, ensure_ascii=plain).encode()


def multiset(rows):
    return Counter(tuple(sorted(row.items(), key=lambda item: item[0])) for row in rows)


def parse_all(blob, *, at_start=True):
    rows: list[dict[str, Any]] = []
    rejected: Counter[str] = Counter()
    consumed = 0
    for part in parse(blob, at_start=at_start):
        part.flows.validate(full=True)
        assert part.flows.schema == FLOW_SCHEMA
        assert part.consumed > consumed
        rows += part.flows.to_pylist()
        rejected.update(part.rejected)
        consumed = part.consumed
    return rows, rejected, consumed


def check_same(fast, found):
    rows, rejected = parse_records(found)
    assert multiset(fast[0]) == multiset(rows)
    assert fast[1] == rejected


@settings(max_examples=50, deadline=None)
@given(record_lists, st.booleans(), st.booleans())
def test_random_records_give_the_same_rows_and_counts(found, pretty, plain):
    check_same(parse_all(dump(found, pretty, plain)), found)


@settings(max_examples=50, deadline=None)
@given(record_lists, st.booleans(), st.booleans(), st.data())
def test_cut_anywhere_gives_the_whole_records_and_their_end(found, pretty, plain, chance):
    blob = dump(found, pretty, plain)
    cut = blob[: chance.draw(st.integers(blob.index(b"[") + 1, len(blob)))]
    expected, end = whole_records(cut, at_start=True)
    fast = parse_all(cut)
    check_same(fast, expected)
    assert fast[2] == (end if expected else 0)
    if isinstance(found, list) and expected:  # and from there on, the rest: nothing lost, nothing twice
        check_same(parse_all(blob[end:], at_start=False), found[len(expected) :])


@settings(max_examples=25, deadline=None)
@given(record_lists, st.integers(1, 400))
def test_small_chunks_change_nothing(found, size):
    whole = parse_all(dump(found, False, False))
    usual, records.CHUNK = records.CHUNK, size
    try:
        chunked = parse_all(dump(found, False, False))
    finally:
        records.CHUNK = usual
    assert multiset(chunked[0]) == multiset(whole[0])
    assert chunked[1:] == whole[1:]
