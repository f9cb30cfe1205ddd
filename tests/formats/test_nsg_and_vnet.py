"""What records say about their tuples: versions, rules, NSGs, MACs, targets, and what is missing or misplaced."""

from typing import Any

import pytest

from nsgflow_core.formats import FORMATS, parse
from tests.estates.records import ACL, LINE, NSG_ID, nsg_record, vnet_record, whole_blob

V1 = "1764064800,10.1.1.4,10.1.2.5,50001,5432,T,I,A"
V2 = "1764064800,10.1.1.4,10.1.2.5,50001,5432,T,I,A,B,,,,"


def read(*records):
    rows: list[dict[str, Any]] = []
    rejected: dict[str, int] = {}
    for part in parse(whole_blob(list(records)), at_start=True):
        rows += part.flows.to_pylist()
        rejected |= part.rejected
    return rows, rejected


def test_formats_are_registered():
    assert [kind.name for kind in FORMATS] == ["vnet", "nsg"]


def test_all_versions_in_one_file():
    rows, rejected = read(nsg_record(2, [V2]), vnet_record([LINE]), nsg_record(1, [V1, V1]), nsg_record(2, [V2]))
    assert rejected == {}
    kinds = sorted((row["log_kind"], row["flow_state"]) for row in rows)
    assert kinds == [("NSG", ""), ("NSG", ""), ("NSG", "Begin"), ("NSG", "Begin"), ("VNet", "End")]


@pytest.mark.parametrize(
    ("version", "taken", "rejected"),
    [
        (1, 1, {"wrong number of fields": 2}),
        ("2", 1, {"wrong number of fields": 2}),
        (None, 2, {"wrong number of fields": 1}),
        (3, 0, {"unknown version": 3}),
        ("", 0, {"unknown version": 3}),
        (True, 0, {"unknown version": 3}),
        (2.0, 1, {"wrong number of fields": 2}),
        ("2.0", 1, {"wrong number of fields": 2}),
        (1.0, 1, {"wrong number of fields": 2}),
        (2.1, 0, {"unknown version": 3}),
        (" 2", 0, {"unknown version": 3}),
        ([1], 0, {"unknown version": 3}),
    ],
)
def test_nsg_versions(version, taken, rejected):
    rows, found = read(nsg_record(version, [V1, V2, "x,y"]))
    assert (len(rows), found) == (taken, rejected)


def test_missing_version_meets_a_tuple_that_is_no_text():
    assert read(nsg_record(None, [V1, None, 7]))[1] == {"not text": 2}


def test_another_flow_log_version_is_read_by_its_shape():
    assert len(read(vnet_record([LINE], flowLogVersion=5))[0]) == 1


@pytest.mark.parametrize("key", ["resourceId", "resourceid", "RESOURCEID"])
def test_nsg_is_named_by_its_resource(key):
    row = read(nsg_record(1, [V1], key=key))[0][0]
    assert (row["nsg_id"], row["nsg"], row["target"]) == (NSG_ID, "DATA-NSG", NSG_ID)


@pytest.mark.parametrize(
    ("acl", "nsg"),
    [(ACL, ACL), (NSG_ID, "DATA-NSG"), (NSG_ID + "/", "DATA-NSG"), ("unspecified", "unspecified")],
)
def test_vnet_log_names_its_acl(acl, nsg):
    row = read(vnet_record([LINE], acl=acl))[0][0]
    assert (row["nsg_id"], row["nsg"]) == (acl, nsg)
    assert row["target"].endswith("/virtualNetworks/VNet")


