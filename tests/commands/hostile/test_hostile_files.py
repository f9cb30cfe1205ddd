"""Whatever file a user names, and whatever the streams are connected to: sentences and an exit status, no traceback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nsgflow_core import __main__
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.commands.telling import last_resort
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.shapes.given import MOST_BYTES
from nsgflow_core.rules.review.kept import read_decisions
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from tests.conftest import ROOT
from tests.hostile_files import CONTENTS, HARMLESS, VNET, nsg_with
from tests.hostile_places import a_folder, a_long_name, a_loop, a_pipe, below_a_file, zeros
from tests.intake.conftest import logs as logs
from tests.intake.conftest import many as many

GOLDEN = ROOT / "tests" / "golden"
ROUTES: dict[str, tuple[str, ...]] = {
    "inventory": ("inventory", "{file}"),
    "subnets": ("denied", "--subnets", "{file}"),
    "nsg names": ("denied", "--nsg-names", "{file}"),
    "rules": ("rules", "audit", "--rules", "{file}"),
    "service tags": ("rules", "audit", "--rules", "{nsgs}", "--service-tags", "{file}"),
    "decisions": ("rules", "draft", "--nsg", "web", "--direction", "Inbound", "--decisions", "{file}"),
    "logs": ("import", "{file}"),
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    """A store of the golden blobs, made once."""
    made = LocalStore(tmp_path_factory.mktemp("golden") / "flows.duckdb")
    assert import_flows(FolderSource(GOLDEN), made).exit_status == 0
    return made.path


@pytest.fixture
def store(filled, tmp_path):
    return Path(shutil.copy(filled, tmp_path))


def tried(run, store: Path, file: Path, route: tuple[str, ...]) -> tuple[int, str]:
    """The status and what was said, which is sentences."""
    nsgs = store.parent / "nsgs.json"
    nsgs.write_bytes(nsg_with())
    started = time.monotonic()
    words = [word.format(file=file, nsgs=nsgs) for word in route]
    status, _, complaint = run(*words, "--store", store)
    assert time.monotonic() - started < 30
    assert status in (0, 1, 2)
    assert "our side" not in complaint
    assert "our mistake" not in complaint
    assert "Traceback" not in complaint
    assert all(line.startswith("nsgflow: ") for line in complaint.splitlines())
    return status, complaint


@pytest.mark.parametrize("kind", CONTENTS)
def test_every_content_on_every_route_is_sentences(kind, store, tmp_path, run):
    file = tmp_path / "given.json"
    file.write_bytes(CONTENTS[kind])
    for name, route in ROUTES.items():
        status, complaint = tried(run, store, file, route)
        assert status == 0 or kind in HARMLESS or complaint or name in ("logs", "inventory"), name


def test_what_is_right_in_another_encoding_is_read_and_surrogates_are_kept_as_text():
    for kind in HARMLESS:
        assert [each.name for each in read([("f", CONTENTS[kind])]).vnets] == ["hub"]
    (odd,) = read([("caf\udce9.json", CONTENTS["lone surrogates"])]).vnets
    assert odd.name == "\\ud800"
    read([("caf\udce9.json", CONTENTS["lone surrogates"])]).to_json().encode()
    long = read([("f", CONTENTS["nested in an expression"])])
    assert (long.vnets, len(long.findings)) == ((), 1)
    assert len(long.findings[0].sentence) < 400


def test_what_a_file_names_can_be_asked_for():
    """Whatever JSON can spell: a question that takes its values from what is shown was refused for one name."""
    nul = json.dumps([VNET | {"name": "h\0ub", "subnets": [{"name": "a\0b", "addressPrefix": "10.0.0.0/24"}]}])
    for content in (nul.encode(), CONTENTS["lone surrogates"]):
        found = read([("f", content)])
        names = [each.name for each in found.vnets] + [each.name for each in found.subnet_map.subnets]
        assert names
        assert FlowFilter().where("source", *names).values_of("source")
    assert [each.name for each in read([("f", nul.encode())]).subnet_map.subnets] == ["a\u2400b"]


def a_large_file(folder: Path) -> Path:
    with (folder / "large.json").open("wb") as file:
        file.truncate(200 << 20)
    return folder / "large.json"


def a_name_that_is_no_text(folder: Path) -> Path:
    path = folder / os.fsdecode(b"caf\xe9.json")
    path.write_bytes(json.dumps([VNET]).encode())
    return path


def nowhere(folder: Path) -> Path:
    return folder / "nowhere.json"


NOT_KEPT = b"nsgflow: note: Looked at, not kept. --save keeps it with the store, which then labels with it."
PLACES = (a_folder, a_pipe, a_long_name, a_large_file, a_loop, below_a_file, a_name_that_is_no_text, zeros, nowhere)


@pytest.mark.parametrize("place", PLACES)
def test_every_place_on_every_route_is_sentences(place: Callable[[Path], Path], store, tmp_path, run):
    spot = tmp_path / "spot"
    spot.mkdir()
    file = place(spot)
    for name, route in ROUTES.items():
        status, _ = tried(run, store, file, route)
        assert status == 2 or place is a_name_that_is_no_text or (name == "logs"), name
    if place is a_name_that_is_no_text:
        status, printed, _ = run("inventory", file, "--store", store)
        assert (status, "caf\\xe9.json" in printed) == (0, True)


def test_what_the_shell_pipes_is_read(store):
    command = [sys.executable, "-m", "nsgflow_core", "inventory", "/dev/stdin", "--store", str(store)]
    asked = subprocess.run(command, cwd=ROOT, input=json.dumps([VNET]).encode(), capture_output=True, check=False)
    assert (asked.returncode, asked.stderr.splitlines()) == (0, [NOT_KEPT])
    assert b"hub" not in asked.stderr


def test_a_value_that_is_no_text_is_refused(store, run):
    assert run("denied", "--store", store, "--nsg", "caf\udce9")[0] == 2


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b"7", b"[1]", b"{}{}", b'[{"rule":"\\ud800","note":"x"}]', b"\xff\xfe\xff"]
)
def test_decisions_are_read_like_any_file(content):
    try:
        (made,) = read_decisions(content).rules
        assert made.rule == "\\ud800"
    except Exception as refused:
        assert type(refused).__name__ == "BadRuleSet"  # noqa: PT017


def test_flow_logs_below_names_that_are_no_text_are_read(tmp_path, run):
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    shutil.copytree(GOLDEN, folder / os.fsdecode(b"r\xe9seau"))
    status, printed, complaint = run("import", os.fspath(folder), "--store", tmp_path / "x.duckdb", "--json")
    assert (status, json.loads(printed)["tuples"], complaint) == (0, 24, "")
    assert (
        json.loads(run("import", os.fspath(folder), "--store", tmp_path / "x.duckdb", "--json")[1])["bytes_read"] == 0
    )


@pytest.mark.parametrize(
    ("tail", "status"),
    [
        ("flows >/dev/full", 2),
        ("flows >&-", 2),
        ("--help >/dev/full", 0),
        ("flows 2>&- >/dev/null", 0),
        ("flows --nsg x,,, --port http 2>/dev/full", 2),
    ],
)
def test_streams_that_take_nothing(tail, status, store):
    words, _, streams = (
        tail.partition(" ") if tail.startswith("--") else (tail.split(" ")[0], "", tail.partition(" ")[2])
    )
    where = "" if words == "--help" else f"--store {store}"
    line = f"'{sys.executable}' -m nsgflow_core {words} {where} {streams}"
    asked = subprocess.run(["sh", "-c", line], cwd=ROOT, capture_output=True, text=True, check=False)
    assert asked.returncode == status, asked.stderr
    assert "Traceback" not in asked.stderr
    assert "ignored" not in asked.stderr
    assert asked.stderr.count("\n") == (1 if status and "2>" not in tail else 0)


def test_ctrl_c_is_calm_from_the_first_import_on(many, tmp_path):
    command = [sys.executable, "-m", "nsgflow_core", "import", str(many), "--store", str(tmp_path / "x.duckdb")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as asked:
        while asked.poll() is None and not (tmp_path / "x.duckdb").exists():
            time.sleep(0.05)
        asked.send_signal(signal.SIGINT)
        _, complaint = asked.communicate(timeout=60)
    assert "Traceback" not in complaint
    assert asked.returncode in (0, 130)


def test_a_home_that_cannot_be_used_is_a_sentence(tmp_path, run, monkeypatch):
    blocked = tmp_path / "home"
    blocked.write_text("a file")
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(blocked))
    monkeypatch.delenv("NSGFLOW_STORE", raising=False)
    for words in (("denied",), ("import", GOLDEN)):
        status, _, complaint = run(*words)
        assert (status, complaint.count("\n")) == (2, 1)
        assert str(blocked) in complaint
    monkeypatch.setenv("NSGFLOW_STORE", "~nobody-of-that-name/x.duckdb")
    assert "our side" not in run("denied")[2]


@pytest.mark.parametrize(
    "words",
    [
        *(("import", "{}"), ("watch", "{}", "--once"), ("denied", "--lake", "{}"), ("import", "a", "{}")),
        *(("backup", "{}/copy.duckdb"), ("denied", "--store", "{}"), ("sample", "{}"), ("export", "{}")),
    ],
)
def test_the_home_of_nobody_is_a_folder_of_that_name_as_in_a_shell(words, store, tmp_path, run, monkeypatch):
    """pathlib's expanduser fails on it: five commands took that for a failure of ours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NSGFLOW_STORE", str(store))
    if words[0] == "sample":
        Path("~nobody-of-that-name").write_text("in the way, so that it is not written for the test")
    status, printed, said = run(*(word.format("~nobody-of-that-name") for word in words))
    assert "our side" not in printed + said
    assert status == (0 if words[0] == "export" else 2)


