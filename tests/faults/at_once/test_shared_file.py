"""A file that processes change at once: nothing that one of them wrote is lost, and no lock outlives its holder."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from nsgflow_core.__main__ import main
from nsgflow_core.commands.telling import shared_file, written
from nsgflow_core.commands.telling.shared_file import SharedFile
from nsgflow_core.errors import InputError
from nsgflow_core.inventory import kept
from nsgflow_core.rules.review.decisions import Approval
from nsgflow_core.rules.review.kept import read_decisions
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import store_of
from tests.faults.harness.together import PROCESSES, at_once, started

MET = {22: "10.0.1.4", 443: "10.0.3.5", 1433: "10.0.4.6"}
DECIDE = ("rules", "decide", "--nsg", "app-nsg", "--direction", "Inbound")


def accept(start: Any, store: Path, review: Path, rule: str) -> None:
    start.wait()
    raise SystemExit(main([*DECIDE, rule, "--accept", "--store", str(store), "--decisions", str(review)]))


@pytest.mark.parametrize("name", ["review.json", "Prüfung (2).JSON", "r" * 250 + ".json"])
@pytest.mark.parametrize("is_there", [False, True])
def test_what_people_decide_at_once_into_a_file_is_all_there(name: str, is_there: bool, tmp_path: Path) -> None:
    rows = [row for port, host in MET.items() for row in daily(host, "10.0.2.8", port, days=4, rule="r", kind="User")]
    store = store_of(tmp_path / "f.duckdb", rows, SUBNETS).path
    review = tmp_path / name
    if is_there:
        review.write_text("[]", encoding="utf-8")
        review.chmod(0o640)
    rules = [f"allow-{host}-to-10.0.2.8-tcp-{port}" for port, host in MET.items()]
    assert at_once(accept, [(store, review, rule) for rule in rules]) == [0] * len(rules)
    decided = read_decisions(review.read_bytes())
    assert [decided.on(rule).approval for rule in rules] == [Approval.ACCEPT] * len(rules)
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([store.name, name])
    assert not is_there or review.stat().st_mode & 0o777 == 0o640


def count_on(start: Any, file: Path, times: int) -> None:
    shared = SharedFile(file, "")
    start.wait()
    for _ in range(times):
        kept.change(shared, "", lambda: int(shared.setting("") or 0) + 1, lambda n: shared.save_setting("", str(n)))


def test_no_count_of_many_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = ModuleType("__main__")
    ours.__file__ = str(tmp_path / "none.py")  # nobody runs it
    monkeypatch.setitem(sys.modules, "__main__", ours)
    assert at_once(count_on, [(tmp_path / "n", 60)] * 4) == [0] * 4
    assert (tmp_path / "n").read_text() == "240\n"


def hold(start: Any, file: Path) -> None:
    with SharedFile(file, "").alone():
        start.wait()
        signal.pause()


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[Path, Any]]:
    """A file that another process holds, and that process."""
    start = PROCESSES.Barrier(2)
    (holder,) = started(hold, start, [(tmp_path / "r.json",)])
    start.wait()
    yield tmp_path / "r.json", holder
    holder.kill()
    holder.join()


def test_who_holds_it_is_waited_for_and_a_kill_lets_it_go(held: tuple[Path, Any]) -> None:
    file, holder = held
    timer = threading.Timer(0.3, holder.kill)
    timer.start()
    with SharedFile(file, "").alone():
        assert not timer.is_alive()
    assert list(file.parent.iterdir()) == []


def test_who_never_lets_go_is_told_of(held: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_file, "WAIT", 0.1)
    with pytest.raises(InputError, match=r"r\.json is held by another process"), SharedFile(held[0], "").alone():
        pass


def test_a_secret_is_kept_in_no_file_of_decisions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = store_of(tmp_path / "f.duckdb", daily("10.0.1.4", "10.0.2.8", 22, days=4, rule="r", kind="User"), SUBNETS)
    review = tmp_path / "review.json"
    words = [*DECIDE, "--all-open", "--accept", "--store", str(store.path), "--decisions", str(review)]
    assert main([*words, "--note", "see https://a.blob.core.windows.net/c?sig=SECRET"]) == 2
    assert "SECRET" not in "".join(capsys.readouterr())
    assert not review.exists()


@pytest.mark.parametrize("times", [2, 1_000])
def test_a_file_that_is_read_on_windows_is_replaced_a_moment_later(
    times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no Windows here: what it says of a file that somebody has open is said by this."""
    (tmp_path / "r.json").write_text("before")
    replace, asked = Path.replace, []

    def of_windows(new: Path, place: Path) -> Path:
        asked.append(place)
        if len(asked) <= times:
            raise PermissionError(13, "The process cannot access the file")
        return replace(new, place)

    monkeypatch.setattr(Path, "replace", of_windows)
    monkeypatch.setattr(written, "_WHILE_READ", 0.1)
    shared = SharedFile(tmp_path / "r.json", "Name another file.")
    if times == 2:
        shared.save_setting("", "after")
        assert shared.setting("") == "after\n"
    else:
        with pytest.raises(InputError, match="cannot be written"):
            shared.save_setting("", "after")
        assert shared.setting("") == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["r.json"]
