"""What to do next about each NSG flow log, by the files or by what arrived, and when a log counts as silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.coverage.truth import Truth, find_truth
from tests.coverage.estate import HOURS, Estate, arm, estate, flow_log, vnet_id

BOTH = ("app1", "app2")


def _truth(made: Estate, folder: Path) -> Truth:
    return find_truth(made.store(folder / "f.duckdb"), FlowFilter(), made.inventory())


def _next_steps(truth: Truth) -> dict[str, str]:
    steps = truth.migration()
    return dict(zip(steps["flow_log"], steps["next_step"], strict=True))


def _kinds(truth: Truth, word: str) -> list[str]:
    return [each.kind.key for each in truth.found if word in each.subject]


def _logged_by_nsg(made: Estate, *, beside: bool = False) -> str:
    """The app subnet's NSG of v00 logs its machines, in place of the VNet or beside it."""
    nsg = str(made.nsgs["v00-app"]["id"])
    for name in BOTH:
        logs = made.machines[f"v00-{name}"].logs
        made.machines[f"v00-{name}"].logs = [*(logs if beside else []), ("NSG", nsg.lower())]
    return nsg


@pytest.mark.parametrize(
    ("beside", "only_nsg", "says"),
    [
        (False, False, "switch on a VNet flow log on v00"),
        (True, False, "switch it off"),
        (True, True, "look into the flows that it alone has"),
    ],
)
def test_each_nsg_flow_log_says_what_to_do_next(tmp_path: Path, beside: bool, only_nsg: bool, says: str) -> None:
    made = estate(1)
    made.logs["nsg"] = flow_log("nsg-log", _logged_by_nsg(made, beside=beside))
    if not beside:
        del made.logs["v00"]
        made.machines["v00-db1"].logs = []
    if only_nsg:
        made.only_nsg.append(("v00-app2", "v00-db1", 3306))
    assert _next_steps(_truth(made, tmp_path)) == {"nsg-log": says}


def test_a_vnet_flow_log_of_which_nothing_arrived_is_to_be_compared(tmp_path: Path) -> None:
    made = estate(1)
    made.logs["nsg"] = flow_log("nsg-log", _logged_by_nsg(made))
    made.machines["v00-db1"].logs = []
    assert _next_steps(_truth(made, tmp_path)) == {"nsg-log": "import some days of both, and compare"}


def test_a_flow_log_of_an_nsg_that_stands_nowhere_needs_a_successor_all_the_same(tmp_path: Path) -> None:
    made = estate(1)
    made.logs["nsg"] = flow_log("nsg-log", arm("networkSecurityGroups", "of-another-subscription"))
    truth = _truth(made, tmp_path)
    assert _next_steps(truth) == {"nsg-log": "switch on a VNet flow log"}
    assert "nsg-log-alone" in _kinds(truth, "nsg-log")


@pytest.mark.parametrize(("silent_for", "is_on"), [(0, True), (23, True), (24, False)])
def test_a_flow_log_that_no_file_tells_is_on_while_its_entries_come(
    tmp_path: Path, silent_for: int, is_on: bool
) -> None:
    """An hour of its last entries ends `silent_for` hours before that of the estate's last ones."""
    made = estate(1)
    _logged_by_nsg(made)
    for name in BOTH:
        made.machines[f"v00-{name}"].silent = set(range(HOURS - silent_for, HOURS))
    assert list(_next_steps(_truth(made, tmp_path))) == (["of nsg-v00-app"] if is_on else [])


def test_what_names_no_target_is_no_flow_log_of_its_own(tmp_path: Path) -> None:
    """Traffic Analytics and copies without their paths tell no target."""
    made = estate(1)
    for name in BOTH:
        made.machines[f"v00-{name}"].logs = [("NSG", "")]
    assert _next_steps(_truth(made, tmp_path)) == {}


@pytest.mark.parametrize("guards", ["subnet", "NIC"])
def test_a_flow_log_on_the_subnet_follows_that_of_an_nsg_there(tmp_path: Path, guards: str) -> None:
    made = estate(1)
    nsg = _logged_by_nsg(made, beside=True)
    if guards == "NIC":
        made.vnets["v00"]["subnets"][0].pop("networkSecurityGroup")
        for name in BOTH:
            made.machines[f"v00-{name}"].nsg = nsg
    for part, names in (("app", BOTH), ("db", ("db1",))):
        subnet = f"{vnet_id('v00')}/subnets/{part}"
        made.logs[part] = flow_log(f"{part}-log", subnet)
        for name in names:
            kept = [each for each in made.machines[f"v00-{name}"].logs if each[0] == "NSG"]
            made.machines[f"v00-{name}"].logs = [*kept, ("VNet", subnet)]
    del made.logs["v00"]
    made.logs["nsg"] = flow_log("nsg-log", nsg)
    truth = _truth(made, tmp_path)
    assert _next_steps(truth) == {"nsg-log": "switch it off"}
    assert _kinds(truth, "nsg-log") == ["double-log"]


@pytest.mark.parametrize(("hours", "is_missed"), [(5, False), (6, True)])
@pytest.mark.parametrize("are_nics_told", [True, False])
def test_a_log_that_never_paused_is_missed_after_six_hours(
    tmp_path: Path, hours: int, is_missed: bool, are_nics_told: bool
) -> None:
    """Where no file tells NICs, none of them is off."""
    made = estate(2)
    made.talks = [each for each in made.talks if each[0].startswith("v00") is each[1].startswith("v00")]
    for name in (*BOTH, "db1"):
        made.machines[f"v00-{name}"].silent = set(range(HOURS - hours, HOURS))
    store = made.store(tmp_path / "f.duckdb")
    if not are_nics_told:
        made.machines.clear()
    truth = find_truth(store, FlowFilter(), made.inventory())
    assert ("silent-since" in _kinds(truth, "v00")) is is_missed


def test_a_flow_log_whose_target_is_gone_is_not_called_silent_too(tmp_path: Path) -> None:
    made = estate(1)
    made.logs["gone"] = flow_log("gone-flowlog", vnet_id("v-gone"))
    assert _kinds(_truth(made, tmp_path), "gone-flowlog") == ["target-gone"]
