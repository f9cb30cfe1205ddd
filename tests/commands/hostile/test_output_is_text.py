"""What strangers named is text on a terminal, too: tables, errors, notes and lines, of every command."""

from __future__ import annotations

import ast
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from nsgflow_core.stores.local.store import LocalStore
from tests.conftest import ROOT
from tests.watch.logs import NOW, write_hour

POISON = "\x1b]8;;http://192.0.2.1\x07click\x1b]8;;\x07\x1b[2J\x9b31m\u202egnp.exe\u2066\x85\r\x08"
SHOWN = "192.0.2.1␇click"


ENDED = "-- the command has ended --"
ONE_BY_ONE = f"""
import contextlib, json, sys
from nsgflow_core.__main__ import main
for words in json.loads(sys.argv[1]):
    with contextlib.suppress(SystemExit):  # how argparse ends what it refuses
        main(words)
    print("{ENDED}", flush=True)
"""


def on_terminal(*commands: tuple[object, ...], cwd: Path, environment: dict[str, str]) -> list[str]:
    """What a real terminal gets of commands, one after the other in one process: their output and their errors."""
    leader, follower = pty.openpty()
    asked = json.dumps([[str(word) for word in words] for words in commands])
    command = [sys.executable, "-c", ONE_BY_ONE, asked]
    running = subprocess.Popen(command, cwd=cwd, env=environment, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    pieces = []
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # the other side is closed (Linux)
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(leader)
    assert running.wait() == 0
    text = b"".join(pieces).decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    *said, last = text.split(f"{ENDED}\n")
    assert (len(said), last) == (len(commands), "")
    return said


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A store of which rules, NSGs, files and people have such names, and a folder with a blob of one."""
    write_hour(tmp_path / "logs", NOW, log="NSG" + POISON.replace("/", ":"), allowed=("10.0.2.1:443",))
    (blob,) = (tmp_path / "logs").rglob("*.json")
    record = json.loads(blob.read_text())
    text = json.dumps(record).replace(': "rule"', f": {json.dumps(POISON)}")
    blob.write_text(text)
    broken = tmp_path / "logs" / f"y{POISON.replace('/', ':')}.json"
    broken.write_bytes(b"<html>")
    return tmp_path


COMMANDS: tuple[tuple[object, ...], ...] = (
    ("import", "logs"),
    ("watch", "logs", "--once"),
    ("summarize", "--by", "rule,nsg"),
    ("summarize", "--by", "rule", "--format", "json"),
    ("flows",),
    ("denied", "--rule", POISON),
    ("history",),
    ("import", f"nothing{POISON}"),
    ("inventory", f"nothing{POISON}"),
    ("summarize", "--by", POISON),
    ("summarize", "--format", POISON),
    ("flows", POISON),
    ("query", "--kql", f"no{POISON}"),
    ("flows", "--store", f"no{POISON}"),
    ("rules", "audit", "--rules", f"no{POISON}"),
    ("--verbose", "flows", "--rule", POISON),
)


def test_nothing_that_a_terminal_obeys(home: Path) -> None:
    environment = {**os.environ, "NSGFLOW_STORE": str(home / "flows.duckdb"), "PYTHONPATH": str(ROOT)}
    shown = 0
    for words, text in zip(COMMANDS, on_terminal(*COMMANDS, cwd=home, environment=environment), strict=True):
        if words[0] == "import":
            text = text.replace("\x1b[K", "").replace("\r", "")  # our own line of progress
        obeyed = {
            letter for letter in text if (not letter.isprintable() and letter != "\n") or letter in "\u202e\u2066"
        }
        assert not obeyed, (words, obeyed, text)
        shown += SHOWN in text
    assert shown >= 12, "the names themselves are shown"


def test_a_pipe_gets_exact_bytes(home: Path) -> None:
    environment = {**os.environ, "NSGFLOW_STORE": str(home / "flows.duckdb")}
    for words in (("import", str(home / "logs")), ("summarize", "--by", "rule", "--format", "json")):
        done = subprocess.run(
            [sys.executable, "-m", "nsgflow_core", *words], cwd=ROOT, env=environment, capture_output=True, check=False
        )
    assert POISON in [row["rule"] for row in json.loads(done.stdout)]
    assert LocalStore(home / "flows.duckdb").extent().tuples == 1


def test_the_command_line_speaks_through_one_module() -> None:
    speakers = set()
    for path in (*(ROOT / "nsgflow_core" / "commands").rglob("*.py"), ROOT / "nsgflow_core" / "__main__.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in ("sys.stdout", "sys.stderr"):
                speakers.add(path.name)
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "print":
                speakers.add(path.name)
    assert speakers <= {"output.py", "__main__.py"}
