"""The rules commands, with all that the Rules page can do, on one NSG whose present rules are known."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from nsgflow_core import COMMAND
from nsgflow_core.inventory.rule import Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.things.rule_sets import read_rule_sets, write_rule_set
from nsgflow_core.rules.draft.draft import Scope
from nsgflow_core.rules.review.decisions import Approval, Decisions, RuleDecision
from nsgflow_core.rules.review.kept import save_decisions, write_decisions
from nsgflow_core.stores.local.store import LocalStore
from tests.commands.conftest import Run
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import START, store_of
from tests.rules.draft.drafts import IN

SSH, WEB = "allow-10.0.1.4-to-10.0.2.8-tcp-22", "allow-10.0.3.4-to-10.0.2.8-tcp-443"
DRAFT = ("--nsg", "app-nsg", "--direction", "inbound")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SSH on eight days, web on the last two of them, one high port, one public client."""
    file = tmp_path_factory.mktemp("flows") / "flows.duckdb"
    rows = daily("10.0.1.4", "10.0.2.8", 22) + daily("10.0.3.4", "10.0.2.8", 443)[6:]
    rows += daily("10.0.1.5", "10.0.2.9", 50_002, days=1) + daily(
        "52.1.2.3", "10.0.2.8", 8443, rule="https", kind="User"
    )
    store_of(file, rows, SUBNETS)
    return file


@pytest.fixture(scope="module")
def nsg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Port 22 open by hand under the drafted name, an old rule open to all, and a deny."""

    def rule(name: str, priority: int, access: Access, ports: PortRange) -> Rule:
        return Rule(name, priority, IN, access, "Tcp", ("10.0.0.0/16",), ("10.0.2.0/24",), (ports,))

    rules = (
        rule(SSH, 300, Access.ALLOW, PortRange(22, 22)),
        rule("old", 310, Access.ALLOW, PortRange(0, 65_535)),
        rule("no-telnet", 200, Access.DENY, PortRange(23, 23)),
    )
    file = tmp_path_factory.mktemp("nsg") / "nsg.json"
    file.write_text(write_rule_set(RuleSet("app-nsg", rules)))
    return file


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def names(text: str) -> list[str]:
    return [row["name"] for row in table(text)]


def test_the_choices_of_the_page_move_the_draft(store: Path, run: Run) -> None:
    def drafted(*more: object) -> str:
        return run("rules", "draft", "--store", store, *DRAFT, *more)[1]

    plain = drafted()
    assert "Internet" not in plain
    assert "Internet" in drafted("--internet", "always")
    assert "50002" in drafted("--keep-ephemeral")
    assert "50002" not in plain
    assert "allow-icmp-vnet-inbound" in drafted("--allow-icmp")
    assert "10.0.1.0/24" in drafted("--subnet-threshold", 1)
    assert "10.0.1.0/24" not in plain
    outbound = ("--nsg", "app-nsg", "--direction", "Outbound", "--close-internet", "--allow-icmp")
    assert names(run("rules", "draft", "--store", store, *outbound)[1]) == [], "nothing seen, nothing closed"
    with pytest.raises(SystemExit, match="2"):
        run("rules", "draft", "--store", store, *DRAFT, "--subnet-threshold", 0)


def test_closing_the_way_out_is_for_outbound(tmp_path: Path, run: Run) -> None:
    file = tmp_path / "out.duckdb"
    store_of(file, daily("10.0.2.8", "52.1.2.3", 443, direction="Outbound"), SUBNETS)
    words = ("rules", "draft", "--store", file, "--nsg", "app-nsg", "--direction", "Outbound")
    assert "deny-internet-outbound-tcp" in run(*words, "--close-internet")[1]
    _, printed, said = run(*words)
    assert "deny-internet" not in printed
    assert "Leave it open for all others?" in said
    assert "Opened per seen, in addresses and ports: 1×." in said


def test_a_plan_says_what_the_draft_changes(store: Path, nsg: Path, run: Run) -> None:
    status, printed, said = run("rules", "plan", "--store", store, *DRAFT, "--rules", nsg)
    actions = {row["name"]: row["action"] for row in table(printed)}
    assert status == 0
    assert (actions[SSH], actions[WEB], actions["old"], actions["no-telnet"]) == ("change", "add", "remove", "keep")
    assert "app-nsg: 5 to add, 1 to change, 1 to remove, 1 stay." in said
    for none in ((), ("--rules", "none")):
        status, printed, said = run("rules", "plan", "--store", store, *DRAFT, *none)
        assert (status, printed) == (2, "")
        assert "Which NSG guards app-nsg is not known" in said
        assert f"{COMMAND} inventory --save FILE" in said


def test_a_draft_as_csv_lists_no_rule_that_goes(store: Path, nsg: Path, run: Run) -> None:
    status, printed, said = run("rules", "draft", "--store", store, *DRAFT, "--rules", nsg, "--format", "csv")
    assert status == 0
    assert "old" not in names(printed), "a reader would take it for a rule that stands"
    assert {row["plan"] for row in table(printed)} <= {"add", "change", "keep"}
    assert "Removes old" in said


def test_a_plan_for_a_subnet_names_the_others_of_its_nsg(store: Path, nsg: Path, tmp_path: Path, run: Run) -> None:
    document = json.loads(nsg.read_text())
    document["subnets"] = [{"id": f"/subscriptions/s/x/virtualNetworks/hub/subnets/{name}"} for name in ("app", "db")]
    wide = tmp_path / "wide.json"
    wide.write_text(json.dumps(document))
    words = ("rules", "plan", "--store", store, "--subnet", "app", "--direction", "Inbound", "--rules", wide)
    assert "app-nsg serves more than app: it is also set on db, whose" in run(*words)[2]


def test_a_plan_for_a_subnet_names_those_that_a_listing_of_vnets_alone_tells(
    store: Path, nsg: Path, tmp_path: Path, run: Run
) -> None:
    """Where the NSG's own file names no subnet, none of the others was replayed."""
    reference = {"id": json.loads(nsg.read_text()).get("id") or "app-nsg"}
    places = [
        {"name": name, "addressPrefix": f"10.0.{at}.0/24", "networkSecurityGroup": reference}
        for name, at in (("app", 2), ("db", 3))
    ]
    vnets = tmp_path / "vnets.json"
    vnets.write_text(json.dumps([{"name": "hub", "id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/"
        "virtualNetworks/hub", "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": places}]))  # fmt: skip
    words = ("rules", "plan", "--store", store, "--subnet", "app", "--direction", "Inbound", "--rules", nsg)
    assert "app-nsg serves more than app: it is also set on db, whose" in run(*words, "--inventory", vnets)[2]


