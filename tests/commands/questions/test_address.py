"""The command address: who it is and its parts as text, one row a service as CSV and JSON; sentences for the rest."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from nsgflow_core import COMMAND
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.words.prefixes import parse_prefix
from tests.commands.test_cli import rows
from tests.estates.flows import START, row, store_of

WEB, APP, OUT = "10.0.1.4", "10.0.2.8", "203.0.113.9"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    late = START + timedelta(days=2)
    made = [
        *(row((WEB, APP, "TCP", 8443), START + timedelta(minutes=n), rule="allow-app") for n in range(3)),
        row((WEB, APP, "TCP", 5671), late, rule="allow-queue"),
        row((WEB, APP, "TCP", 22), START, decision="Denied", rule="deny-ssh"),
        row((OUT, WEB, "TCP", 443), START, rule="allow\x1b[31m-https"),
        row((OUT, WEB, "TCP", 3389), START, decision="Denied", rule="DenyAllInBound"),
    ]
    path = tmp_path_factory.mktemp("address") / "f.duckdb"
    return store_of(path, made, SubnetMap((Subnet("web", parse_prefix("10.0.1.0/24")),))).path


def test_as_text_it_says_who_it_is_and_its_four_parts(run, store):
    status, printed, said = run("address", WEB, "--store", store)
    assert (status, said) == (0, "")
    for line in ("Subnet      web", "Talks to: 2 services, 4 flows", "Denied from it: 1 service, 1 flow",
                 "Is talked to by: 1 service, 1 flow", "Denied to it: 1 service, 1 flow"):  # fmt: skip
        assert line in printed
    assert "New: not seen in all time before the last day: 1 service." in printed
    (queue,) = [line for line in printed.splitlines() if " 5671 " in line]
    assert "allow-queue" in queue
    assert queue.endswith("new")
    assert "\x1b" not in printed


def test_allowed_services_that_were_denied_as_well_are_counted(run, tmp_path):
    key, later = (WEB, APP, "TCP", 1433), START + timedelta(days=1)
    made = [row(key, START), row(key, later, decision="Denied"), row((WEB, APP, "TCP", 443), START)]
    store = store_of(tmp_path / "f.duckdb", made, SubnetMap(())).path
    _, printed, _ = run("address", WEB, "--store", store)
    assert "Talks to: 2 services, 2 flows, 1 denied as well: at the other end, or for a time" in printed


def test_as_csv_and_json_it_is_one_row_a_service(run, store):
    _, printed, _ = run("address", WEB, "--store", store, "--format", "csv")
    found = rows(printed)
    assert [(each["way"], each["decision"], each["port"]) for each in found] == [
        ("sent", "Allowed", "8443"), ("sent", "Allowed", "5671"), ("sent", "Denied", "22"),
        ("received", "Allowed", "443"), ("received", "Denied", "3389"),
    ]  # fmt: skip
    assert found[2]["rules"] == "app-nsg/deny-ssh"
    assert [each["port"] for each in found if each["new"]] == ["5671"]
    told = json.loads(run("address", WEB, "--store", store, "--format", "json")[1])
    assert [str(each["port"]) for each in told] == [each["port"] for each in found]


def test_by_port_others_are_counted(run, store):
    _, printed, _ = run("address", "web", "--store", store, "--by", "port", "--format", "csv")
    assert {(each["way"], each["port"], each["addresses"]) for each in rows(printed)} == {
        ("sent", "8443", "1"), ("sent", "5671", "1"), ("sent", "22", "1"),
        ("received", "443", "1"), ("received", "3389", "1"),
    }  # fmt: skip


def test_never_seen_says_what_to_do_next(run, store):
    status, printed, _ = run("address", "10.0.1.99", "--store", store)
    assert status == 0
    assert "10.0.1.99 was never seen, though it is of subnet web." in printed
    assert f"{COMMAND} coverage" in printed
    status, printed, said = run("address", "10.8.8.8", "--store", store, "--format", "csv")
    assert (status, len(printed.splitlines())) == (0, 1)
    assert "never seen in these flow logs" in said
    late = run("address", WEB, "--store", store, "--since", "2026-12-01")[1]
    assert "not seen in this window" in late
    assert "choose a wider window" in late
    none = run("address", f"{WEB}:52311", "--store", store)[1]
    assert f"No flow of {WEB} meets this filter." in none
    assert "wider window" not in none


def test_a_port_behind_the_address_is_asked_for(run, store):
    found = rows(run("address", f"{WEB}:443", "--store", store, "--format", "csv")[1])
    assert {each["port"] for each in found} == {"443"}
    other = rows(run("address", f"{WEB}:443", "--port", "3389", "--store", store, "--format", "csv")[1])
    assert {each["port"] for each in other} == {"3389"}


def test_a_name_of_nobody_or_of_several_is_refused(run, store, tmp_path):
    status, _, said = run("address", "nobody", "--store", store)
    assert status == 2
    assert "Nothing is called 'nobody'" in said
    status, _, said = run("address", "deny-ssh", "--store", store)
    assert (status, "--rule deny-ssh" in said) == (2, True)
    nics = [
        {"id": f"/s/{name}", "name": name, "ipConfigurations": [{"privateIPAddress": address}]}
        for name, address in (("shop-1", WEB), ("shop-2", "10.0.1.5"))
    ]
    (tmp_path / "nics.json").write_text(json.dumps(nics))
    asked = ("--store", store, "--inventory", tmp_path / "nics.json")
    status, _, said = run("address", "shop", *asked)
    assert status == 2
    assert "may be several" in said
    assert f"shop-1 ({WEB})" in said
    assert "Talks to: 2 services" in run("address", "SHOP-1", *asked)[1]


def test_denied_by_story(run, store):
    status, printed, _ = run("denied", "--by", "story", "--store", store)
    assert status == 0
    assert [(each["side"], each["story"], each["flows"]) for each in rows(printed)] == [
        ("inside", "web → 10.0.2.0/24: TCP 22 ssh", "1"),
        ("Internet", "Internet → web: TCP 3389 ms-wbt-server", "1"),
    ]


def test_over_time_is_a_line_of_signs_a_decision(run, store):
    lines = run("address", WEB, "--store", store)[1].splitlines()
    (at,) = [
        place for place, line in enumerate(lines) if line.startswith("Over time, either way, 1 hour a sign, from ")
    ]
    allowed, denied = lines[at + 1 : at + 3]
    assert allowed.split() == ["Allowed", "█" + "·" * 47 + "▂", "at", "most", "4"]
    assert denied.split() == ["Denied", "█" + "·" * 48, "at", "most", "2"]
    assert lines[at].endswith(f"{START:%Y-%m-%d %H:%M} UTC")


LONG = "snet-production-westeurope-hub-application-tier-001-blue-customer-facing"


@pytest.fixture(scope="module")
def long_names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ports = zip((5671, 8443, 22), ("Allowed", "Allowed", "Denied"), strict=True)
    made = [row((WEB, APP, "TCP", port), START, decision=decision, rule=f"{LONG}-{port}") for port, decision in ports]
    subnets = SubnetMap((Subnet(f"rg-net/vnet-hub/{LONG}", parse_prefix("10.0.2.0/24")),))
    return store_of(tmp_path_factory.mktemp("long") / "f.duckdb", made, subnets).path


@pytest.mark.parametrize("by", ["address", "port"])
@pytest.mark.parametrize("columns", [60, 80, 100, 120, 160])
def test_it_fits_the_terminal_and_says_what_it_left_out(run, long_names, monkeypatch, columns, by):
    monkeypatch.setenv("COLUMNS", str(columns))
    _, printed, _ = run("address", WEB, "--store", long_names, "--by", by)
    tables = [line for line in printed.splitlines() if " TCP " in line or "Address " in line or "at most" in line]
    assert tables
    assert max(map(len, tables)) <= columns
    for port in ("5671", "8443", "22"):
        assert any(f" {port} " in line for line in tables), "the port is no column to do without"
    told = printed.lower()
    for heading in ("service", "first seen", "last seen", *(["subnet"] if by == "address" else [])):
        assert f" {heading}" in told.partition("talks to")[2], "it is a column, or said to be none"


def test_in_a_pipe_nothing_is_left_out(run, long_names, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    _, printed, _ = run("address", WEB, "--store", long_names)
    assert "Not shown" not in printed
    (rule,) = [line for line in printed.splitlines() if " 22 " in line]
    assert f"rg-net/vnet-hub/{LONG}"[:40] in rule
