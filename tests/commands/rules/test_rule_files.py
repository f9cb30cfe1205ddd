"""Which NSG of a file the commands take, and what they say where that is not clear."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

import pytest

from nsgflow_core.commands.rules.rule_files import existing_rules
from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.local.store import LocalStore
from tests.commands.conftest import Run
from tests.estates.daily import daily
from tests.estates.flows import store_of

GUIDS = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
PATH = "/subscriptions/s/resourceGroups/{}/providers/Microsoft.Network/networkSecurityGroups/{}"
DENY = {
    "name": "deny-it", "priority": 100, "direction": "Inbound", "access": "Deny", "protocol": "*",
    "sourceAddressPrefix": "10.0.1.4", "sourcePortRange": "*",
    "destinationAddressPrefix": "*", "destinationPortRange": "*",
}  # fmt: skip


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Flows of two NSGs of one name in two groups, one logged by its guid and one by its id, and of a third."""
    file = tmp_path_factory.mktemp("two") / "flows.duckdb"
    store_of(
        file,
        daily("10.0.1.4", "10.0.2.8", 443, nsg=GUIDS[0])
        + daily("10.0.3.4", "10.0.2.9", 22, nsg=PATH.format("RG2", "NSG-DEFAULT").upper())
        + daily("10.0.5.4", "10.0.2.9", 22, nsg=GUIDS[1]),
        SubnetMap(),
    )
    return file


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """The first of them, which denies the flow that its log still allows."""
    nsg = {"name": "nsg-default", "id": PATH.format("RG1", "nsg-default"), "resourceGuid": GUIDS[0]}
    (file := tmp_path / "nsg.json").write_text(json.dumps(nsg | {"securityRules": [DENY]}))
    return file


@pytest.mark.parametrize("option", ["--inventory", "--rules"])
@pytest.mark.parametrize(
    "named", ["nsg-default", "RG1/nsg-default", "rg1/NSG-default", "s/RG1/nsg-default", GUIDS[0], "/", GUIDS[0].upper()]
)
def test_whatever_way_finds_the_flows_of_an_nsg_finds_its_rules(run: Run, two: Path, first: Path, option, named):
    """A label of the logs (RG1/nsg-default, as two have the name) found flows and no rules: the deny was reopened."""
    named = PATH.format("rg1", "nsg-default") if named == "/" else named
    status, out, said = run(
        "rules", "draft", "--store", two, "--nsg", named, "--direction", "inbound", option, first
    )  # fmt: skip
    assert (status, out.count("\n")) == (0, 1)
    assert "is denied by deny-it in the rules as they are" in said


@pytest.mark.parametrize("named", ["RG2/nsg-default", GUIDS[1], "nsg-defalt", PATH.format("RG2", "nsg-default")])
@pytest.mark.parametrize("command", [("draft",), ("plan",), ("questions",), ("held-out",)])
def test_the_rules_of_another_nsg_are_never_taken_for_its_own(run: Run, two: Path, first: Path, command, named):
    status, out, said = run(
        "rules", *command, "--store", two, "--nsg", named, "--direction", "inbound", "--rules", first
    )  # fmt: skip
    assert (status, out) == (2, "")
    assert f"holds nsg-default, which is not {named}" in said
    assert "--nsg nsg-default" in said


def test_what_a_loaded_name_calls_an_nsg_is_that_nsg(run: Run, two: Path, first: Path, tmp_path: Path) -> None:
    (names := tmp_path / "names.csv").write_text(f"acl_id,name\n{GUIDS[0]},our shop\n")
    status, _, said = run(
        "rules", "draft", "--store", two, "--nsg", "our shop", "--direction", "inbound", "--rules", first,
        "--nsg-names", names,
    )  # fmt: skip
    assert status == 0
    assert "is denied by deny-it in the rules as they are" in said


def test_an_nsg_of_which_files_tell_less_may_be_the_one(run: Run, two: Path, tmp_path: Path) -> None:
    """A template knows neither id nor guid; a subnet's NSG that no file names is said to be taken for it."""
    (file := tmp_path / "nsg.json").write_text(json.dumps({"name": "nsg-default", "securityRules": [DENY]}))
    for named in (GUIDS[0], "RG1/nsg-default"):
        status, _, said = run(
            "rules", "draft", "--store", two, "--nsg", named, "--direction", "inbound", "--rules", file
        )  # fmt: skip
        assert status == 0, said
    status, _, said = run(
        "rules", "draft", "--store", two, "--subnet", "10.0.2.0/24", "--direction", "inbound", "--rules", file
    )  # fmt: skip
    assert status == 0
    assert "No file says which NSG guards 10.0.2.0/24: nsg-default is taken to be it." in said


