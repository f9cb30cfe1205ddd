"""Whether logs are whole: gaps made on purpose are found, and nothing is found where nothing is missing."""

from __future__ import annotations

import random
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory import kept
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.rules.proof.completeness import Completeness, Logs, completeness, refused
from nsgflow_core.rules.proof.gaps import A_HOLE, ALONE, MET_BY_OTHERS, TOGETHER, stretches
from nsgflow_core.rules.proof.one_ended import IN_A_GAP, LEFT_OUT, NO_LOG, TRANSLATED, UNANSWERED
from nsgflow_core.rules.replay.verdict import GREEN, ReplayVerdict
from nsgflow_core.stores.local.cells.making import flows_went
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import SUBNETS, Rows
from tests.estates.flows import START, row, store_of
from tests.rules.draft.drafts import IN

ALL = FlowFilter()
WEB, APP, DB = "10.0.1.4", "10.0.2.4", "10.0.3.4"
MACS = {WEB: "000000000001", APP: "000000000002", DB: "000000000003"}


def both(source: str, destination: str, port: int, moment: datetime, **more: Any) -> Rows:
    """One connection as both ends log it, each in its own NIC's log."""
    key = (source, destination, "TCP", port)
    ends = (("Outbound", source), ("Inbound", destination))
    return [
        row(key, moment, direction=direction, **more)
        | {"mac": MACS.get(end, end.replace(".", "")), "log_kind": "VNet", "nsg": f"nsg-of-{end}", "nsg_id": end}
        for direction, end in ends
    ]


def hourly(hours: range, minute: int = 20) -> Rows:
    """Web to app and app to db, a connection each an hour, with three more, so that each NIC is busy."""
    moments = [START + timedelta(hours=hour, minutes=minute) for hour in hours]
    pairs = [(WEB, APP, 8080), (APP, DB, 1433), (WEB, DB, 5432)]
    return [each for moment in moments for source, target, port in pairs for each in both(source, target, port, moment)]


def of(tmp_path: Path, rows: Rows, **asked: Any) -> Completeness:
    tmp_path.mkdir(exist_ok=True)
    store = store_of(tmp_path / "flows.duckdb", rows, SUBNETS)
    return completeness(store, ALL, asked.pop("inventory", Inventory()), **asked)


def without(rows: Rows, nic: str, *hours: int) -> Rows:
    """The rows without what this NIC logged in these hours."""
    starts = [START + timedelta(hours=hour) for hour in hours]
    return [
        each
        for each in rows
        if each["mac"] != MACS[nic] or not any(s <= each["time"] < s + timedelta(hours=1) for s in starts)  # type: ignore[operator]
    ]


def test_the_sample_estate_is_whole(sample_file: Path) -> None:
    store = LocalStore(sample_file)
    whole = completeness(store, ALL, kept.load(store))
    assert (whole.missing, len(whole.gaps.gaps), len(whole.one_ended.flows)) == ((), 0, 0)
    assert whole.sentence == "Nothing speaks against the logs of 15 NICs being whole."
    assert whole.refusal == ""
    machines_off_at_night = whole.gaps.nics.set_index("addresses")["quiet_hours"]
    assert machines_off_at_night["10.40.1.4"] == 40


@pytest.mark.parametrize("seed", [1, 2])
def test_twenty_gaps_made_on_purpose_are_found_and_no_other(sample_file: Path, tmp_path: Path, seed: int) -> None:
    shutil.copy(sample_file, tmp_path / "f.duckdb")
    store = LocalStore(tmp_path / "f.duckdb")
    with duckdb.connect(str(tmp_path / "f.duckdb")) as connection:
        logged = connection.execute(
            "SELECT DISTINCT mac, date_trunc('hour', time) FROM flows JOIN contexts c ON c.id = context ORDER BY ALL"
        ).fetchall()
        made = random.Random(seed).sample(logged, 20)
        for mac, hour in made:
            connection.execute(
                "DELETE FROM flows WHERE date_trunc('hour', time) = $hour "
                "AND context IN (SELECT id FROM contexts WHERE mac = $mac)",
                {"mac": mac, "hour": hour},
            )
        flows_went(connection)
    found = completeness(store, ALL, kept.load(store)).gaps.missing
    assert {(nic, hour.replace(tzinfo=None)) for nic, hour in zip(found["nic"], found["hour"], strict=True)} == set(
        made
    )


