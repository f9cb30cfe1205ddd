"""Groups that a person gave are kept with the store, told by its history, and forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.errors import BadInventory
from nsgflow_core.rules.draft.grouping.kept import forget_groups, keep_groups, kept_groups
from tests.commands.conftest import Run, run  # noqa: F401
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import store_of


def test_groups_are_kept_as_given_and_a_file_with_a_fault_changes_nothing(tmp_path: Path) -> None:
    store = store_of(tmp_path / "f.duckdb", daily("10.0.1.4", "10.0.2.8", 443), SUBNETS)
    assert kept_groups(store) == ()
    made = keep_groups(store, "group,address\r\nbücher,10.0.1.4\r\nbücher,fd00::4\r\n".encode())
    assert kept_groups(store) == made == (("bücher", ("10.0.1.4", "fd00::4")),)
    assert store.history()["about"].iloc[0] == "1 group with 2 hosts"
    for fault in (b"group,host\na,10.0.0.1\n", b"group,address\na,10.0.0.1\nb,10.0.0.1\n", b"\xff\xfe\x00"):
        with pytest.raises(BadInventory):
            keep_groups(store, fault)
    assert kept_groups(store) == made
    forget_groups(store)
    assert kept_groups(store) == ()


def test_the_command_line_keeps_uses_and_forgets_them(tmp_path: Path, run: Run) -> None:  # noqa: F811
    rows = [r for n in (4, 5, 6) for r in daily(f"10.0.1.{n}", "10.0.2.8", 443)]
    rows += [r for n in range(40, 52) for r in daily(f"10.0.1.{n}", "10.0.3.5", 5671, nsg="db-nsg")]
    store = tmp_path / "f.duckdb"
    store_of(store, rows, SUBNETS)
    (tmp_path / "g.csv").write_text("group,address\n" + "".join(f"mine,10.0.1.{n}\n" for n in (4, 5, 6, 40)))
    draft = ("rules", "draft", "--store", store, "--nsg", "app-nsg", "--direction", "Inbound")
    assert "mine" not in run(*draft, "--groups", "kept")[1], "nobody gave any: inferred"
    status, printed, said = run("rules", "groups", "--keep", tmp_path / "g.csv", "--store", store)
    assert (status, printed) == (0, "")
    assert "1 group kept" in said
    assert "allow-mine-to-10.0.2.8-tcp-443" in run(*draft, "--groups", "kept")[1]
    assert run("rules", "groups", "--forget", "--store", store)[0] == 0
    assert "mine" not in run(*draft, "--groups", "kept")[1]
