"""Intents on the whole path: admin rules, and both NSGs at each end; the packet of a violation is decided so."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.rules.compare import partition
from nsgflow_core.rules.compare.checking import check_intents
from nsgflow_core.rules.compare.intents import read_intents
from nsgflow_core.rules.decide.evaluate import Packet
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.decide.path_steps import explain_path
from tests.rules.decide.test_path import ADDRESSES, CLOSED_IN, CLOSED_OUT, IN, admin, estate, paths_of, random_estate
from tests.rules.decide.test_path import rule as a_rule

OPEN = [a_rule("sql", 100, "Allow", "1433")]
NO_SQL = admin("no-sql", 10, "Deny", "1433")
ALWAYS = admin("always", 10, "AlwaysAllow", "1433")


def checked(text: str, found: Inventory) -> pd.DataFrame:
    network = Network(found, SubnetMap())
    return check_intents(read_intents(text, found.subnet_map, network.space()), found.rule_sets, network, None)


def one(text: str, found: Inventory) -> dict[str, Any]:
    (row,) = checked(text, found).to_dict("records")
    return {str(key): value for key, value in row.items()}


MUST, NEVER, TO_CARD = "must: app -> db 1433", "never: app -> db 1433", "must: app -> 10.30.2.9 1433"
STRANGERS = "never: Internet -> db tcp/1433"


@pytest.mark.parametrize(
    ("text", "found", "verdict", "decided"),
    [
        pytest.param(MUST, estate(), "kept", "", id="all let it"),
        pytest.param(NEVER, estate(), "violated", "destination subnet nsg-db AllowVnetInBound", id="all let it, never"),
        pytest.param(MUST, estate(nic=CLOSED_IN), "violated", "destination NIC nsg-nic no-sql", id="one NIC of it"),
        pytest.param(TO_CARD, estate(nic=CLOSED_IN), "violated", "destination NIC nsg-nic no-sql", id="the NIC"),
        pytest.param("must: app -> 10.30.2.10 1433", estate(nic=CLOSED_IN), "kept", "", id="beside the NIC"),
        pytest.param("never: app -> 10.30.2.9 1433", estate(nic=CLOSED_IN), "violated",
            "destination NIC nsg-nic AllowVnetInBound", id="UDP passes the NIC"),
        pytest.param("never: app -> 10.30.2.9 tcp/1433", estate(nic=CLOSED_IN), "kept", "", id="the NIC closes"),
        pytest.param("never: app -> db tcp/1433", estate(nic=CLOSED_IN), "violated",
            "destination subnet nsg-db AllowVnetInBound", id="the other hosts are open"),
        pytest.param(MUST, estate([NO_SQL]), "violated", "admin rule no-sql", id="admin deny"),
        pytest.param("never: app -> db tcp/1433", estate([NO_SQL]), "kept", "", id="admin deny, never"),
        pytest.param(STRANGERS, estate(), "kept", "", id="strangers are out"),
        pytest.param(STRANGERS, estate([ALWAYS]), "violated", "admin rule always", id="always allow"),
        pytest.param(MUST, estate([ALWAYS], db=CLOSED_IN, nic=CLOSED_IN), "kept", "", id="always allow, must"),
        pytest.param(MUST, estate([ALWAYS], app=CLOSED_OUT), "violated", "source subnet nsg-app no-way-out",
            id="always allow says nothing of the source"),
        pytest.param(STRANGERS, estate([NO_SQL, admin("pass", 5, "Allow", "1433")], db=OPEN), "violated",
            "destination subnet nsg-db sql", id="an admin allow ahead passes on to the NSGs"),
        pytest.param("must: * -> db 1433", estate(db=OPEN, nic=OPEN, app=CLOSED_OUT), "violated",
            "source subnet nsg-app no-way-out", id="from everywhere, one subnet is closed"),
        pytest.param("must: 10.30.3.0/24 -> db 1433", estate(db=OPEN, nic=OPEN, app=CLOSED_OUT), "kept", "",
            id="a subnet without an NSG"),
        pytest.param("never: 10.30.0.0/16 -> db tcp/1433", estate(db=CLOSED_IN), "kept", "", id="a wide prefix"),
        pytest.param("never: 8.8.8.8 -> bare 22", estate(), "not decided", "", id="no NSG is known there"),
        pytest.param("never: 8.8.8.8 -> 10.30.0.0/16 22", estate(), "not decided", "", id="nor there"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("most_cells", [partition.MOST_CELLS, 1], ids=["at once", "a row at a time"])
def test_what_stands_on_the_path_decides(
    text: str, found: Inventory, verdict: str, decided: str, most_cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partition, "MOST_CELLS", most_cells)
    row = one(text, found)
    assert (row["verdict"], f"{row['decided_at']} {row['rule']}".strip()) == (
        verdict,
        f"{decided} {decided.split(' ')[-1]}" if decided.startswith("admin") else decided,
    )
    assert row["nsg"] in row["decided_at"] or verdict == "kept"


def test_what_is_not_known_of_the_paths_is_said() -> None:
    assert "taken to apply to every VNet" in checked(MUST, estate([NO_SQL])).attrs["said"][0]
    assert checked("never: 9.9.9.9 -> app 22", estate()).attrs["said"] == ()
    found = estate()
    lost = Inventory(tuple(each for each in found.entries if getattr(each.item, "name", "") != "nsg-nic"))
    assert "The NSG nsg-nic of the NIC db-1 is in no file" in checked(MUST, lost).attrs["said"][0]


ENDS = ("app", "db", "bare", "10.30.2.9", "10.30.2.8/30", "10.30.0.0/16", "*", "8.8.8.8")
HELD = {
    "app": "10.30.1.", "db": "10.30.2.", "bare": "10.30.3.", "10.30.2.9": "10.30.2.9",
    "10.30.2.8/30": "10.30.2.", "10.30.0.0/16": "10.30.", "*": "", "8.8.8.8": "8.8.8.8",
}  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["must", "never"]), st.sampled_from(ENDS), st.sampled_from(ENDS[:-2]))
def test_an_intent_is_kept_where_every_packet_keeps_it(seed: int, kind: str, source: str, destination: str) -> None:
    """The packet of a sure violation is decided so, and no packet of a grid says otherwise of what is kept."""
    rng = random.Random(seed)
    found, port = random_estate(rng), rng.choice((80, 443, 8080))
    row, paths, wrong = one(f"{kind}: {source} -> {destination} tcp/{port}", found), paths_of(found), "Deny"
    if kind == "never":
        wrong = "Allow"
    if row["verdict"] == "violated":
        packet = row["witness"].split(" ")
        if " if " not in row["witness"]:
            decided = explain_path(paths, Packet(packet[0], packet[2], "TCP", port, IN, 50_000))
            assert decided.access in (wrong, "indeterminate")
            if kind == "must" and decided.access == wrong and not row["decided_at"].startswith("admin"):
                assert row["decided_at"] in {step.where for step in decided.steps if step.access == "Deny"}
    if row["verdict"] == "kept":
        for one_end in (each for each in ADDRESSES if each.startswith(HELD[source])):
            for other in (each for each in ADDRESSES if each.startswith(HELD[destination])):
                assert explain_path(paths, Packet(one_end, other, "TCP", port, IN, 50_000)).access != wrong