def test_stretches_of_hours_name_each_day_once() -> None:
    hours = pd.Series([START + timedelta(hours=each) for each in (1, 4, 23, 24, 27)], dtype=object)
    assert (
        stretches(hours) == "2026-11-01 01:00 to 02:00, 04:00 to 05:00, 23:00 to 01:00, 2026-11-02 03:00 to 04:00 UTC"
    )
    six = pd.Series([START + timedelta(hours=2 * each) for each in range(6)], dtype=object)
    assert stretches(six).endswith(", 06:00 to 07:00 UTC and 2 more")


def test_an_hour_that_others_logged_is_a_gap_and_says_so(tmp_path: Path) -> None:
    made = of(tmp_path, without(hourly(range(5)), APP, 2, 3))
    assert made.gaps.gaps[["nic", "met", "why"]].values.tolist() == [[MACS[APP], 2, MET_BY_OTHERS]] * 2
    assert made.missing == (
        "NIC 000000000002 (10.0.2.4, app): no log in 2 hours (2026-11-01 02:00 to 04:00 UTC): others logged traffic "
        "with it then.",
    )
    assert made.refusal.startswith("What was not logged cannot be replayed. Logs are missing: NIC 000000000002")
    (app,) = made.gaps.nics[made.gaps.nics["nic"] == MACS[APP]].to_dict("records")
    assert (app["hours"], app["missing_hours"], app["quiet_hours"]) == (3, 2, 0)


def test_what_lies_at_the_edge_of_an_hour_proves_nothing(tmp_path: Path) -> None:
    moment = START + timedelta(hours=2) - timedelta(seconds=5)
    rows = hourly(range(2)) + both(WEB, APP, 8080, moment)[:1] + hourly(range(3, 4))
    late = row((WEB, APP, "TCP", 8080), START + timedelta(hours=2, seconds=20), direction="Outbound")
    rows += [late | {"mac": MACS[WEB], "log_kind": "VNet"}]
    assert of(tmp_path, rows).state is Logs.COMPLETE


def test_a_busy_nic_with_a_hole_and_several_silent_at_once(tmp_path: Path) -> None:
    public = [f"20.1.1.{host}" for host in range(1, 5)]

    def served(*nics: str) -> Rows:
        hours = [START + timedelta(hours=hour, minutes=20) for hour in range(96)]
        return [each for nic in nics for at in hours for peer in public for each in both(peer, nic, 443, at)[1:]]

    hole = of(tmp_path, without(served(WEB), WEB, 50))
    assert hole.gaps.gaps["why"].tolist() == [A_HOLE]
    assert hole.state is Logs.INCOMPLETE
    night = of(tmp_path / "night", without(served(WEB), WEB, *range(50, 56)))
    assert night.gaps.gaps["why"].tolist() == [ALONE] * 6
    assert night.state is Logs.COMPLETE, "the machine may have been off"
    assert "the machine was off" in night.notes[0]
    at_once = of(tmp_path / "all", without(without(served(WEB, APP), WEB, *range(50, 56)), APP, *range(50, 56)))
    assert at_once.gaps.gaps["why"].tolist() == [TOGETHER] * 12
    office = [hour for hour in range(96) if not 8 <= hour % 24 < 18]
    assert of(tmp_path / "office", without(served(WEB, APP), WEB, *office)).state is Logs.COMPLETE


def test_flows_that_one_end_alone_logged(tmp_path: Path) -> None:
    moments = [START + timedelta(hours=hour, minutes=20) for hour in range(4)]
    rows = hourly(range(4))
    rows += [each for at in moments for each in both(APP, "10.0.3.9", 1433, at)[:1]]  # a private endpoint
    rows += [each for at in moments for each in both(APP, DB, 22, at)[:1]]  # filtered at its end
    rows += [each for at in moments for each in both(WEB, DB, 1433, at)[:1]]  # perhaps translated
    unanswered = {"dst_to_src_packets": 0, "dst_to_src_bytes": 0}
    rows += [each | unanswered for at in moments for each in both(APP, "10.0.3.12", 3389, at)[:1]]
    rows += [each for at in moments for each in both(APP, "10.0.3.8", 23, at, decision="Denied")[:1]]
    made = of(tmp_path, rows, scope=Scope(subnet="db"), direction=IN)
    flows = made.one_ended.flows
    assert sorted(zip(flows["address"], flows["port"], flows["why"], strict=True)) == [
        ("10.0.3.12", 3389, UNANSWERED),
        ("10.0.3.4", 22, LEFT_OUT),
        ("10.0.3.4", 1433, TRANSLATED),
        ("10.0.3.9", 1433, NO_LOG),
    ]
    assert len(made.missing) == 2
    assert any(
        said == "10.0.3.9 (db): the other end alone logged 1 flow (4 entries) of it, like 10.0.2.4 -> 10.0.3.9 TCP "
        "1433; its end never logged such traffic."
        for said in made.missing
    )
    assert of(tmp_path / "web", rows, scope=Scope(subnet="web"), direction=IN).state is Logs.COMPLETE


