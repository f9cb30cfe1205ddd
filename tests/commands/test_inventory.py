"""The inventory on the command line: what files hold, what is kept, and which NSG a draft is for."""

from __future__ import annotations

import csv
import io
import json

import pytest

from nsgflow_core.commands.given.network_files import kept_with
from nsgflow_core.inventory import kept
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.records import vnet_record, whole_blob
from tests.inventory import network
from tests.inventory.described import GUIDS, nsg, vnet

TUPLE = "1764064800000,{source},{destination},50001,443,6,I,E,NX,5,500,4,2000"


@pytest.fixture
def files(tmp_path):
    """Write named documents as PowerShell 5 redirects them: UTF-16 with a mark."""

    def write(**documents: object):
        paths = [tmp_path / f"{name}.json" for name in documents]
        for path, document in zip(paths, documents.values(), strict=True):
            path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-16")
        return paths

    return write


@pytest.fixture
def logged(tmp_path, run):
    """A store with one flow each of two NSGs of one name, and between subnets of one name."""
    for number, guid in enumerate(GUIDS):
        line = TUPLE.format(source="10.1.0.4", destination=f"10.{number + 1}.0.9")
        (tmp_path / f"{number}.log").mkdir()
        (tmp_path / f"{number}.log" / "PT1H.json").write_bytes(whole_blob([vnet_record([line], acl=guid)]))
    store = tmp_path / "flows.duckdb"
    assert run("import", tmp_path / "0.log", tmp_path / "1.log", "--store", store)[0] == 0
    return store


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


TWO_NSGS = [nsg("nsg-default", 0), nsg("nsg-default", 1)]
TWO_VNETS = [vnet("main", "10.1.0.0/16", app="10.1.0.0/24"), vnet("main", "10.2.0.0/16", "B", app="10.2.0.0/24")]


def test_it_says_what_each_file_holds(run, files, tmp_path):
    paths = files(network=network.AZ, other="name,prefix\nweb,10.0.0.0/33\n")
    status, printed, _ = run("inventory", *paths, "--store", tmp_path / "none.duckdb")
    assert status == 1
    assert [(row["file"], row["kind"], row["things"]) for row in rows(printed)] == [
        (str(paths[0]), "VNet", "1"), (str(paths[0]), "subnets", "2"), (str(paths[0]), "NSG", "1"),
        (str(paths[0]), "NIC", "1"), (str(paths[1]), "", "0"),
    ]  # fmt: skip
    assert "'10.0.0.0/33' is not a CIDR prefix" in rows(printed)[-1]["finding"]
    status, printed, _ = run("inventory", paths[0], "--format", "json", "--store", tmp_path / "none.duckdb")
    assert (status, [row["kind"] for row in json.loads(printed)]) == (0, ["VNet", "subnets", "NSG", "NIC"])
    assert not (tmp_path / "none.duckdb").exists()


def test_nothing_readable_is_status_2(run, files, tmp_path):
    store = tmp_path / "none.duckdb"
    status, printed, _ = run("inventory", *files(a="{", b={"records": []}), "--store", store, "--save")
    assert status == 2
    assert len(rows(printed)) == 2
    assert not store.exists()
    status, _, said = run("inventory", tmp_path / "missing.json", "--store", store)
    assert (status, "missing.json cannot be read" in said) == (2, True)
    assert run("inventory", "--save", "--store", store)[0] == 2


