"""What is called so and is no end of a flow: rules and NSGs, which other pages and commands are asked about."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nsgflow_core.ask.operators import write_value

OTHERS = ("rule", "nsg")
"""The dimensions whose values have names of their own."""
WHO_MET = {"level": "pairs"}
"""What the Flows page is asked for beside such a name: whose flows, and when."""
_MOST = 50

Named = tuple[str, str]
"""A dimension, and a value of it."""


def called_elsewhere(text: str, values: Callable[[str], Sequence[str]]) -> list[Named]:
    """The rules and NSGs whose name holds a text; those that are called exactly so come first.

    `values` tells what a dimension takes in the store.
    """
    part = text.strip().casefold()
    found = [(name, value) for name in OTHERS for value in values(name) if part and part in value.casefold()]
    return sorted(found, key=lambda each: each[1].casefold() != part)[:_MOST]


def who_met(named: Named) -> dict[str, str]:
    """The parameters with which the Flows page shows what such a rule or NSG decided."""
    name, value = named
    return {name: write_value("is", value), **WHO_MET}