@pytest.mark.parametrize("direction", list(Direction))
def test_a_scope_is_told_what_the_whole_estate_is_told_of_it(tmp_path: Path, direction: Direction) -> None:
    chance = random.Random(4)
    rows = hourly(range(4))
    hosts = (WEB, APP, DB, "10.0.1.9", "10.0.2.9", "10.0.9.4", "192.0.2.7")
    for at in range(120):
        source, target = chance.sample(hosts, 2)
        moment = START + timedelta(hours=at % 4, minutes=20)
        decision = chance.choice(("Allowed", "Allowed", "Denied"))
        ends = both(source, target, chance.choice((22, 443)), moment, decision=decision)
        rows += chance.choice((ends, ends[:1], ends[1:]))
    whole = of(tmp_path, rows, direction=direction).one_ended.flows
    store, told = LocalStore(tmp_path / "flows.duckdb"), 0
    for subnet in ("web", "app", "db", "10.0.9.0/24"):
        found = completeness(store, ALL, Inventory(), Scope(subnet=subnet), direction).one_ended.flows
        wanted = whole[whole["subnet"] == subnet]
        order = ["address", "src_ip", "dst_ip", "protocol", "port"]
        one, other = (each.sort_values(order).to_dict("records") for each in (found, wanted))
        assert one == other
        told += len(found)
    assert told


@pytest.mark.parametrize("name", ["db", "10.0.3.0/24", "10.0.1.0/24", "10.9.0.0/24", "fd00::/64", "10.9.0.1"])
def test_a_subnet_is_asked_for_by_what_it_holds_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    """A filter reads a name that is a prefix as those addresses."""
    named = SubnetMap((Subnet(name, parse_prefix("10.0.3.0/24")), Subnet("web", parse_prefix("10.0.1.0/24"))))
    rows = hourly(range(4))
    rows += [each for hour in range(4) for each in both(WEB, DB, 22, START + timedelta(hours=hour, minutes=30))[:1]]
    store = store_of(tmp_path / "flows.duckdb", rows, named)
    made = completeness(store, ALL, Inventory(), Scope(nsg=DB), IN)
    assert made.one_ended.flows[["address", "port"]].to_numpy().tolist() == [[DB, 22]]


def test_a_flow_inside_a_gap_is_explained_by_it(tmp_path: Path) -> None:
    rows = without(hourly(range(6)) + both(WEB, APP, 22, START + timedelta(hours=3, minutes=30)), APP, 3)
    made = of(tmp_path, rows, scope=Scope(subnet="app"), direction=IN)
    assert made.one_ended.flows["why"].tolist() == [IN_A_GAP]
    assert len(made.missing) == 1


def test_a_store_of_one_end_alone_lacks_nothing_there(tmp_path: Path) -> None:
    """NSG logs of one NSG, arrivals only: what a neighbour did not log is not missing here."""
    key = ("10.0.1.4", "10.0.2.8", "TCP", 22)
    rows = [row(key, START + timedelta(days=day)) for day in range(3)]
    rows += [row(("10.0.2.9", "10.0.2.8", "TCP", 22), START + timedelta(hours=5))]
    made = of(tmp_path, rows, scope=Scope(nsg="app-nsg"), direction=IN)
    assert made.state is Logs.COMPLETE
    assert "NSG flow logs alone" in made.notes[0]
    outbound = completeness(
        LocalStore(tmp_path / "flows.duckdb"), ALL, Inventory(), Scope(subnet="app"), Direction.OUTBOUND
    )
    assert "10.0.2.9" in outbound.missing[0], "its own departures were never logged"


def test_an_empty_store_and_window(tmp_path: Path) -> None:
    store = store_of(tmp_path / "f.duckdb", hourly(range(1)), SUBNETS)
    later = FlowFilter(START + timedelta(days=9), START + timedelta(days=10))
    made = completeness(store, later, Inventory(), Scope(nsg="<b>"), IN)
    assert (made.state, len(made.gaps.nics)) == (Logs.CANNOT_TELL, 0)
    assert made.sentence.startswith("No NIC logged anything here")
    assert made.open_points == (made.sentence,)
    green = ReplayVerdict(True, GREEN, "")
    assert str(refused(green, made)).endswith(f"cannot be replayed. {made.sentence}")
    assert not refused(green, made).is_green
    assert refused(green, completeness(store, ALL, Inventory())) is green