def test_paths_that_people_write_are_read_in_one_place():
    code = {path: path.read_text(encoding="utf-8") for path in (ROOT / "nsgflow_core").rglob("*.py")}
    assert {path.name for path, text in code.items() if "expanduser" in text} == {"visible.py", "file.py"}, (
        "of a store, to say what no file can be called"
    )


def test_the_last_resort_is_a_line_with_a_reference_and_keeps_no_secret(store, tmp_path, run, monkeypatch):
    def fails(_arguments):
        try:
            raise OSError(5, "sig=hush-hush")
        except OSError as failure:
            raise KeyError("sig=hush-hush") from failure

    monkeypatch.setattr("nsgflow_core.commands.questions.run_denied", fails)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for words in (("denied",), ("--verbose", "denied")):
        status, printed, complaint = run(*words, "--store", store)
        assert (status, printed) == (2, "")
        assert "Traceback" not in complaint
        assert "hush-hush" not in complaint
    (first, _) = sorted((tmp_path / "state").rglob("*.txt"), key=lambda path: path.stat().st_mtime)
    told = first.read_text()
    assert "builtins.KeyError" in told
    assert "builtins.OSError, errno 5" in told
    assert "in fails" in told
    assert "hush-hush" not in told
    monkeypatch.setenv("XDG_STATE_HOME", str(store))
    assert "--verbose" in run("denied", "--store", store)[2]


def test_too_little_memory_and_a_large_file_are_sentences(run, monkeypatch):
    assert "not enough memory" in last_resort.last_resort(MemoryError())
    (finding,) = read([("large.json", b"[" * (MOST_BYTES + 1))]).findings
    assert "larger than 64 MB" in finding.sentence
    monkeypatch.setattr(__main__, "_run", lambda _words: 1 / 0)
    assert run("x")[0] == 2
