"""Who is told: where a webhook may go, that it follows no redirect, and what a program gets, without a shell."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from nsgflow_core.errors import InputError, NsgflowError
from nsgflow_core.watch import telling
from nsgflow_core.watch.telling import Program, Webhook, split

Heard = list[tuple[str, str]]


@pytest.fixture
def heard() -> Iterator[tuple[str, Heard]]:
    """A listener on loopback: /hook answers 204, /away redirects to /hook, /no answers 500."""
    posts: Heard = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posts.append((self.path, self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.send_response({"/hook": 204, "/away": 307}.get(self.path, 500))
            self.send_header("Location", "/hook")
            self.end_headers()

        def do_GET(self) -> None:
            posts.append((self.path, "GET"))

        def log_message(self, *_words: object) -> None:
            """Not to the test's output."""

    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", posts
    server.shutdown()
    server.server_close()


def test_it_is_posted_once(heard: tuple[str, Heard]) -> None:
    address, posts = heard
    Webhook(f"{address}/hook").tell('{"a": 1}')
    assert posts == [("/hook", '{"a": 1}')]


@pytest.mark.parametrize(("path", "status"), [("/away", "307"), ("/no?token=s3cret", "500")])
def test_a_redirect_is_not_followed_and_no_error_quotes_the_address(
    heard: tuple[str, Heard], path: str, status: str
) -> None:
    address, posts = heard
    with pytest.raises(NsgflowError, match=rf"The webhook at 127\.0\.0\.1 answered {status}") as failed:
        Webhook(address + path).tell("{}")
    assert len(posts) == 1
    assert "s3cret" not in str(failed.value) + repr(Webhook(address + path))


def test_nobody_there() -> None:
    with pytest.raises(NsgflowError, match=r"127\.0\.0\.1 cannot be reached"):
        Webhook("http://127.0.0.1:9/").tell("{}")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com/", "https://", "example.com", "https://u:p@example.com/", "file:///etc",
        "https://example.com/#part", "https://example.com/a b?k=s3cret", "https://example.com/\u00fc", "https://127.1/",
        "https://example.com\\@evil.example/", "https://example.com./", "https://2130706433/", "http://0x7f.1/",
        "http://127.0.0.1.example.com/", "http://[::1", "https://example.com:x/",
    ],
)  # fmt: skip
def test_where_a_webhook_may_not_go(url: str) -> None:
    with pytest.raises(InputError) as refused:
        Webhook(url)
    assert "s3cret" not in str(refused.value)


def test_where_it_may_go() -> None:
    for url in ("https://example.com/hook?x=1", "http://127.0.0.2/", "http://[::1]:8080/x", "http://localhost/"):
        Webhook(url)


def test_a_program_reads_it_and_no_shell_sees_it(tmp_path: Path) -> None:
    told = tmp_path / "told here"
    code = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read() + sys.argv[2])"
    Program.of(f"'{sys.executable}' -c '{code}' '{told}' '$(touch {tmp_path}/shell)'").tell('{"a": 1}')
    assert told.read_text() == f'{{"a": 1}}$(touch {tmp_path}/shell)'
    assert not (tmp_path / "shell").exists()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (f"'{sys.executable}' -c 'raise SystemExit(3)'", "ended with status 3"),
        ("/no/such/program", "cannot be started"),
    ],
)
def test_a_program_that_fails_is_said(command: str, words: str) -> None:
    with pytest.raises(NsgflowError, match=words):
        Program.of(command).tell("{}")


def test_under_windows_a_backslash_is_of_a_path() -> None:
    """Read as a shell of Linux does, C:\\tools\\hook.exe was C:toolshook.exe, which cannot be started."""
    text = r""" "C:\Program Files\tell.exe" --to="C:\logs\new one" 'two words' """
    told = (r"C:\Program Files\tell.exe", r"--to=C:\logs\new one", "two words")
    assert split(text, backslashes_are_folders=True) == told
    assert split("'open", backslashes_are_folders=True) == ()
    assert split(r"a\ b 'c d'", backslashes_are_folders=False) == ("a b", "c d")


@pytest.mark.parametrize("text", ["", "  ", "'open"])
def test_no_command(text: str) -> None:
    with pytest.raises(InputError):
        Program.of(text)


ANSWERS = {
    "no HTTP": [b"\0\1\2 s3cret\r\n\r\n"],
    "a line without end": [b"HTTP/1.1 200 OK\r\nA: " + b"a" * 100_000],
    "a thousand headers": [b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000 + b"\r\n"],
    "nothing": [],
    "a drip": [b"HTTP/1.1 200 OK\r\n", *[b"A"] * 40],
    "go on, go on": [b"HTTP/1.1 100 Continue\r\n\r\n"] * 40,
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_whatever_it_answers_is_a_sentence_in_time(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.recv(65536)
                for piece in ANSWERS[kind]:
                    connection.sendall(piece)
                    time.sleep(0.05)

        threading.Thread(target=answer, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(NsgflowError, match=r"The webhook at 127\.0\.0\.1 ") as failed:
            Webhook(f"http://127.0.0.1:{listener.getsockname()[1]}/s3cret").tell("{}")
    assert "s3cret" not in str(failed.value)
    assert time.monotonic() - began < 1.5