def test_it_is_kept_shown_and_forgotten(run, files, logged):
    (path,) = files(nsgs=TWO_NSGS)
    assert run("inventory", path, "--save", "--store", logged)[0] == 0
    assert [row["kind"] for row in rows(run("inventory", "--store", logged)[1])] == ["NSGs"]
    names = [row["nsg"] for row in rows(run("summarize", "--by", "nsg", "--store", logged)[1])]
    assert sorted(names) == ["RG1/nsg-default", "RG2/nsg-default"]
    status, _, said = run("denied", "--nsg", "nsg-default", "--store", logged)
    assert (status, all(str(each["id"]) in said for each in TWO_NSGS)) == (2, True)
    assert run("inventory", "--forget", "unknown", "--store", logged)[0] == 2
    assert run("inventory", "--forget", path, "--store", logged)[0] == 0
    assert kept.load(LocalStore(logged)).files == ()


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "given"])
def test_nsgs_of_one_name_are_each_judged_by_their_own_flows(run, files, logged, is_kept):
    """Names are kept for the logs in either case, so the log's guids are shown as something else than the file's."""
    (path,) = files(nsgs=[{**each, "securityRules": [{**network.RULE, "name": "App"}]} for each in TWO_NSGS])
    assert run("inventory", path, "--save", "--store", logged)[0] == 0
    given = () if is_kept else ("--rules", path)
    labels = ["RG1/nsg-default", "RG2/nsg-default"]
    _, replayed, said = run("rules", "replay", "--store", logged, *given)
    assert sorted((row["decided_at"], row["destination_ip"]) for row in rows(replayed)) == [
        (labels[0], "10.1.0.9"),
        (labels[1], "10.2.0.9"),
    ]
    assert "holds no flow" not in said
    audited = rows(run("rules", "audit", "--store", logged, *given)[1])
    assert list(dict.fromkeys(row["nsg"] for row in audited)) == labels
    hits = [(row["nsg"], row["hits"]) for row in audited if row["name"] == "App"]
    assert hits == [(label, "1") for label in labels]


def test_nsgs_of_one_name_are_told_apart_in_what_is_said_of_them(run, files, logged):
    (before,) = files(before=TWO_NSGS)
    broken = [{**each, "securityRules": [{**network.RULE, "priority": "first"}]} for each in TWO_NSGS]
    (after,) = files(after=broken)
    _, _, said = run("rules", "diff", before, after)
    (about,) = [line for line in said.splitlines() if "is incomplete" in line]
    assert about.startswith("nsgflow: note: RG1/nsg-default is incomplete: 1 of its rules")
    assert about.endswith("The same of RG2/nsg-default.")
    assert "RG1/nsg-default: " in said
    _, printed, said = run("rules", "coverage", "--store", logged, "--rules", before)
    assert [row["nsg"] for row in rows(printed)] == ["RG1/nsg-default", "RG2/nsg-default"]


def test_import_keeps_what_it_is_given(run, files, logged, tmp_path):
    (path,) = files(vnets=TWO_VNETS)
    status, printed, _ = run("import", tmp_path / "0.log", "--store", logged, "--inventory", path)
    assert status == 0
    assert printed.splitlines()[-1] == f"Kept with {logged}: 2 VNets, 2 subnets of {path}."
    assert [row["source"] for row in rows(run("summarize", "--by", "source", "--store", logged)[1])] == [
        "A/RG/main/app"
    ]


def test_a_name_that_two_subnets_share_is_refused_with_their_labels(run, files, logged):
    (path,) = files(vnets=TWO_VNETS)
    asked: tuple[tuple[str, ...], ...] = (
        ("denied", "--src", "!app"),
        ("rules", "draft", "--direction", "Inbound", "--subnet", "app"),
    )
    for words in asked:
        status, _, said = run(*words, "--store", logged, "--inventory", path)
        assert (status, "Several subnets are named 'app': A/RG/main/app, B/RG/main/app." in said) == (2, True)
    words = ("summarize", "--by", "port", "--dst", "B/RG/main/app", "--store", logged, "--inventory", path)
    assert [row["flows"] for row in rows(run(*words)[1])] == ["1"]


def test_one_of_two_subnets_that_share_a_prefix_is_refused_with_the_label_of_both(run, files, logged):
    twins = json.loads(json.dumps(TWO_VNETS).replace("10.2.", "10.1."))
    (path,) = files(vnets=twins)
    for words in (("required-ports", "--dst"), ("rules", "draft", "--direction", "Inbound", "--subnet")):
        status, _, said = run(*words, "A/RG/main/app", "--store", logged, "--inventory", path)
        assert (status, "Ask for 'A/RG/main/app or B/RG/main/app'." in said) == (2, True)


