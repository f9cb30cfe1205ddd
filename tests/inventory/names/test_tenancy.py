"""Who held an address when, by MACs: handovers, forwarders, balanced addresses, strangers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from nsgflow_core.inventory.names.behind import Owned
from nsgflow_core.inventory.names.tenancy import tenants_in_words, turns
from nsgflow_core.inventory.own_space import OwnEnd
from nsgflow_core.words.prefixes import pack

HERE = pack("10.0.0.4") or b""
ELSEWHERE = frozenset({pack("10.0.0.9") or b""})
NICS = {
    "A": Owned("vm-old", ELSEWHERE, forwards=False),
    "B": Owned("vm-new", frozenset({HERE}), forwards=False),
    "F": Owned("firewall", ELSEWHERE, forwards=True),
}
START = datetime(2026, 11, 16, tzinfo=UTC)


def end(mac: str, first: int, last: int, sent: int = 5, received: int = 5) -> OwnEnd:
    return OwnEnd(mac, HERE, sent, received, START + timedelta(hours=first), START + timedelta(hours=last))


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ([end("A", 0, 5), end("B", 6, 9)], "vm-old, then vm-new"),
        ([end("B", 6, 9), end("A", 0, 5), end("A", 12, 13)], "vm-new or vm-old"),
        ([end("A", 0, 7), end("B", 6, 9)], "vm-new or vm-old"),
        ([end("A", 0, 5)], "vm-old"),
        ([end("B", 0, 5)], "vm-new"),
        ([end("B", 0, 5), end("F", 2, 3)], "vm-new"),
        ([end("F", 2, 3)], ""),
        ([end("X", 0, 5)], ""),
        ([end("X", 0, 5), end("B", 6, 9)], "NIC X, then vm-new"),
        ([end("X", 0, 7), end("B", 6, 9)], "vm-new"),
        ([end("A", 0, 5, sent=0), end("X", 0, 5, sent=0)], ""),
        ([end("A", 0, 5, sent=0)], "vm-old"),
    ],
)
def test_turns(ends: list[OwnEnd], words: str) -> None:
    assert tenants_in_words(turns(ends, NICS)) == words


class OfAll(dict[str, Owned]):
    """NICs of which each may be looked up, and none be gone through: an import asks about each address of 15,000."""

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("Every NIC was looked at for one address.")

    items = keys = values = __iter__  # type: ignore[assignment]


def test_one_address_costs_the_same_in_any_estate() -> None:
    assert tenants_in_words(turns([end("A", 0, 5), end("B", 6, 9)], OfAll(NICS))) == "vm-old, then vm-new"
    assert tenants_in_words(turns([end("X", 0, 7), end("B", 6, 9)], OfAll(NICS))) == "vm-new"
