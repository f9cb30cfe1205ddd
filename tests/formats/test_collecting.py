"""Python's collector while much is read: as it was afterwards, whoever else is inside."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from nsgflow_core.formats.collecting import SELDOM, fewer_collections, no_collections


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.enable()


def test_it_works_seldom_until_the_last_one_is_out() -> None:
    gc.set_threshold(700, 11, 12)
    first, second = fewer_collections(), fewer_collections()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_threshold() == (SELDOM, 11, 12)
    second.__exit__(None, None, None)
    assert gc.get_threshold() == (700, 11, 12)


def test_who_turned_it_off_or_has_it_work_more_seldom_keeps_that() -> None:
    for usual in (0, 2 * SELDOM):
        gc.set_threshold(usual, 10, 10)
        with fewer_collections():
            assert gc.get_threshold() == (usual, 10, 10)
        assert gc.get_threshold() == (usual, 10, 10)


def test_garbage_in_cycles_goes_while_much_is_made() -> None:
    found = []
    gc.callbacks.append(lambda phase, _: found.append(phase))
    try:
        with fewer_collections():
            kept = [[number] for number in range(3 * SELDOM)]
        assert "stop" in found
        with no_collections():
            found.clear()
            kept += [[number] for number in range(3 * SELDOM)]
            assert not found
    finally:
        gc.callbacks.pop()
