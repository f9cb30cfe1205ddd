"""Addresses for examples: of the span, and never one that nobody has while the span holds another."""

from __future__ import annotations

import random

import pytest

from nsgflow_core.inventory.rule import ANY
from nsgflow_core.rules.audit.regions import AddressAtoms
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.words.prefixes import unpack
from nsgflow_core.words.sets.example_address import Usual, example_address
from nsgflow_core.words.sets.spans import IPV4, LAST_ADDRESS

NOBODYS = {"::", "0.0.0.0"}


@pytest.mark.parametrize("usual", Usual)
def test_an_example_lies_in_its_span_and_is_somebodys(usual: Usual) -> None:
    rng = random.Random(7)
    edges = (0, 1, *IPV4[0], IPV4[0][1] + 1, 0x2000 << 112, 0xFC00 << 112, LAST_ADDRESS)
    for _ in range(2_000):
        ends = (rng.choice(edges) + rng.choice((0, 1, -1, 1 << 24, 1 << 90)) for _ in "12")
        first, last = sorted(min(max(end, 0), LAST_ADDRESS) for end in ends)
        if first < IPV4[0][0] <= last or first <= IPV4[0][1] < last:
            continue  # no span is of both families
        rank, address = example_address(first, last, usual)
        assert first <= address <= last
        assert 0 <= rank <= len(usual.value)
        assert first == last or unpack(address.to_bytes(16, "big")) not in NOBODYS, (first, last)


@pytest.mark.parametrize(
    ("side", "example"),
    [("::/0", "2000::"), ("0.0.0.0/0", "1.0.0.0"), (ANY, "1.0.0.0"), ("fd00::/8", "fd00::"), ("0.0.0.0/8", "0.0.0.4"),
     ("::/16", "::4"), ("2001:db8::/32", "2001:db8::"), ("10.0.0.0/8", "10.0.0.0")],
)  # fmt: skip
def test_the_atoms_of_an_audit_give_such_examples(side: str, example: str) -> None:
    atoms = AddressAtoms(AddressSpace(), [((side,), ())])
    assert atoms.describe(atoms.mask((side,), ()))[0] == example