@pytest.mark.parametrize(
    ("rule", "acl", "name", "kind"),
    [
        ("UserRule_Allow-App", ACL, "Allow-App", "User"),
        ("DefaultRule_DenyAllInBound", ACL, "DenyAllInBound", "Default"),
        ("BlockHighRiskPorts", ACL, "BlockHighRiskPorts", "Admin"),
        ("Allow-App", NSG_ID, "Allow-App", "User"),
        ("Allow-App", NSG_ID.lower(), "Allow-App", "User"),
        ("DenyAllInBound", NSG_ID, "DenyAllInBound", "Default"),
        ("PlatformRule", "00000000-0000-0000-0000-000000000000", "PlatformRule", "Platform"),
        ("unspecified", "unspecified", "unspecified", "Unspecified"),
    ],
)
def test_rule_names_and_kinds(rule, acl, name, kind):
    row = read(vnet_record([LINE], rule=rule, acl=acl))[0][0]
    assert (row["rule"], row["rule_kind"]) == (name, kind)


@pytest.mark.parametrize(
    ("logged", "mac"),
    [
        ("000d3af87856", "000D3AF87856"),
        ("00-0D-3A-F8-78-56", "000D3AF87856"),
        ("00:0d:3a:f8:78:56", "000D3AF87856"),
        ("000d.3af8.7856", "000D3AF87856"),
        ("nic-7", "nic-7"),
    ],
)
def test_mac_has_one_spelling(logged, mac):
    assert read(nsg_record(1, [V1], mac=logged))[0][0]["mac"] == mac


def test_missing_target_is_unknown_and_no_fault():
    record = vnet_record([LINE])
    del record["targetResourceID"]
    rows, rejected = read(record)
    assert (rows[0]["target"], rejected) == ("", {})


@pytest.mark.parametrize("wrong", [None, 7, "", [], {}])
def test_context_that_is_no_text_rejects_its_tuples(wrong):
    fine = vnet_record([LINE])
    assert read(nsg_record(1, [V1, V1], mac=wrong), fine)[1] == {"no MAC address": 2}
    assert read(nsg_record(1, [V1, V1], rule=wrong), fine)[1] == {"no rule": 2}
    assert read(vnet_record([LINE, LINE], rule=wrong), fine)[1] == {"no rule": 2}
    assert read(vnet_record([LINE, LINE], acl=wrong), fine)[1] == {"no NSG": 2}
    assert read(vnet_record([LINE, LINE], macAddress=wrong), fine)[1] == {"no MAC address": 2}
    assert read(nsg_record(1, [V1, V1]) | {"resourceId": wrong}, fine)[1] == {"no NSG": 2}


@pytest.mark.parametrize("wrong", [None, 7, "text", {}, True])
def test_lists_that_are_none_are_counted(wrong):
    group = {"rule": "r", "flowTuples": [LINE]}
    fine = vnet_record([LINE])
    assert read(fine, fine | {"flowRecords": {"flows": wrong}})[1] == {"record without flows": 1}
    assert read(fine, fine | {"flowRecords": {"flows": [wrong]}})[1] == {"flows without tuples": 1}
    assert read(fine, vnet_record(wrong))[1] == {"flows without tuples": 1}
    rows, rejected = read(fine | {"flowRecords": {"flows": [{"aclID": ACL, "flowGroups": [wrong, group]}]}})
    assert (len(rows), rejected) == (1, {"flows without tuples": 1})
    assert read(fine, nsg_record(1, wrong))[1] == {"flows without tuples": 1}
    nsg = nsg_record(1, [V1])
    assert read(fine, nsg | {"properties": {"Version": 1, "flows": wrong}})[1] == {"record without flows": 1}
    rows, rejected = read(nsg | {"properties": {"Version": 1, "flows": [wrong, *nsg["properties"]["flows"]]}})
    assert (len(rows), rejected) == (1, {"flows without tuples": 1})


def test_empty_lists_are_fine():
    empty = [
        nsg_record(1, []),
        nsg_record(2, [V2]) | {"properties": {"Version": 2, "flows": [{"rule": "UserRule_Idle", "flows": []}]}},
        vnet_record([]),
        vnet_record([LINE]) | {"flowRecords": {"flows": []}},
        vnet_record([LINE]) | {"flowRecords": {"flows": [{"aclID": ACL, "flowGroups": []}]}},
    ]
    assert read(*empty) == ([], {})
    (part,) = parse(whole_blob(empty), at_start=True)
    assert part.flows.num_rows == 0