def test_a_draft_finds_its_nsg_among_several_by_id_and_refuses_a_shared_name(run, files, logged):
    vnets, nsgs = files(vnets=TWO_VNETS, nsgs=TWO_NSGS)
    draft = ("rules", "draft", "--direction", "Inbound", "--store", logged, "--subnets", vnets)
    for option in ("--rules", "--inventory", "--nsg-names"):
        status, _, said = run(*draft, "--nsg", "nsg-default", option, nsgs)
        assert (status, "NSGs" in said, "'nsg-default': " in said) == (2, True, True)
        assert "RG1" in said
        assert "RG2" in said
    for wanted in (GUIDS[1], TWO_NSGS[1]["id"], str(TWO_NSGS[1]["id"]).upper()):
        status, printed, _ = run(*draft, "--nsg", wanted, "--rules", nsgs)
        assert (status, [row["flows"] for row in rows(printed)][:1]) == (0, ["1"])


def test_a_draft_for_a_subnet_takes_the_nsg_that_is_set_on_it(run, files, logged):
    home = vnet("main", "10.1.0.0/16", app="10.1.0.0/24")
    guard = nsg("guard", 0, securityRules=[{**network.RULE, "priority": "first"}])
    home["subnets"][0]["networkSecurityGroup"] = {"id": guard["id"]}
    paths = files(vnets=[home], nsgs=[nsg("another", 1), guard])
    words = ("rules", "draft", "--direction", "Inbound", "--store", logged, "--subnet", "app", "--inventory", *paths)
    status, printed, said = run(*words)
    assert status == 0
    assert [row["flows"] for row in rows(printed)][:1] == ["1"]
    assert "guard is incomplete: 1 of its rules could not be used" in said
    assert said.count("'priority' is 'first'") == 1


def test_a_file_of_another_kind_than_the_option_wants_is_refused_by_name(run, files, logged):
    vnets, nsgs = files(vnets=TWO_VNETS, nsgs=[nsg("a", 0)])
    audit = ("rules", "audit", "--store", logged)
    for words, part in (
        (("denied", "--subnets", nsgs, "--store", logged), "holds 1 NSG, and no subnet"),
        (("denied", "--nsg-names", vnets, "--store", logged), "holds 2 VNets, 2 subnets, and no name of an NSG"),
        ((*audit, "--rules", vnets), "holds 2 VNets, 2 subnets, and no network security group"),
        ((*audit, "--rules", nsgs, "--nics", vnets), "holds 2 VNets, 2 subnets, and no NIC"),
        ((*audit, "--rules", nsgs, "--service-tags", nsgs), "holds 1 NSG, and no service tag"),
        (audit, "No file given holds a network security group, and none is kept"),
    ):
        status, _, said = run(*words)
        assert (status, part in said) == (2, True), said
    assert run(*audit, "--inventory", vnets, nsgs)[0] == 0


def test_virtual_network_of_an_nsg_is_not_a_vnet_that_is_not_peered(run, files, tmp_path):
    lines = [TUPLE.format(source=source, destination="10.2.0.9") for source in ("10.1.0.4", "10.2.0.7")]
    (tmp_path / "PT1H.json").write_bytes(whole_blob([vnet_record(lines, acl=GUIDS[1], rule="UserRule_once")]))
    store = tmp_path / "flows.duckdb"
    assert run("import", tmp_path / "PT1H.json", "--store", store)[0] == 0
    guard = nsg("db", 1, subnets=[{"id": "/x/subnets/app"}])
    home = {**TWO_VNETS[1], "subnets": [{"id": "/x/subnets/app", "name": "app", "addressPrefix": "10.2.0.0/24"}]}
    vnets, nsgs = files(vnets=[TWO_VNETS[0], home], nsgs=[guard])
    replay = ("rules", "replay", "--store", store, "--rules", nsgs)
    expected = {"10.1.0.4": "newly-denied", "10.2.0.7": "still-allowed"}
    for given in (("--subnets", vnets), ("--inventory", vnets)):
        assert {row["source_ip"]: row["outcome"] for row in rows(run(*replay, *given)[1])} == expected
    assert run("inventory", vnets, "--save", "--store", store)[0] == 0
    assert {row["source_ip"]: row["outcome"] for row in rows(run(*replay)[1])} == expected


def test_whether_a_store_keeps_an_inventory_is_asked_without_opening_it_for_its_maps(tmp_path, monkeypatch):
    store = LocalStore(tmp_path / "flows.duckdb")
    store.save_setting(kept.INVENTORY_SETTING, "")
    monkeypatch.setattr(LocalStore, "subnets", property(lambda _: pytest.fail("reads the subnet map")))
    assert kept_with(store) == Inventory()
