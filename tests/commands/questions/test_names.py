"""Names on the command line: given for one run or kept, grouped, filtered and printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nsgflow_core.sources.sample.address_database import write_database
from nsgflow_core.words.prefixes import parse_prefix
from tests.commands.test_cli import rows
from tests.conftest import ROOT

GOLDEN = ROOT / "tests" / "golden" / "vnet-v4.json"


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    nic = {"id": "/s/web-1", "ipConfigurations": [{"privateIPAddress": "10.1.1.4"}]}
    (tmp_path / "nics.json").write_text(json.dumps([nic]))
    place = [(parse_prefix("203.0.113.0/24"), {"country": {"iso_code": "DE"}, "asn": "AS64500", "as_name": "Shops"})]
    (tmp_path / "places.mmdb").write_bytes(write_database("Places", 0, place))
    return [tmp_path / "nics.json", tmp_path / "places.mmdb"]


def test_names_for_one_run_and_kept_are_the_same(tmp_path, run, files):
    store = tmp_path / "flows.duckdb"
    assert run("import", GOLDEN, "--store", store)[0] == 0
    asked = ["summarize", "--store", store, "--by", "source_name,country,asn", "--order", "flows"]
    once = rows(run(*asked, "--inventory", *files)[1])
    assert {row["country"] for row in once} >= {"DE", ""}
    assert {row["asn"] for row in once} >= {"AS64500 Shops"}
    assert not [row for row in rows(run(*asked)[1]) if row["country"]]
    status, printed, _ = run("inventory", *files, "--save", "--store", store)
    assert status == 0
    assert "database of addresses" in printed
    assert rows(run(*asked)[1]) == once
    only = rows(run(*asked, "--where", "country=de", "--where", "asn=64500")[1])
    assert only == [row for row in once if row["country"] == "DE"]
    assert run("inventory", "--forget", str(files[1]), "--store", store)[0] == 0
    assert not [row for row in rows(run(*asked)[1]) if row["country"]]


def test_names_stand_beside_what_they_name(tmp_path, run, files):
    store = tmp_path / "flows.duckdb"
    run("import", GOLDEN, "--store", store)
    status, printed, _ = run("required-ports", "--by", "address", "--names", "--store", store, "--inventory", *files)
    assert status == 0
    assert printed.splitlines()[0].startswith("source,source_name,destination,destination_name,protocol,port,service,")
    _, printed, _ = run("flows", "--names", "--store", store, "--inventory", *files)
    assert {"source_name", "destination_name", "service", "service_tag", "country", "asn"} <= set(rows(printed)[0])
    assert "source_name" not in run("flows", "--store", store)[1].splitlines()[0]


def test_whose_nic_it_is_stands_beside_each_mac(tmp_path, run):
    store, nics = tmp_path / "flows.duckdb", tmp_path / "nics.json"
    run("import", GOLDEN, "--store", store)
    macs = {row["mac"] for row in rows(run("summarize", "--by", "mac", "--store", store)[1])}
    known = sorted(macs)[0]
    held = {"id": "/s/web-1-nic", "macAddress": known, "ipConfigurations": [{"privateIPAddress": "10.1.1.4"}]}
    nics.write_text(json.dumps([held]))
    asked = ["--names", "--store", store, "--inventory", nics]
    for question in (["summarize", "--by", "mac,port"], ["flows"], ["changes", "--of", "nics", "--before", "all"]):
        told = rows(run(*question, *asked)[1])
        assert {(row["mac"], row["nic"]) for row in told} <= {(mac, "web-1-nic" * (mac == known)) for mac in macs}
        assert question[0] == "changes" or "web-1-nic" in {row["nic"] for row in told}
    assert "nic" not in rows(run("flows", "--names", "--store", store)[1])[0], "nobody named one"