@pytest.mark.parametrize("rows", [[], daily("168.63.129.16", "10.0.2.8", 443)])
def test_without_traffic_a_plan_and_its_script_remove_nothing(
    rows: list[dict[str, object]], nsg: Path, tmp_path: Path, run: Run
) -> None:
    file = tmp_path / "quiet.duckdb"
    store_of(file, rows + daily("10.0.1.4", "10.0.2.8", 22, nsg="other-nsg"), SUBNETS)
    words = ("--store", file, *DRAFT, "--rules", nsg)
    actions = [row["action"] for row in table(run("rules", "plan", *words)[1])]
    assert actions == ["add"] * bool(rows) + ["keep"] * 3
    script = run("rules", "draft", *words, "--format", "az")[1]
    assert "rule delete" not in script.split("undo() {")[0]


def test_decisions_of_the_page_are_taken_from_a_file_or_as_kept(store: Path, tmp_path: Path, run: Run) -> None:
    decisions = Decisions().with_rules(
        RuleDecision(SSH, Approval.REJECT), RuleDecision(WEB, Approval.ACCEPT, "web-in", ports=("80",))
    )
    file = tmp_path / "decisions.json"
    file.write_text(write_decisions(decisions), encoding="utf-8-sig")
    words = ("rules", "draft", "--store", store, *DRAFT, "--decisions")
    status, printed, said = run(*words, file)
    assert status == 0
    assert SSH not in names(printed)
    assert next(row for row in table(printed) if row["name"] == "web-in")["ports"] == "80, 443"
    assert f"Rejected: {SSH}." in said
    assert SSH in names(run(*words, "kept")[1])
    kept = LocalStore(store)
    save_decisions(kept, Scope(nsg="app-nsg"), IN, decisions)
    assert run(*words, "kept")[1] == printed
    save_decisions(kept, Scope(nsg="app-nsg"), IN, Decisions())
    file.write_text("no decisions")
    status, printed, said = run(*words, file)
    assert (status, printed) == (2, "")
    assert "cannot be read" in said


def test_the_undo_restores_a_rule_of_the_same_name_set_by_hand(store: Path, nsg: Path, run: Run) -> None:
    words = ("rules", "draft", "--store", store, *DRAFT, "--rules", nsg, "--format", "az")
    for part in ((), ("--part", "changes"), ("--part", "all")):
        script = run(*words, *part)[1]
        undo = script.split("undo() {")[1]
        assert re.search(rf"rule create .*--name {SSH} --priority 300 .*10\.0\.0\.0/16", undo)
        assert f"delete --resource-group my-resource-group --nsg-name app-nsg --name {SSH}" not in undo
        assert ("--name old" in script) == (part != ("--part", "all"))


def test_other_formats_write_every_rule_unless_told(store: Path, nsg: Path, run: Run) -> None:
    words = ("rules", "draft", "--store", store, *DRAFT, "--format", "terraform")
    plain, known = run(*words)[1], run(*words, "--rules", nsg)[1]
    count = 'resource "azurerm_network_security_rule"'
    assert known.count(count) == plain.count(count) == 6
    assert f"securityRules/{SSH}" in known.split("import {")[1]
    assert "az network nsg rule delete" in known.split('"terraform_data"')[1]
    same = run("rules", "draft", "--store", store, *DRAFT, "--format", "json")[1]
    nsg_as_drafted = nsg.with_name("same.json")
    nsg_as_drafted.write_text(same)
    assert count not in run(*words, "--rules", nsg_as_drafted, "--part", "changes")[1]