def test_nsgs_of_one_name_are_offered_by_names_that_tell_them_apart(tmp_path: Path) -> None:
    path = "/subscriptions/s/resourceGroups/{}/providers/Microsoft.Network/networkSecurityGroups/nsg-default"
    held = [{"name": "nsg-default", "id": path.format(group), "securityRules": []} for group in ("rg1", "rg2")]
    (file := tmp_path / "nsgs.json").write_text(json.dumps(held))
    asked = Namespace(rules=file, inventory=[], subnets=None, nsg_names=None, service_tags=None, store=None)
    with pytest.raises(BadInventory) as refused:
        existing_rules(asked, Scope(nsg="nsg-app"), LocalStore(tmp_path / "none.duckdb"))
    assert "rg1/nsg-default, rg2/nsg-default" in refused.value.hint


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (("--nsg", "NSG-DEFALT"), "No NSG is called NSG-DEFALT in the flows and files here. Did you mean "),
        (("--nsg", "default"), "No NSG is called default in the flows and files here. Did you mean NSG-DEFAULT?"),
        (("--nsg", "xyz"), "No NSG is called xyz in the flows and files here. There are "),
        (("--subnet", "10.0.9.0/24"), "No subnet is called 10.0.9.0/24 in the flows and files here."),
        (("--nsg", GUIDS[1]), ""),
        (("--subnet", "10.0.2.0/24"), ""),
        (("--subnet", "10.0.2.0/25"), ""),
        (("--subnet", "10.0.0.0/16"), ""),
    ],
)
@pytest.mark.parametrize("command", [("draft",), ("held-out", "--day", "last")])
def test_a_name_that_nobody_knows_is_said(run: Run, two: Path, command, scope, said):
    status, _, notes = run("rules", *command, "--store", str(two), *scope, "--direction", "inbound")
    assert status == (2 if said else 0)
    assert (said in notes) if said else ("is called" not in notes)


@pytest.mark.parametrize("command", ["audit", "replay", "coverage"])
@pytest.mark.parametrize(
    ("asked", "left"),
    [
        (("nsg-default",), {"nsg-default"}),
        ((GUIDS[0].upper(), "third"), {"nsg-default", "third"}),
        (("nsg-default,third",), {"nsg-default", "third"}),
        (("!nsg-default",), {"third"}),
    ],
)
def test_of_the_nsgs_of_a_file_only_those_asked_for_are_judged(
    run: Run, tmp_path: Path, command: str, asked: tuple[str, ...], left: set[str]
) -> None:
    """What the others logged is left out by --nsg: each of their rules was said never to have been hit."""
    rows = daily("10.0.1.4", "10.0.2.8", 443, nsg=GUIDS[0]) + daily("10.0.5.4", "10.0.2.9", 22, nsg=GUIDS[1])
    store_of(store := tmp_path / "flows.duckdb", rows, SubnetMap())
    names = dict(zip(("nsg-default", "third"), GUIDS, strict=True))
    nsgs = [
        {
            "name": name,
            "id": PATH.format("rg", name),
            "resourceGuid": guid,
            "securityRules": [{**DENY, "name": f"of-{name}"}],
        }
        for name, guid in names.items()
    ]
    (file := tmp_path / "nsgs.json").write_text(json.dumps(nsgs))
    words = [word for each in asked for word in ("--nsg", each)]
    _, out, said = run("rules", command, "--store", store, "--rules", file, *words)
    told = {name for name in names if name in (out if command == "audit" else out + said)}
    assert told == left


@pytest.mark.parametrize("is_whole", [True, False])
@pytest.mark.parametrize("gate", ["diff", "intents", "path", "replay"])
def test_no_gate_is_passed_by_rules_of_which_one_could_not_be_read(
    gate: str, is_whole: bool, run: Run, tmp_path: Path
) -> None:
    """Nobody knows what that rule decides: each of them was green, with a note beside it."""
    opens = DENY | {"name": "open-it", "access": "Allow", "sourceAddressPrefix": "10.0.1.0/24"}
    lost = opens | {"name": "lost", "priority": 200 if is_whole else 90}
    subnet = {"name": "app", "addressPrefix": "10.0.2.0/24", "networkSecurityGroup": {"id": PATH.format("RG1", "app")}}
    vnet = {"name": "v", "id": "/s/virtualNetworks/v", "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}
    nsg = {"name": "app", "id": PATH.format("RG1", "app"), "resourceGuid": GUIDS[0], "securityRules": [opens]}
    network, rules, wanted = tmp_path / "network.json", tmp_path / "rules.json", tmp_path / "wanted.txt"
    network.write_text(json.dumps([vnet | {"subnets": [subnet]}, nsg]))
    rules.write_text(json.dumps([nsg | {"securityRules": [opens, lost]}]))
    wanted.write_text("must: 10.0.1.4 -> 10.0.2.8 443\n")
    store_of(file := tmp_path / "flows.duckdb", daily("10.0.1.4", "10.0.2.8", 443, nsg=GUIDS[0]), SubnetMap())
    words: dict[str, tuple[object, ...]] = {
        "diff": (rules, rules, "--inventory", network),
        "intents": (wanted, "--rules", rules, "--no-traffic", "--inventory", network),
        "path": ("10.0.1.4", "10.0.2.8", "TCP", 443, "--rules", rules, "--store", file, "--inventory", network),
        "replay": ("--rules", rules, "--check", "--store", file, "--inventory", network),
    }
    status, printed, said = run("rules", gate, *words[gate])
    assert status == (0 if is_whole else 1), said
    assert ("app is incomplete: 1 of its rules could not be used" in printed + said) is not is_whole
