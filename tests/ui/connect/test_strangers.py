"""A server that others reach: whose sign-in it offers, where it lets a secret go, and that sessions keep their own."""

from __future__ import annotations

import ast
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from nsgflow_core.credentials import TypedBy
from nsgflow_core.ui.connect.places import folder as connect_folder
from nsgflow_core.ui.connect.state import ConnectState
from nsgflow_core.ui.frame import reached
from tests.conftest import ROOT, free_port
from tests.parts.servers.hostile_server import HostileServer, run_hostile
from tests.ui.connect.test_connect import press, wait_for, words
from tests.ui.opening import open_page
from tests.ui.reading import field

KEY = "c2VudGluZWwtc2VudGluZWwtc2VudGluZWw="
SAS = f"sv=2022-11-02&sp=rl&sig={KEY}"
REFUSED = "go to storage accounts of AzureCloud and to the hosts that its operator lists; this is neither."


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NSGFLOW_STORE", str(tmp_path / "flows.duckdb"))
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "acct")
    monkeypatch.setenv("AZURE_STORAGE_KEY", KEY)
    for name in ("NSGFLOW_ALLOW_HOSTS", "NSGFLOW_ALLOW_IDENTITY", "NSGFLOW_ALLOW_FOLDERS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def shared(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server listens for others."""
    monkeypatch.setattr(st, "get_option", lambda name: {"server.address": "0.0.0.0"}.get(name))


@pytest.fixture(scope="module")
def stranger() -> Iterator[HostileServer]:
    with run_hostile() as server:
        yield server


def open_connect() -> AppTest:
    return open_page("connect")


OWNERS = {"The account that the environment names", "Microsoft Entra, as this machine is signed in"}


@pytest.mark.usefixtures("shared")
def test_the_servers_own_sign_in_is_offered_when_its_operator_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_connect()
    assert not OWNERS & set(page.selectbox(key="connect_way").options)
    assert "NSGFLOW_ALLOW_IDENTITY=1" in words(page)
    page.segmented_control(key="from").set_value("workspace").run()
    assert page.selectbox(key="connect_workspace_way").options == ["Microsoft Entra, as you, with a device code"]
    monkeypatch.setenv(connect_folder.IDENTITY_VARIABLE, "1")
    page.run()
    assert len(page.selectbox(key="connect_workspace_way").options) == 2
    page.segmented_control(key="from").set_value("account").run()
    assert set(page.selectbox(key="connect_way").options) > OWNERS
    assert "NSGFLOW_ALLOW_IDENTITY" not in words(page)


@pytest.mark.usefixtures("shared")
def test_a_token_of_the_operator_for_a_test_server_is_lent_like_its_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSGFLOW_LOGS_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("NSGFLOW_LOGS_TOKEN", "stub")
    page = open_connect()
    page.segmented_control(key="from").set_value("workspace").run()
    assert "connect_endpoint" not in [each.key for each in page.text_input]
    monkeypatch.setenv(connect_folder.IDENTITY_VARIABLE, "1")
    page.run()
    assert "connect_endpoint" in [each.key for each in page.text_input]


@pytest.mark.usefixtures("shared")
def test_typed_hosts_get_the_same_words_whether_something_listens_there_or_not(stranger: HostileServer) -> None:
    page = open_connect()
    page.selectbox(key="connect_way").set_value("key").run()
    stranger.seen.clear()
    said = set()
    for host in (stranger.authority, f"127.0.0.1:{free_port()}", "169.254.169.254", "attacker.example"):
        for scheme in ("http", "https"):
            page.text_input(key="connect_account").set_value(f"{scheme}://{host}/acct")
            field(page, "Account key").set_value(KEY)
            press(page, "See what is there")
            said.add(wait_for(page, REFUSED))
    assert len(said) == 1
    assert KEY not in said.pop()
    assert stranger.seen == []


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("is_shared", [False, True])
def test_a_sas_field_never_reads_the_servers_environment(
    monkeypatch: pytest.MonkeyPatch, stranger: HostileServer, is_shared: bool
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", SAS)
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT")
    if is_shared:
        monkeypatch.setattr(st, "get_option", lambda name: {"server.address": "0.0.0.0"}.get(name))
    page = open_connect()
    page.selectbox(key="connect_way").set_value("sas").run()
    page.text_input(key="connect_sas").set_value(f"{stranger.url}/acct#sig=")
    press(page, "See what is there")
    wait_for(page, "A URL with a fragment (#) is not used")
    assert stranger.seen == []


@pytest.mark.usefixtures("home")
def test_two_sessions_hold_their_own_credentials(stranger: HostileServer) -> None:
    stranger.seen.clear()
    pages = {name: open_connect() for name in ("ada", "bob")}
    for name, page in pages.items():
        page.selectbox(key="connect_way").set_value("sas").run()
        page.text_input(key="connect_account").set_value(f"{stranger.url}/acct")
        page.text_input(key="connect_containers").set_value(name)
        page.text_input(key="connect_sas").set_value(f"sv=1&sp=rl&sig=signature-of-{name}")
        press(page, "See what is there")
    for page in pages.values():
        wait_for(page, "no storage account")
    for seen in stranger.seen:
        (owner,) = [name for name in pages if f"/acct/{name}" in seen.path]
        assert f"signature-of-{owner}" in seen.path
    assert {name for name in pages for seen in stranger.seen if f"/acct/{name}" in seen.path} == {"ada", "bob"}
    for name, page in pages.items():
        held = page.session_state["_connect"]
        assert isinstance(held, ConnectState)
        (other,) = set(pages) - {name}
        assert f"signature-of-{other}" not in repr(page.session_state) + words(page) + repr(vars(held))
        assert field(page, "SAS").value == ""
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("nsgflow")]
    assert not any("signature-of" in repr(vars(thread)) for thread in threads)


@pytest.mark.parametrize(
    ("address", "headers", "reach"),
    [
        ("127.0.0.1", {}, TypedBy.OWN),
        ("localhost", {"Host": "localhost:8501", "Origin": "http://localhost:8501"}, TypedBy.OWN),
        ("::1", {"Host": "[::1]:8501"}, TypedBy.OWN),
        ("", {}, TypedBy.SHARED),
        ("0.0.0.0", {"Host": "localhost:8501"}, TypedBy.SHARED),
        ("10.0.0.4", {}, TypedBy.SHARED),
        ("127.0.0.1", {"Host": "flows.contoso.com"}, TypedBy.SHARED),
        ("127.0.0.1", {"Host": "127.0.0.1:8501", "Origin": "https://flows.contoso.com"}, TypedBy.SHARED),
        ("127.0.0.1", {"Host": "localhost", "X-Forwarded-For": "10.0.0.9"}, TypedBy.SHARED),
        ("127.0.0.1", {"Host": "localhost.attacker.example"}, TypedBy.SHARED),
        ("127.0.0.1", {"Host": "localhost", "Origin": "null"}, TypedBy.SHARED),
    ],
)
def test_who_reaches_the_server(
    monkeypatch: pytest.MonkeyPatch, address: str, headers: dict[str, str], reach: TypedBy
) -> None:
    class Context:
        pass

    context: Any = Context()
    context.headers = headers
    monkeypatch.setattr(st, "get_option", lambda name: {"server.address": address}.get(name))
    monkeypatch.setattr(st, "context", context)
    monkeypatch.delenv(connect_folder.FOLDERS_VARIABLE, raising=False)
    assert reached.reach() is reach
    assert connect_folder.is_offered() == (reach is TypedBy.OWN)


OPENERS = {"from_url", "from_connection_string", "read_url", "read_connection_string"}
"""What reads an address that somebody typed."""
COMMAND_LINE = {"open_source"}
"""Falls back to the environment: not for pages."""


def test_no_page_opens_a_typed_address_without_saying_who_reaches_it() -> None:
    walked = 0
    for file in (ROOT / "nsgflow_core" / "ui").rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            assert name not in COMMAND_LINE, file
            if name in OPENERS:
                walked += 1
                assert "reach" in {keyword.arg for keyword in call.keywords}, f"{file}: {name}"
    assert walked >= 2


OTHER_WAYS_OUT = {"telling.py": "a webhook, named by whoever runs the command, to which no secret of Azure goes"}
WAYS_OUT = {"requests", "urllib.request", "http.client", "urllib3", "httpx", "aiohttp"}


def test_whatever_asks_another_machine_goes_by_the_one_way_out() -> None:
    """A client of Azure gets the transport with one destination; nothing else opens connections."""
    clients = 0
    for file in (ROOT / "nsgflow_core").rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.name for alias in node.names} if isinstance(node, ast.Import) else {node.module or ""}
                is_a_door = "credentials" in file.parts or file.name in OTHER_WAYS_OUT
                assert is_a_door or not names & WAYS_OUT, f"{file}: {names}"
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("BlobServiceClient", "LogsQueryClient"):
                text = ast.unparse(node) + file.read_text(encoding="utf-8")
                clients += 1
                assert "OneHostTransport(" in text, file
                assert "permit_redirects" in text, file
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "KustoClient":  # it follows no redirect
                clients += 1
                assert "confine(made._session, host)" in file.read_text(encoding="utf-8"), file
    assert clients == 4


def test_a_connection_is_counted_by_these_tests(stranger: HostileServer) -> None:
    """The hostile server would see one."""
    host, port = stranger.authority.split(":")
    before = len(stranger.seen)
    with socket.create_connection((host, int(port))) as probe:
        probe.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        probe.recv(100)
    assert len(stranger.seen) == before + 1