def test_the_dial_as_a_table(store: Path, run: Run) -> None:
    points = table(run("rules", "dial", "--store", store, *DRAFT, "--exactness", 0.6)[1])
    assert [row["exactness"] for row in points] == ["1.0", "0.9", "0.75", "0.6", "0.4", "0.2", "0.0"]
    assert [row["name"] for row in points if row["chosen"] == "True"] == ["host groups"]
    assert float(points[0]["over_permission"]) == 1 < float(points[-1]["over_permission"])


def test_a_held_out_day_shows_what_a_draft_from_before_would_cut(store: Path, run: Run) -> None:
    status, printed, said = run("rules", "held-out", "--store", store, *DRAFT)
    outcomes = {(row["port"], row["outcome"]): row["flows"] for row in table(printed)}
    assert outcomes == {("22", "still-allowed"): "1", ("443", "still-allowed"): "1", ("8443", "still-allowed"): "1"}
    day = said.split("replayed on ")[1][:10]
    assert "100.00% of that day's allowed flows would pass." in said
    first = START.date()
    earlier = run("rules", "held-out", "--store", store, *DRAFT, "--day", first.replace(day=first.day + 6))
    assert {row["port"]: row["outcome"] for row in table(earlier[1])} == {
        "22": "still-allowed",
        "443": "newly-denied",
        "8443": "still-allowed",
    }
    assert "66.67% of that day's" in earlier[2]
    assert day not in earlier[2]
    for wrong, why in ((first, "cannot be held out"), ("someday", "no day")):
        status, printed, said = run("rules", "held-out", "--store", store, *DRAFT, "--day", wrong)
        assert (status, printed) == (2, "")
        assert why in said


def test_a_draft_against_the_rules_as_they_are(store: Path, nsg: Path, tmp_path: Path, run: Run) -> None:
    file = tmp_path / "draft.json"
    file.write_text(run("rules", "draft", "--store", store, *DRAFT, "--format", "json")[1])
    assert read_rule_sets(file.read_text())[0].name == "app-nsg"
    words = ("rules", "replay", "--store", store, "--rules", nsg)
    found = table(run(*words, "--draft", file)[1])
    assert [(row["port"], row["existing_outcome"], row["draft_outcome"]) for row in found] == [
        ("8443", "newly-denied", "still-allowed"),
        ("50002", "still-allowed", "newly-denied"),
    ]
    subnet = ("--subnet", "app", "--direction", "Inbound", "--format", "json")
    file.write_text(run("rules", "draft", "--store", store, *subnet)[1])
    assert table(run(*words, "--draft", file)[1]) == found, "a subnet's draft, tried on what the NSG logged"
    wrong = table(run(*words, "--disagreements")[1])
    assert [(row["port"], row["outcome"]) for row in wrong] == [("8443", "newly-denied")]
    assert wrong[0]["reason"]


def test_an_nsg_that_the_log_knows_by_its_guid_is_found_by_the_name_in_its_rules(tmp_path: Path, run: Run) -> None:
    guid = "11111111-1111-4111-8111-111111111111"
    place = tmp_path / "f.duckdb"
    rows = [each | {"nsg": guid, "nsg_id": guid} for each in daily("10.0.1.4", "10.0.2.8", 8443)]
    store_of(place, rows, SUBNETS)
    file = tmp_path / "nsg.json"
    file.write_text(write_rule_set(RuleSet("by-name", (), resource_guid=guid.upper())))
    words = ("rules", "plan", "--store", place, "--nsg", "by-name", "--direction", "Inbound", "--rules", file)
    assert "deny-vnet-inbound-tcp" in names(run(*words)[1])


def test_service_tags_are_asked_about_answered_and_written_on_demand(tmp_path: Path, run: Run) -> None:
    file, tags = tmp_path / "out.duckdb", tmp_path / "tags.json"
    store_of(file, daily("10.0.2.8", "20.60.0.4", 443, direction="Outbound"), SUBNETS)
    tag = {"name": "Storage.WestEurope", "properties": {"addressPrefixes": ["20.60.0.0/24"]}}
    tags.write_text(json.dumps({"values": [{"id": tag["name"], **tag}]}))
    about = ("--store", file, "--nsg", "app-nsg", "--direction", "Outbound", "--service-tags", tags)
    _, printed, said = run("rules", "draft", *about)
    assert "Storage.WestEurope" not in printed
    assert "the public destination lies in Storage.WestEurope (256 addresses)" in said
    assert "Storage.WestEurope" in run("rules", "draft", *about, "--service-tags-as", "use")[1]
    (question,) = (
        each for each in json.loads(run("rules", "questions", *about, "--format", "json")[1])
        if each["kind"] == "service-tag"
    )  # fmt: skip
    assert run("rules", "answer", question["id"], "--allow", *about, "--by", "Ann")[0] == 0
    for form in ("az", "terraform", "bicep", "arm", "csv", "json"):
        code, printed, _ = run("rules", "draft", *about, "--decisions", "kept", "--format", form)
        assert (code, "Storage.WestEurope" in printed) == (0, True), form
