"""What the default rules of a log say about VirtualNetwork, against what the files say."""

from __future__ import annotations

import pandas as pd
import pytest

from nsgflow_core.inventory.rule import ANY_PORTS, Access, Rule, RuleSet
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.evaluate import Packet, decide
from nsgflow_core.rules.decide.evidence import ToldAround, corrected
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.inventory.described import inventory_of, nsg
from tests.rules.decide.test_virtual_network import ROUTED, dev, home, inside, peered

OWN, PUBLIC, OTHER_PUBLIC, ONPREM, PEER = "10.30.0.4", "203.0.113.9", "8.8.8.8", "172.16.0.9", "10.40.0.4"
BARE = RuleSet("nsg-db", ())
GATEWAY = peered(useRemoteGateways=True, peeringState="Connected")


def logged(*rows: tuple[str, str, str], kind: str = "Default") -> pd.DataFrame:
    """Rows of (rule, direction, other end) at the NSG's own end."""
    told = [
        (OWN, other, direction, rule, kind) if direction == "Outbound" else (other, OWN, direction, rule, kind)
        for rule, direction, other in rows
    ]
    return pd.DataFrame(told, columns=["src_ip", "dst_ip", "direction", "rule", "rule_kind"], dtype="str")


def known(*documents: object) -> AddressSpace:
    found = inventory_of([*documents], [nsg("nsg-db", 0)])
    return Network(found).space(found.rule_sets[0])


IN, OUT = "Inbound", "Outbound"


@pytest.mark.parametrize(
    ("space", "rows", "expected"),
    [
        pytest.param(known(ROUTED), [("AllowVnetOutBound", OUT, PUBLIC)], {PUBLIC: True, OTHER_PUBLIC: None},
            id="a default route of which no file tells"),
        pytest.param(known(home()), [("AllowVNetOutBound", OUT, PUBLIC)], {PUBLIC: True, OTHER_PUBLIC: None},
            id="against the files"),
        pytest.param(known(ROUTED), [("AllowInternetOutBound", OUT, PUBLIC)], {PUBLIC: False, OTHER_PUBLIC: None},
            id="the route table may name the others"),
        pytest.param(known(GATEWAY), [("AllowInternetOutBound", OUT, PUBLIC)],
            {PUBLIC: False, OTHER_PUBLIC: False, ONPREM: None, "2001:db8::1": None}, id="no default route"),
        pytest.param(known(GATEWAY), [("DenyAllInBound", IN, PUBLIC)], {PUBLIC: False, OTHER_PUBLIC: False},
            id="no default route, seen from within"),
        pytest.param(Network().space(), [("AllowVnetInBound", IN, PUBLIC)], {PUBLIC: True, OTHER_PUBLIC: None},
            id="a default route, and no file"),
        pytest.param(known(home()), [("AllowVnetInBound", IN, ONPREM)],
            {ONPREM: True, "172.16.0.10": None, PUBLIC: False}, id="on-premises of which no file tells"),
        pytest.param(known(peered(), dev()), [("DenyAllInBound", IN, PEER)],
            {PEER: False, "10.40.0.5": None, "10.30.0.9": True}, id="not peered after all"),
        pytest.param(known(peered(), dev()), [("DenyAllInBound", IN, PEER), ("AllowVnetInBound", IN, PEER)],
            {PEER: True}, id="peered within the window: the files decide"),
        pytest.param(Network().space(), [("DenyAllInBound", IN, PEER), ("AllowVnetInBound", IN, PEER)],
            {PEER: None}, id="both, and no file: open"),
    ],
)  # fmt: skip
def test_what_the_log_shows(space: AddressSpace, rows: list[tuple[str, str, str]], expected: dict[str, bool]) -> None:
    here = corrected(space, logged(*rows), BARE).at(int.from_bytes(parse_prefix(OWN).first, "big"))
    assert {address: inside(here, address) for address in expected} == expected


