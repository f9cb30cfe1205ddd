"""duckdb-kql as the stub of a workspace needs it: the same meaning, for queries that become hundreds of kilobytes.

Beside what the product does about `tostring`: nodes of the tree are looked for by a recursion that looks at each class
thrice, and ANTLR asks sets of tokens for members by a generator. Only while the stub translates: the product's Query
page is tested with the engine as it comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from antlr4.IntervalSet import IntervalSet
from duckdb_kql import lower

from nsgflow_core.stores.lake.traffic_analytics.translating import texts_made_once


def _all_of(node: Any, class_name: str) -> list[Any]:
    """The outermost nodes of a class, in their order."""
    found, waiting = [], [node]
    while waiting:
        each = waiting.pop()
        name = type(each).__name__.removesuffix("Context")
        if name == class_name:
            found.append(each)
        else:
            waiting += [kid for kid in reversed(each.children or ()) if type(kid).__name__.endswith("Context")]
    return found


def _holds(numbers: IntervalSet, number: int) -> bool:
    for span in numbers.intervals or ():  # noqa: SIM110 - the generator is what this is without
        if span.start <= number < span.stop:
            return True
    return False


@contextmanager
def quick() -> Iterator[None]:
    """For as long as it lasts, translations are quick; one thread at a time."""
    with texts_made_once(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(lower, "_find_all", _all_of)
        patch.setattr(IntervalSet, "__contains__", _holds)
        yield
