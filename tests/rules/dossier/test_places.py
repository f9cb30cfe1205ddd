"""What a dossier says of the places of its NSG, and of rules there that could not be read."""

from __future__ import annotations

from dataclasses import replace

from nsgflow_core.rules.dossier.chapters import dossier
from nsgflow_core.stores.local.store import LocalStore
from tests.inventory.described import arm_id, inventory_of
from tests.rules.dossier.test_dossier import case_of
from tests.rules.dossier.test_dossier import store as store


def test_a_board_reads_every_place_of_the_nsg_and_which_rules_could_not_be_read(store: LocalStore) -> None:
    """Of an NSG set on a NIC it said that no subnet is named, and of another one's lost rules nothing."""
    case = case_of(store, nics=("/x/networkInterfaces/db-1",))
    outcomes = case.outcomes.copy()
    outcomes.attrs["doubts"] = ("nsg-far is incomplete: 2 of its rules could not be used",)
    told = dossier(replace(case, outcomes=outcomes))
    assert "On the way nsg-far is incomplete: 2 of its rules could not be used." in told.open_points
    assert dict(told.chapters[0].facts)["Set on"] == "app, NIC db-1"


def test_a_board_reads_the_places_that_a_listing_of_vnets_alone_tells(store: LocalStore) -> None:
    """A subnet or NIC that names the NSG was none of its places where the NSG's own file names none."""
    case = case_of(store)
    existing = case.existing
    assert existing is not None
    vnet = {"name": "hub", "id": arm_id("virtualNetworks", "hub"), "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}
    places = [
        {"name": name, "addressPrefix": f"10.0.{at}.0/24", "networkSecurityGroup": {"id": existing.name}}
        for at, name in enumerate(("app", "more"))
    ]
    card = {"id": arm_id("networkInterfaces", "db-2"), "name": "db-2", "ipConfigurations": [],
            "networkSecurityGroup": {"id": existing.name}}  # fmt: skip
    known = inventory_of([vnet | {"subnets": places}, card])
    said = dict(dossier(replace(case, known=known)).chapters[0].facts)["Set on"]
    assert said == "app, more, NIC db-2"
    assert known.set_on(existing, but="app") == ("more", "NIC db-2")
