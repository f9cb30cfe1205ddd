"""An NSG is looked up by what files call it, however that is spelled."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nsgflow_core.inventory.entry import Entry
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.rules.decide.ends import Ends
from nsgflow_core.words.arm_id import key, means

_NSGS = "/subscriptions/S/x/providers/Microsoft.Network/networkSecurityGroups"
SPELLED = ("", " ", f"{_NSGS}/Web", f"{_NSGS}/web/".upper(), "/providers/a/b/WEB", "/providers/a/b/db", "web", "db")
PLACED = ("/subnets/A", "/SUBNETS/a/", "/subnets/b")


@given(
    st.lists(st.tuples(st.sampled_from(["Web", "web", "DB", ""]), st.sampled_from(SPELLED), st.sampled_from(PLACED))),
    st.sampled_from(SPELLED),
    st.sampled_from(PLACED),
)
def test_an_nsg_is_looked_up_as_going_through_all_of_them_finds_it(
    held: list[tuple[str, str, str]], reference: str, place: str
) -> None:
    sets = [RuleSet(name, (), nsg_id=nsg_id, subnets=(at,) * (number % 2))
            for number, (name, nsg_id, at) in enumerate(held)]  # fmt: skip
    known = Inventory(tuple(Entry("nsg", each, "f", None) for each in sets))
    found = Ends(known)._guard(reference, (place,), "subnets")
    slow = next((each for each in sets if means(reference, each.nsg_id, each.name)
                 or any(key(at) == key(place) for at in each.subnets)), None)  # fmt: skip
    assert found == slow
