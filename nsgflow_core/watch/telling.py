"""Who is told of news: a webhook or a program, both named by whoever runs the command, never by what was read."""

from __future__ import annotations

import ipaddress
import shlex
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

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


@dataclass(frozen=True, repr=False)
class Webhook:
    """A POST of JSON to one https address; plain http to this machine alone. Redirects are not followed.

    The address may hold a secret, as chat services' do: no error quotes more of it than its host.
    """

    url: str

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            host = ""
        if not host or parts.username or parts.password is not None or parts.fragment:
            raise InputError("This is no address for a webhook.", "Write it like https://example.com/hook.")
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
            raise InputError("A webhook takes https.", "Plain http goes to this machine alone, 127.0.0.1.")

    def tell(self, news: str) -> None:
        """Post it; anything but an answer of 200 to 299 is a failure."""
        host = urlsplit(self.url).hostname or ""
        handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
        if _is_loopback(host):
            handlers.append(urllib.request.ProxyHandler({}))
        asked = urllib.request.Request(self.url, news.encode(), {"Content-Type": "application/json"}, method="POST")
        try:
            with urllib.request.build_opener(*handlers).open(asked, timeout=SECONDS) as answer:
                answer.read(1)
            return
        except urllib.error.HTTPError as failure:
            reason = f"answered {failure.code}"
            failure.close()
        except (OSError, ValueError) as failure:
            reason = "did not answer" if isinstance(failure, TimeoutError) else "cannot be reached"
        raise NsgflowError(f"The webhook at {host} {reason}.", "What is new was not told; the import is kept.")


@dataclass(frozen=True)
class Program:
    """A program with its arguments, started without a shell; it reads the JSON on its standard input."""

    arguments: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Program:
        """From one text, split into arguments as a shell would. Raises InputError."""
        try:
            arguments = tuple(shlex.split(text))
        except ValueError:
            arguments = ()
        if not arguments:
            raise InputError("This is no command.", "Write a program and its arguments, quotes closed.")
        return cls(arguments)

    def tell(self, news: str) -> None:
        """Start it and wait; its own output goes where this command's does."""
        name = self.arguments[0]
        try:
            ended = subprocess.run(self.arguments, input=news, text=True, timeout=SECONDS * 4, check=False)
            reason = f"ended with status {ended.returncode}" if ended.returncode else ""
        except subprocess.TimeoutExpired:
            reason = f"did not end within {SECONDS * 4:.0f} s"
        except OSError as failure:
            reason = f"cannot be started: {failure.strerror}"
        if reason:
            raise NsgflowError(f"The command {name} {reason}.", "What is new was not told; the import is kept.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
