"""The one way out for requests that carry a secret: to one host, and nowhere else.

Whatever the layers above make of an answer (a redirect, a second location, a link to the next page), a request to any
other host ends here. Azure packages are imported at the top: import this module late.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import requests
import urllib3
from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline.transport import RequestsTransport

from nsgflow_core.credentials.hosts import Endpoint

CONNECT_SECONDS = 10.0
"""A host that has not taken a connection by then is behind a firewall that drops packets: azure-core waits for 300, a
Kusto client as long as for an answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came for one `fetch`."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    """Empty where the status is not the one that was wanted."""


class OneHostTransport(RequestsTransport):  # type: ignore[misc]  # azure-core loads it late, as Any
    """azure-core's transport over requests, for one endpoint."""

    def __init__(self, endpoint: Endpoint, *, connections: int = 10, **options: Any) -> None:
        """`connections` stay open for the next request. `options` are those of azure-core: `connection_timeout` and
        `read_timeout` in seconds, `connection_data_block_size` in bytes."""
        super().__init__(**{"connection_timeout": CONNECT_SECONDS, **options})
        self._origin = endpoint.origin
        self._connections = connections

    def _init_session(self, session: requests.Session) -> None:
        """Without this, requests adds what ~/.netrc holds for the host (or for any), in place of our own sign-in."""
        super()._init_session(session)
        session.auth = _as_it_is
        for adapter in session.adapters.values():
            adapter.init_poolmanager(1, self._connections)  # type: ignore[attr-defined]
        _look_once_at_the_environment(session)

    def send(self, request: Any, **options: Any) -> Any:
        """Send it, if it goes to the endpoint."""
        self._refuse_others(request.url)
        return super().send(request, **options)

    def fetch(
        self, url: str, headers: Mapping[str, str], wanted: int, most: int, on_its_way: Callable[[Any], None]
    ) -> Reply | None:
        """One GET, sent as it is: by the same connections, without the layers around each, which take three times its
        own processor time. No second try, no redirect; None when nothing whole came, or a proxy stands between.

        `wanted` is the status whose body is read, up to one byte over `most`; `on_its_way` gets the urllib3 response
        before that.
        """
        self._refuse_others(url)
        if self._pool is None:
            return None
        answer = None
        try:
            answer = self._pool.urlopen(
                "GET", url.removeprefix(self._origin), headers=headers, redirect=False, retries=False,
                timeout=urllib3.Timeout(self.connection_config.timeout, self.connection_config.read_timeout),
                preload_content=False, decode_content=False,
            )  # fmt: skip
            on_its_way(answer)
            body = self._read(answer, most) if answer.status == wanted else b""
            return Reply(answer.status, answer.headers, body)
        except (urllib3.exceptions.HTTPError, OSError, ValueError):
            return None
        finally:
            if answer is not None:
                answer.close()  # of one read to its end the connection stays open

    def _read(self, answer: Any, most: int) -> bytes:
        pieces, came = [], 0
        while came <= most and (piece := answer.read(self.connection_config.data_block_size)):
            pieces.append(piece)
            came += len(piece)
        return b"".join(pieces)

    @cached_property
    def _pool(self) -> urllib3.HTTPConnectionPool | None:
        """The connections that requests itself would use; None where a proxy stands between."""
        self.open()
        config, url = self.connection_config, self._origin + "/"
        settings = self.session.merge_environment_settings(url, {}, True, config.verify, config.cert)
        if requests.utils.select_proxy(url, settings["proxies"]):
            return None
        adapter, request = self.session.get_adapter(url), requests.Request("GET", url).prepare()
        verify, cert = settings["verify"], settings["cert"]
        pool = adapter.get_connection_with_tls_context(request, verify, settings["proxies"], cert)
        adapter.cert_verify(pool, url, verify, cert)
        return pool  # type: ignore[no-any-return]

    def _refuse_others(self, url: str) -> None:
        scheme, _, rest = url.partition("://")
        host = rest.partition("/")[0].partition("?")[0]
        if f"{scheme.lower()}://{host}" != self._origin:
            raise ServiceRequestError("The request was about to leave for another host.")


def confine(session: requests.Session, endpoint: Endpoint) -> None:
    """Let the session of a client that brings its own go to the endpoint alone, signed in as it is."""
    session.auth = _as_it_is
    send = session.send

    def to_one_host(request: requests.PreparedRequest, **options: Any) -> requests.Response:
        scheme, _, rest = str(request.url).partition("://")
        if f"{scheme.lower()}://{rest.partition('/')[0].partition('?')[0]}" != endpoint.origin:
            raise requests.ConnectionError("The request was about to leave for another host.")
        if not isinstance(options.get("timeout"), tuple):
            options["timeout"] = (CONNECT_SECONDS, options.get("timeout"))
        return send(request, **options)

    session.send = to_one_host  # type: ignore[method-assign]


def _look_once_at_the_environment(session: requests.Session) -> None:
    """For proxies and certificates, in place of once a request: it is one host, and takes a tenth of the time."""
    look, known = session.merge_environment_settings, dict[tuple[Any, ...], dict[str, Any]]()

    def merged(url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> dict[str, Any]:
        if proxies:
            return look(url, proxies, stream, verify, cert)
        if (asked := (stream, verify, cert)) not in known:
            known[asked] = look(url, proxies, stream, verify, cert)
        return {**known[asked], "proxies": dict(known[asked]["proxies"])}

    session.merge_environment_settings = merged  # type: ignore[method-assign]


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
