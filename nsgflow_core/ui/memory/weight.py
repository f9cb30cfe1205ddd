"""How much memory answers hold: the bytes of the frames and arrays inside them, each once however often it is held."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass

import numpy as np
import pandas as pd

from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.network import Network

OF_FILES = (Inventory, Network, AddressSpace, SubnetMap)
"""What files say of the network: sessions hold it anyway, whichever answers hold it too. A large one has half a million
parts, which to count took seconds for each answer."""

WeighedParts = Mapping[int, int]
"""The bytes of each frame and array, by its identity: what two answers share is one."""

_SAMPLE = 200
"""So many objects of a column are weighed for all of them."""


def parts_held(held: object) -> dict[int, int]:
    """What something made of frames, arrays, records and lists of them holds, without what is OF_FILES."""
    parts: dict[int, int] = {}
    waiting, known = [held], set()
    while waiting:
        each = waiting.pop()
        if id(each) in known or isinstance(each, OF_FILES):
            continue
        known.add(id(each))
        match each:
            case pd.DataFrame():
                parts[id(each)] = sum(_bytes(each[name]) for name in each.columns)
            case pd.Series():
                parts[id(each)] = _bytes(each)
            case np.ndarray():
                parts[id(each)] = each.nbytes
            case str() | bytes() | int() | float() | type():
                parts[id(each)] = sys.getsizeof(each)
            case Mapping():
                waiting += each.values()
            case list() | tuple() | set() | frozenset():
                waiting += each
            case _ if is_dataclass(each):
                waiting += _fields(each)
    return parts


def weight(of: Iterable[WeighedParts]) -> int:
    """The bytes of several together."""
    together: dict[int, int] = {}
    for parts in of:
        together |= parts
    return sum(together.values())


def _bytes(column: pd.Series) -> int:
    if column.dtype != object or not len(column):
        return int(column.memory_usage(index=False))
    sampled = column.iloc[:: max(len(column) // _SAMPLE, 1)]
    return len(column) * (8 + sum(sys.getsizeof(each) for each in sampled) // len(sampled))


def _fields(record: object) -> list[object]:
    """What a record holds, with what it worked out for itself since (cached properties)."""
    names = getattr(record, "__dict__", None)
    if names is not None:
        return list(names.values())
    return [getattr(record, name, None) for name in getattr(record, "__slots__", ())]
