"""Who is told of news: a webhook or a program, both named by whoever runs the command, never by what was read."""

from __future__ import annotations

import http.client
import os
import shlex
import subprocess
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Protocol

from nsgflow_core.credentials import read_endpoint
from nsgflow_core.errors import InputError, NsgflowError

SECONDS = 15.0


class Listener(Protocol):
    """Somebody who is told."""

    def tell(self, news: str) -> None:
        """Hand over one JSON object. Raises NsgflowError when it did not arrive."""
        ...


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_given: object) -> None:
        """None: the answer itself is then the failure."""
        return


@dataclass(repr=False)
class Webhook:
    """A POST of JSON to one https address; plain http to this machine alone. Redirects are not followed.

    The address may hold a secret, as chat services' do: no error quotes more of it than its host. A server that drips
    its answer is given up after SECONDS in all, so that it holds up no round.
    """

    url: str
    _posting: threading.Thread | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Raises InputError for an address that two programs could read in two ways, or that is not private."""
        endpoint = read_endpoint(self.url, like="https://example.com/hook")
        if not self.url.isascii():
            raise InputError("This is no address for a webhook.", "Write other letters than ASCII as %C3%BC.")
        self.url = f"{endpoint.origin}{endpoint.path or '/'}" + (f"?{endpoint.query}" if endpoint.query else "")
        self._host, self._is_here = endpoint.name, endpoint.is_loopback
        if endpoint.scheme != "https" and not self._is_here:
            raise InputError("A webhook takes https.", "Plain http goes to this machine alone, 127.0.0.1.")

    def tell(self, news: str) -> None:
        """Post it; anything but an answer of 200 to 299 is a failure."""
        reasons = ["did not answer in time"]
        if self._posting is None or not self._posting.is_alive():  # else the one before it is still waiting there
            self._posting = threading.Thread(target=lambda: reasons.append(self._post(news)), daemon=True)
            self._posting.start()
            self._posting.join(SECONDS)
        if reasons[-1]:
            raise NsgflowError(
                f"The webhook at {self._host} {reasons[-1]}.", "What is new was not told; the import is kept."
            )

    def _post(self, news: str) -> str:
        """Why it did not arrive; "" when it did."""
        handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
        if self._is_here:
            handlers.append(urllib.request.ProxyHandler({}))
        asked = urllib.request.Request(self.url, news.encode(), {"Content-Type": "application/json"}, method="POST")
        try:
            urllib.request.build_opener(*handlers).open(asked, timeout=SECONDS).close()
        except urllib.error.HTTPError as failure:
            failure.close()
            return f"answered {failure.code}"
        except TimeoutError:
            return "did not answer in time"
        except (OSError, ValueError):
            return "cannot be reached"
        except http.client.HTTPException:
            return "answered with something that is no HTTP"
        return ""


@dataclass(frozen=True)
class Program:
    """A program with its arguments, started without a shell; it reads the JSON on its standard input."""

    arguments: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Program:
        """From one text, split into arguments as a shell would. Raises InputError."""
        arguments = split(text, backslashes_are_folders=os.name == "nt")
        if not arguments:
            raise InputError("This is no command.", "Write a program and its arguments, quotes closed.")
        return cls(arguments)

    def tell(self, news: str) -> None:
        """Start it and wait; its own output goes where this command's does."""
        name = self.arguments[0]
        try:
            ended = subprocess.run(self.arguments, input=news, encoding="utf-8", timeout=SECONDS * 4, check=False)
            reason = f"ended with status {ended.returncode}" if ended.returncode else ""
        except subprocess.TimeoutExpired:
            reason = f"did not end within {SECONDS * 4:.0f} s"
        except OSError as failure:
            reason = f"cannot be started: {failure.strerror}"
        if reason:
            raise NsgflowError(f"The command {name} {reason}.", "What is new was not told; the import is kept.")


def split(text: str, *, backslashes_are_folders: bool) -> tuple[str, ...]:
    """The words of a command line without their quotes; none where one is not closed."""
    words = shlex.shlex(text, posix=True, punctuation_chars=False)
    words.whitespace_split, words.commenters = True, ""
    if backslashes_are_folders:
        words.escape = ""
    try:
        return tuple(words)
    except ValueError:
        return ()
