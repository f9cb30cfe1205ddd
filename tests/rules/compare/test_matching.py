"""Which NSG of one file is which of another, and which packets some rules tell apart."""

from __future__ import annotations

import numpy as np
import pytest

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.rule import ANY, Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.compare.matching import Matched, matched
from nsgflow_core.rules.compare.services import packet_services
from nsgflow_core.words.vocabulary import Direction


def nsg(name: str, group: str = "", *, left_out: tuple[str, ...] = ()) -> RuleSet:
    """With an id where a resource group is given."""
    path = f"/subscriptions/s/resourceGroups/{group}/providers/Microsoft.Network/networkSecurityGroups/{name}"
    return RuleSet(name, (), nsg_id=path if group else "", left_out=left_out)


OTHER = nsg("other", "rg")


def test_the_only_nsgs_of_two_files_are_one_whatever_their_names() -> None:
    assert matched([nsg("web")], [nsg("web-new", "rg")]).is_whole


def test_ids_go_before_names_and_are_compared_without_case() -> None:
    old = [nsg("web", "one"), nsg("web", "two"), OTHER]
    new = [nsg("WEB", "TWO"), nsg("web", "one"), OTHER]
    assert matched(old, new) == Matched(((old[0], new[1]), (old[1], new[0]), (OTHER, OTHER)), (), ())


def test_one_name_with_two_ids_is_two_nsgs() -> None:
    old, new = nsg("web", "one"), nsg("web", "two")
    found = matched([old, OTHER], [new, OTHER])
    assert found == Matched(((OTHER, OTHER),), (old,), (new,))
    assert not found.is_whole


@pytest.mark.parametrize("group_before", ["", "rg"])
def test_a_name_is_enough_where_a_file_has_no_ids(group_before: str) -> None:
    old = [OTHER, nsg("Web", group_before)]
    new = [nsg("web", "" if group_before else "rg"), OTHER]
    assert matched(old, new).pairs == ((OTHER, OTHER), (old[1], new[0]))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([nsg("web"), OTHER], [nsg("web", "one"), nsg("web", "two")]),
        ([nsg("web"), nsg("web", "one")], [nsg("web"), OTHER]),
    ],
    ids=["two after", "two before"],
)
def test_a_name_that_means_several_is_refused(old: list[RuleSet], new: list[RuleSet]) -> None:
    with pytest.raises(BadInventory, match="Several NSGs are named 'web'"):
        matched(old, new)


def test_a_pair_is_certain_where_all_rules_of_both_were_read() -> None:
    doubtful = nsg("web", left_out=("Rule x has no priority.",))
    assert matched([nsg("web")], [nsg("web")]).is_certain
    assert not matched([doubtful], [nsg("web")]).is_certain
    assert not matched([nsg("web")], [doubtful]).is_certain


def _on_port(first: int, last: int) -> Rule:
    ports = (PortRange(first, last),)
    return Rule("r", 100, Direction.INBOUND, Access.ALLOW, "*", (ANY,), (ANY,), destination_ports=ports)


@pytest.mark.parametrize(("first", "last"), [(0, 0), (0, 65535), (1, 1), (1, 65535), (65535, 65535), (80, 443)])
def test_the_services_of_some_rules_are_all_packets_each_once(first: int, last: int) -> None:
    """Port 0 too, which is what a protocol without ports is asked by."""
    ports = {6: np.zeros(65536, dtype=int), 17: np.zeros(65536, dtype=int)}
    for met, services in packet_services([_on_port(first, last)]):
        for service in services:
            if service.protocol in ports:
                for low, high in service.ports:
                    ports[service.protocol][low : high + 1] += 1
                    assert bool(met[0]) is (first <= low and high <= last)
            else:
                assert bool(met[0]) is (first == 0), service.name
    assert all((counts == 1).all() for counts in ports.values())
