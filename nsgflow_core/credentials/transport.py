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

_CONNECTIONS = 40
"""Kept open for the threads that ask: twenty that read blobs, of large ones two ranges each."""


class OneHostTransport(RequestsTransport):  # type: ignore[misc]  # azure-core loads it late, as Any
    """azure-core's transport over requests, for one endpoint."""

    def __init__(self, endpoint: Endpoint, **options: Any) -> None:
        """`options` are those of azure-core: `connection_timeout` and `read_timeout`, in seconds.

        The way there (HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE) is read from the environment here, once: requests
        would read all of it twice for each request, a tenth of what a small blob takes.
        """
        way = requests.Session().merge_environment_settings(endpoint.origin, {}, False, None, None)
        super().__init__(connection_verify=way["verify"], use_env_settings=False, **options)
        self._origin = endpoint.origin
        self._proxies = way["proxies"]

    def _init_session(self, session: requests.Session) -> None:
        """Without this, requests adds what ~/.netrc holds for the host (or for any), in place of our own sign-in."""
        super()._init_session(session)
        session.auth = _as_it_is
        session.proxies = self._proxies
        for scheme, adapter in list(session.adapters.items()):
            made: Any = type(adapter)
            session.mount(scheme, made(pool_maxsize=_CONNECTIONS, max_retries=vars(adapter)["max_retries"]))

    def send(self, request: Any, **options: Any) -> Any:
        """Send it, if it goes to the endpoint."""
        scheme, _, rest = request.url.partition("://")
        host = rest.partition("/")[0].partition("?")[0]
        if f"{scheme.lower()}://{host}" != self._origin:
            raise ServiceRequestError("The request was about to leave for another host.")
        return super().send(request, **options)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
