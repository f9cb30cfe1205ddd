"""A remembered connection is no way around a door: not by place, name, file, or the thread that reads it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from nsgflow_core.errors import InputError, NsgflowError, SourceDenied
from nsgflow_core.intake.job import desk_of
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.watch import connections, keeper
from nsgflow_core.watch.connections import SIGN_INS, Connection, load, save
from nsgflow_core.watch.keeper import Keeper
from nsgflow_core.watch.opening import open_connection
from tests.commands.conftest import Run, run
from tests.watch.logs import NOW, others, owner, write_hour

__all__ = ["run"]
URL = "https://acc1.blob.core.windows.net"
SOON = 20.0
PLACES = (
    "{host}", "http://127.0.0.1:{port}", "http://127.0.0.1:{port}/devstoreaccount1", "azure", "sample", "logs", "",
    "https://acc1.blob.core.windows.net@127.0.0.1:{port}/", "https://acc1.blob.core.windows.net#@127.0.0.1:{port}/",
    "acc1.blob.core.windows.net", "UseDevelopmentStorage=true", "https://acc1.blob.core.windows.net\\@127.0.0.1/",
    "ftp://acc1.blob.core.windows.net", "//127.0.0.1:{port}/share", "/\0", "https://acc1.blob.core.windows.net./",
    "https://2130706433:{port}/", "https://[::ffff:127.0.0.1]:{port}/", " azure ", '"azure"', "https://a b/",
)  # fmt: skip


@pytest.fixture(scope="module")
def asked() -> Iterator[tuple[int, list[str]]]:
    """A host of a stranger, and what reached it."""
    lines: list[str] = []

    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            lines.append(f"{self.path} {self.headers}")
            self.send_error(404)

        def log_message(self, *_words: object) -> None:
            """Not to the test's output."""

    server = HTTPServer(("127.0.0.1", 0), Stranger)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1], lines
    server.shutdown()
    server.server_close()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    for name in ("NSGFLOW_ALLOW_FOLDERS", "NSGFLOW_ALLOW_IDENTITY", "NSGFLOW_ALLOW_HOSTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NSGFLOW_STORE", str(tmp_path / "flows.duckdb"))
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "acct")
    monkeypatch.setenv("AZURE_STORAGE_KEY", "c2VudGluZWw=")
    return LocalStore(tmp_path / "flows.duckdb")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    write_hour(tmp_path / "logs", NOW, allowed=("10.0.2.1:443",))
    return tmp_path / "logs"


@pytest.mark.parametrize("sign_in", SIGN_INS)
def test_no_place_is_opened_as_something_else(sign_in: str, asked: tuple[int, list[str]], store: LocalStore) -> None:
    """A server that lends nothing asks nobody and reads nothing, whatever a file says that it remembers."""
    port, lines = asked
    for text in PLACES:
        place = text.format(host=f"https://127.0.0.1:{port}", port=port)
        try:
            made = Connection("a", place, sign_in)
        except InputError:
            continue
        for lends in (others, owner):
            if lends is owner and sign_in in ("environment", "entra"):
                continue  # the owner's sign-in to the owner's account: nothing to refuse, and Azure is not here
            with pytest.raises(NsgflowError):
                open_connection(made, lends())
    assert not lines


@pytest.mark.parametrize(("sign_in", "place"), [("", "/"), ("environment", "azure"), ("entra", URL)])
def test_the_servers_own_takes_its_leave(
    sign_in: str, place: str, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Connection("Prod", place, sign_in, every=5)
    with pytest.raises(SourceDenied, match="does not lend"):
        Keeper(store, others).remember(made, store)
    assert load(store) == ()
    with pytest.raises(SourceDenied, match="does not lend"):
        open_connection(made, others())
    monkeypatch.setenv("NSGFLOW_ALLOW_IDENTITY" if sign_in else "NSGFLOW_ALLOW_FOLDERS", "1")
    assert open_connection(made, others()).place.text != ""


def test_rounds_stop_where_what_they_read_is_lent_no_more(
    logs: Path, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Remembered on a server of one's own, and served to others later: the keeper's own thread asks again."""
    monkeypatch.setattr(keeper, "LOOK", 0.02)
    monkeypatch.setattr(keeper, "MINUTE", timedelta(seconds=0.05))
    reach = [owner()]
    rounds, made = Keeper(store, lambda: reach[0]), Connection("Lab", str(logs), "", every=1)
    rounds.remember(made, store, FolderSource(logs))
    wait_until(lambda: rounds.last(made) is not None)
    reach[:] = [others()]
    wait_until(lambda: "does not lend" in getattr(rounds.last(made), "error", ""))
    wait_until(lambda: not desk_of(store.path).running)  # one that began before may be at its end
    rounds.forget("LAB", store)
    assert rounds.last(made) is None


def test_what_was_lent_opens_what_it_was_lent_for_alone(logs: Path, store: LocalStore, tmp_path: Path) -> None:
    rounds, source = Keeper(store, others), FolderSource(logs)
    made = Connection("Prod", URL, "key", every=5)
    rounds.remember(made, store, source)
    assert rounds.waits_for(made) == ""
    for other in (
        Connection("Prod", "https://acc2.blob.core.windows.net", "key", every=5),
        Connection("Prod", URL, "sas", every=5),
        Connection("Prod", URL, "key", ("c1",), every=5),
    ):
        assert rounds.waits_for(other)
        with pytest.raises(InputError, match="changed or removed"):
            rounds.start(other)
        save(store, [other])  # by another program
        with pytest.raises(NsgflowError, match="needs its"):
            rounds.start(other)
    rounds._look()
    assert rounds.waits_for(made) == "account key", "a store that remembers something else lets it go"


STRANGE: tuple[object, ...] = (
    7, None, [], {}, True, "", "x" * 5000, "a\u202eb", "a\nb", -1, 10**400, 0.001, float("nan"), float("inf"),
    [["a"]], ["\x1b[2J"], {"a": 1}, "0001-01-01", "²", "https://u:p@h/", "?sig=x", "AzureCloud2",
)  # fmt: skip


def test_a_file_of_a_stranger_is_read_or_left_out(store: LocalStore) -> None:
    """Each field of a connection with each strange value: what is read is a Connection of the right types."""
    sound = asdict(Connection("Prod", URL, "key", ("c1",), "-7d", "", 15))
    tried = 0
    for field in sound:
        for value in STRANGE:
            store.save_setting(connections.SETTING, json.dumps([{**sound, field: value}, sound]))
            read = load(store)
            assert all(each.words and type(each.every) is int and 0 <= each.every <= 10_080 for each in read)
            assert sound["name"] in [each.name for each in read]
            tried += 1
    assert tried == len(sound) * len(STRANGE)
    for text in ("[" * 100_000, "{}", '"x"', "[[]]", "NaN", "[" + "{}," * 1000 + "{}]"):
        store.save_setting(connections.SETTING, text)
        assert load(store) == ()


def test_no_name_stands_before_a_source_of_the_command_line(
    logs: Path, store: LocalStore, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An editor of a shared store cannot have the operator's scheduler read another place."""
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    save(store, [Connection(name, str(logs), "") for name in ("azure", URL, "other", "sample")])
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "")
    monkeypatch.setenv("AZURE_STORAGE_KEY", "")
    assert "names no storage account" in run("watch", "azure", "--once")[1]
    status, _, error = run("watch", "other", "--once")
    assert (status, "is both" in error) == (2, True)
    assert not store.extent().tuples


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)
