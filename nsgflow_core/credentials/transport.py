"""The one way out for requests that carry a secret: to one host, and nowhere else.

Whatever the layers above make of an answer (a redirect, a second location, a link to the next page), a request to any
other host ends here. Azure packages are imported at the top: import this module late.
"""

from __future__ import annotations

from typing import Any

import requests
from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline.transport import RequestsTransport

from nsgflow_core.credentials.hosts import Endpoint


class OneHostTransport(RequestsTransport):  # type: ignore[misc]  # azure-core loads it late, as Any
    """azure-core's transport over requests, for one endpoint."""

    def __init__(self, endpoint: Endpoint, *, connections: int = 10, **options: Any) -> None:
        """`connections` stay open for the next request. `options` are those of azure-core: `connection_timeout` and
        `read_timeout` in seconds, `connection_data_block_size` in bytes."""
        super().__init__(**options)
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
        scheme, _, rest = request.url.partition("://")
        host = rest.partition("/")[0].partition("?")[0]
        if f"{scheme.lower()}://{host}" != self._origin:
            raise ServiceRequestError("The request was about to leave for another host.")
        return super().send(request, **options)


def confine(session: requests.Session, endpoint: Endpoint) -> None:
    """Let the session of a client that brings its own go to the endpoint alone, signed in as it is."""
    session.auth = _as_it_is
    send = session.send

    def to_one_host(request: requests.PreparedRequest, **options: Any) -> requests.Response:
        scheme, _, rest = str(request.url).partition("://")
        if f"{scheme.lower()}://{rest.partition('/')[0].partition('?')[0]}" != endpoint.origin:
            raise requests.ConnectionError("The request was about to leave for another host.")
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
