"""A run that is cut before its summary has named what failed, and what its second try mended."""

from __future__ import annotations

import pytest

from tests.conftest import ROOT

pytest_plugins = ["pytester"]

TESTS = """
import pytest

tries = []

def test_that_fails():
    assert "what is there" == "what is wanted"

@pytest.mark.flaky(reruns=1)
def test_that_a_second_try_mends():
    tries.append(1)
    assert len(tries) > 1

def test_that_passes():
    pass
"""


def test_a_failure_is_said_before_the_next_test(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("CI", "true")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makepyfile(TESTS)
    said = pytester.runpytest_subprocess("-v", "-p", "no:cacheprovider", "-p", "tests.conftest").outlines
    before = said[: said.index(next(line for line in said if "FAILURES" in line))]
    failed = next(place for place, line in enumerate(before) if line.startswith("failed: test_a_failure_is_said"))
    again = next(place for place, line in enumerate(before) if line.startswith("rerun: "))
    assert "what is wanted" in "\n".join(before[failed:again])
    assert "test_that_a_second_try_mends (call" in before[again]
    assert not any(line.startswith(("failed: ", "rerun: ")) and "test_that_passes" in line for line in before)
