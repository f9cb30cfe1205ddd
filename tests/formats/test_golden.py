"""The hand-counted blobs of tests/golden (see its README): every row's rule, decision and bytes, every rejection."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from nsgflow_core.formats import parse
from tests.reference.parse import parse_whole

GOLDEN = Path(__file__).resolve().parent.parent / "golden"


def read(name):
    blob = (GOLDEN / name).read_bytes()
    (part,) = parse(blob, at_start=True)
    assert part.consumed == len(blob) - 2
    return part.flows.to_pylist(), part.rejected


def tally(rows):
    """(rule, kind, decision) -> [tuples, bytes out, bytes back]."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for row in rows:
        entry = found.setdefault((row["rule"], row["rule_kind"], row["decision"]), [0, 0, 0])
        entry[0] += 1
        entry[1] += row["src_to_dst_bytes"] or 0
        entry[2] += row["dst_to_src_bytes"] or 0
    return found


def test_nsg_version_1():
    rows, rejected = read("nsg-v1.json")
    assert tally(rows) == {
        ("AllowVnetInBound", "Default", "Allowed"): [3, 0, 0],
        ("Deny-SSH", "User", "Denied"): [1, 0, 0],
        ("AllowInternetOutBound", "Default", "Allowed"): [2, 0, 0],
    }
    assert rejected == {"bad decision": 1, "wrong number of fields": 1}
    nsg_id = (
        "/SUBSCRIPTIONS/11111111-1111-4111-8111-111111111111/RESOURCEGROUPS/GOLDEN-RG"
        "/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/DATA-NSG"
    )
    assert rows[3] == {
        "time": datetime(2025, 11, 25, 10, 0, 11, tzinfo=UTC),
        "src_ip": "203.0.113.7",
        "dst_ip": "10.1.2.5",
        "src_port": 41000,
        "dst_port": 22,
        "protocol": 6,
        "direction": "Inbound",
        "decision": "Denied",
        "flow_state": "",
        "src_to_dst_packets": None,
        "src_to_dst_bytes": None,
        "dst_to_src_packets": None,
        "dst_to_src_bytes": None,
        "encryption": "",
        "nsg_id": nsg_id,
        "nsg": "DATA-NSG",
        "rule": "Deny-SSH",
        "rule_kind": "User",
        "mac": "000D3A0000A1",
        "target": nsg_id,
        "log_kind": "NSG",
    }
    assert {row["mac"] for row in rows} == {"000D3A0000A1"}
    assert {row["nsg"] for row in rows} == {"DATA-NSG"}


def test_nsg_version_2():
    rows, rejected = read("nsg-v2.json")
    assert tally(rows) == {
        ("Allow-App", "User", "Allowed"): [4, 1500, 6000],
        ("DenyAllInBound", "Default", "Denied"): [2, 0, 0],
        ("AllowInternetOutBound", "Default", "Allowed"): [2, 370, 1050],
    }
    assert rejected == {"bad counter": 1, "bad protocol": 1, "bad state": 1}
    assert [row["flow_state"] for row in rows] == [
        *("Begin", "Continuing", "End", "Begin"),
        *("Begin", "Begin"),
        *("End", "End"),
    ]
    assert [row["src_to_dst_packets"] for row in rows] == [None, 10, 5, None, None, None, 3, 1]
    assert (rows[6]["src_ip"], rows[6]["dst_ip"]) == ("fd00:10:1:2::5", "2001:db8::10")


def test_vnet_version_4():
    rows, rejected = read("vnet-v4.json")
    assert tally(rows) == {
        ("Allow-App", "User", "Allowed"): [3, 1500, 6000],
        ("DenyAllInBound", "Default", "Denied"): [2, 0, 0],
        ("BlockHighRiskPorts", "Admin", "Denied"): [1, 0, 0],
        ("PlatformRule", "Platform", "Allowed"): [1, 120, 240],
        ("unspecified", "Unspecified", "Denied"): [1, 0, 0],
        ("AllowVnetOutBound", "Default", "Allowed"): [2, 700, 600],
    }
    assert rejected == {"bad port": 1, "bad state": 1, "wrong number of fields": 1, "bad time": 1}
    assert rows[1]["time"] == datetime(2025, 11, 25, 10, 0, 30, 200_000, tzinfo=UTC)
    assert (rows[8]["time"], rows[8]["protocol"]) == (datetime(2025, 11, 25, 10, 1, 2, tzinfo=UTC), 50)
    assert (rows[3]["src_to_dst_bytes"], rows[4]["src_to_dst_bytes"]) == (0, None)
    assert (rows[7]["encryption"], rows[7]["nsg"]) == ("NX_NOT_ACCEPTED", "unspecified")
    assert rows[0]["target"].endswith("/virtualNetworks/golden-vnet")
    assert {row["log_kind"] for row in rows} == {"VNet"}


@pytest.mark.parametrize("name", ["nsg-v1.json", "nsg-v2.json", "vnet-v4.json"])
def test_plain_python_reads_them_alike(name):
    rows, rejected = read(name)
    expected, expected_rejected = parse_whole((GOLDEN / name).read_bytes())
    assert rows == expected
    assert rejected == expected_rejected