@pytest.mark.parametrize("rows", [[("DenyAllInBound", IN, PEER)], [("AllowVnetInBound", IN, ONPREM)]])
@pytest.mark.parametrize("other", [[], [("AllowVnetOutBound", OUT, PUBLIC)]])
def test_what_others_of_its_vnet_logged_is_as_true_and_is_worked_out_once(
    rows: list[tuple[str, str, str]], other: list[tuple[str, str, str]]
) -> None:
    """Whether an NSG logged something itself, its neighbours did, or both: the same, for each that asks."""
    space, around = known(peered(), dev()), ToldAround.of(logged(*rows))
    by_itself = corrected(space, logged(*rows, *other), BARE)
    for own in (logged(*other), logged(*rows, *other), logged(*other)):
        assert corrected(space, own, BARE, around) == by_itself


def test_what_the_log_shows_against_the_files_is_said() -> None:
    said = corrected(known(home()), logged(("AllowVnetOutBound", OUT, PUBLIC)), BARE).said
    assert any(f"the public address {PUBLIC} inside VirtualNetwork of prod" in each for each in said)
    said = corrected(known(peered(peeringState="Connected"), dev()), logged(("DenyAllInBound", IN, PEER)), BARE).said
    assert said == (f"The log shows {PEER} outside VirtualNetwork of prod; the files tell it inside.",)


def test_a_users_rule_tells_where_it_names_the_tag_twice() -> None:
    def named(source: str) -> RuleSet:
        rule = Rule("vnet", 100, Direction.INBOUND, Access.DENY, "*", (source,), ("VirtualNetwork",), ANY_PORTS)
        return RuleSet("nsg-db", (rule,))

    rows = logged(("vnet", IN, ONPREM), kind="User")
    assert inside(corrected(AddressSpace(), rows, named("VirtualNetwork")), ONPREM) is True
    assert inside(corrected(AddressSpace(), rows, named("*")), ONPREM) is None
    assert (
        inside(corrected(AddressSpace(), logged(("AllowVnetInBound", IN, ONPREM), kind="User"), BARE), ONPREM) is None
    )


def test_a_private_destination_that_passed_to_the_internet_rule_is_internet() -> None:
    space = corrected(AddressSpace(), logged(("AllowInternetOutBound", OUT, ONPREM)), BARE)
    verdict = decide(BARE, Packet(OWN, ONPREM, "TCP", 443, Direction.OUTBOUND), space)
    assert (verdict.access, verdict.decided_by) == (Access.ALLOW, "AllowInternetOutBound")


@pytest.mark.parametrize(
    ("space", "others", "access"),
    [
        (AddressSpace(), [], Access.DENY),
        (known(home(), dev()), [], Access.DENY),
        (known(home(), dev()), [("AllowInternetOutBound", OUT, PEER)], None),
        (known(home(), dev()), [("AllowVnetOutBound", OUT, PEER)], None),
    ],
)
def test_a_private_destination_that_no_default_rule_let_out_is_not_internet(
    space: AddressSpace, others: list[tuple[str, str, str]], access: Access | None
) -> None:
    """Two VNets without a peering: the replay of what DenyAllOutBound had denied was undecided."""
    rows = logged(("DenyAllOutBound", OUT, PEER), *others)
    verdict = decide(BARE, Packet(OWN, PEER, "TCP", 22, Direction.OUTBOUND), corrected(space, rows, BARE))
    assert verdict.access is access


def test_what_is_public_is_in_the_tag_or_internet_and_allowed_either_way() -> None:
    space = known(ROUTED)
    outbound = decide(BARE, Packet(OWN, PUBLIC, "TCP", 443, Direction.OUTBOUND), space)
    assert (outbound.access, outbound.decided_by) == (Access.ALLOW, "AllowVnetOutBound")
    close = Rule("close", 4000, Direction.OUTBOUND, Access.DENY, "*", ("*",), ("VirtualNetwork",), ANY_PORTS)
    assert decide(RuleSet("n", (close,)), Packet(OWN, PUBLIC, "TCP", 443, Direction.OUTBOUND), space).access is None
