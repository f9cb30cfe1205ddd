"""A valid flow log without an entry (`{"records":[]}`), alone and beside others: a sentence, on page and command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nsgflow_core.__main__ import COMMANDS, main
from nsgflow_core.stores.kql_on_local.engine import KqlOnLocal
from nsgflow_core.stores.kql_on_local.examples import EXAMPLES
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.frame import navigation, session
from tests.conftest import ROOT
from tests.ui.frame.as_it_reads import as_it_reads

_PATH = (
    "insights-logs-flowlogflowevent/flowLogResourceID=/SUB_NETWORKWATCHERRG/NETWORKWATCHER_WE_{name}/"
    "y=2026/m=11/d=24/h=10/m=00/macAddress=000D3A000001/PT1H.json"
)
EMPTY = b'{"records":[]}'
NSG = {
    "id": "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/networkSecurityGroups/nsg-web",
    "name": "nsg-web",
    "securityRules": [],
}
SCOPE = ("--nsg", "nsg-web", "--direction", "Inbound")
WINDOWS = ("--before", "2026-11-01/2026-11-02", "--after", "2026-11-02/2026-11-03")
OPTIONS: dict[str, tuple[str, ...]] = {
    "required-ports": (),
    "denied": (),
    "address": ("10.0.0.4",),
    "flows": (),
    "summarize": ("--by", "hour,nsg", "--measure", "flows,bytes"),
    "changes": WINDOWS,
    "inventory": (),
    "coverage": (),
    "history": (),
    "retention": ("--keep", "1", "--dry-run"),
    "backup": ("COPY",),
    "export": ("LAKE",),
    "report": ("-o", "REPORT"),
    "chart": ("over-time", "-o", "CHART"),
    "views": (),
    "query": ("--kql", "KQL"),
    "rules draft": SCOPE,
    "rules plan": (*SCOPE, "--rules", "NSGS"),
    "rules dial": SCOPE,
    "rules held-out": SCOPE,
    "rules proof": SCOPE,
    "rules completeness": (),
    "rules closing": SCOPE,
    "rules check": ("--since", "2026-11-01"),
    "rules replay": ("--rules", "NSGS"),
    "rules audit": ("--rules", "NSGS"),
    "rules coverage": (),
    "rules groups": (),
    "rules questions": SCOPE,
    "rules answer": ("no-question", "--allow", *SCOPE),
    "rules decide": ("no-rule", "--accept", *SCOPE),
    "rules dossier": (*SCOPE, "--output", "DOSSIER"),
    "rules path": ("10.0.0.4", "10.0.0.5", "TCP", "22"),
    "rules intents": ("INTENTS", "--rules", "NSGS"),
}
"""What each command that asks a store needs besides the store."""
_WITHOUT_STORE = {"dashboard", "import", "sample", "watch", "kusto setup", "rules diff"}


def imported(folder: Path, path: str = _PATH, **logs: bytes) -> LocalStore:
    """A store with these flow logs, by the command line."""
    for name, content in logs.items():
        blob = folder / "blobs" / path.format(name=name.upper())
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(content)
    store = folder / "flows.duckdb"
    assert main(["import", str(folder / "blobs"), "--store", str(store)]) == 0
    return LocalStore(store)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    return imported(tmp_path_factory.mktemp("alone"), quiet=EMPTY)


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    """Two named logs whose paths tell no hour, so that the hours of one are those of its entries: none."""
    busy = (ROOT / "tests" / "golden" / "vnet-v4.json").read_bytes()
    return imported(tmp_path_factory.mktemp("beside"), _PATH.replace("m=11", "m=13"), quiet=EMPTY, busy=busy)


@pytest.mark.parametrize("name", [command.name for command in COMMANDS if command.name not in _WITHOUT_STORE])
def test_every_command_answers_without_an_entry(
    name: str, alone: LocalStore, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    nsgs = tmp_path / "nsgs.json"
    nsgs.write_text(json.dumps([NSG]))
    (tmp_path / "intents.txt").write_text("never: Internet -> 10.0.0.4 22")
    files = {"NSGS": str(nsgs), "COPY": str(tmp_path / "copy.duckdb"), "INTENTS": str(tmp_path / "intents.txt")}
    (tmp_path / "q.kql").write_text("NTANetAnalytics | summarize count() by FlowType")
    files["KQL"] = str(tmp_path / "q.kql")
    files |= {"DOSSIER": str(tmp_path / "dossier.html"), "REPORT": str(tmp_path / "report.html")}
    files["CHART"] = str(tmp_path / "chart.svg")
    files["LAKE"] = str(tmp_path / "lake")
    words = [files.get(word, word) for word in OPTIONS[name]]
    status = main([*name.split(), *words, "--store", str(alone.path)])
    said = capfdbinary.readouterr()
    assert status == 0 or said.err.startswith(b"nsgflow: ")
    assert b"NaT" not in said.out + said.err
    assert b"nan" not in said.out


def test_an_import_of_nothing_says_so(
    alone: LocalStore, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    imported(tmp_path, quiet=EMPTY)
    printed = capfdbinary.readouterr().out.decode()
    assert "0 new flow tuples" in printed
    assert "NaT" not in printed


@pytest.mark.parametrize("name", [row.name for row in navigation.PAGES])
def test_every_page_says_what_there_is(
    name: str, alone: LocalStore, opened: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NSGFLOW_STORE", str(alone.path))
    app = opened()
    app.session_state["_store"] = session.ActiveStore(alone)
    app = app.switch_page(f"pages/{name}.py").run() if name != navigation.PAGES[0].name else app.run()
    assert not app.exception
    assert not app.error
    said = [box.proto.title for box in app.info] + [each.value for each in app.markdown]
    if name == "connect":
        assert "The blobs that were read hold no log entry, so nothing is covered yet." in said
    elif name == "coverage":
        assert any("Nothing can be said" in box.value for box in app.info)
    elif name != "query":
        assert any("holds no flows yet" in as_it_reads(each) for each in said)


def test_connect_shows_a_log_without_an_entry_beside_another(
    beside: LocalStore, opened: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NSGFLOW_STORE", str(beside.path))
    app = opened("connect")
    log = next(each for each in app.selectbox(key="coverage_log").options if "QUIET" in each.upper())
    app.selectbox(key="coverage_log").set_value(log).run()
    assert not app.exception
    assert not app.error
    assert not [box.proto.title for box in app.warning]
    assert "This flow log holds no log entry yet, so it covers no hour." in [each.value for each in app.caption]


def test_kql_answers_without_an_entry(alone: LocalStore) -> None:
    asked = KqlOnLocal(alone, None)
    for text in EXAMPLES.values():
        assert asked.run(text).empty
