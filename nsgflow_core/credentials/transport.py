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

    def __init__(self, endpoint: Endpoint, **options: Any) -> None:
        """`options` are those of azure-core: `connection_timeout` and `read_timeout`, in seconds."""
        super().__init__(**options)
        self._origin = endpoint.origin

    def _init_session(self, session: requests.Session) -> None:
        """Without this, requests adds what ~/.netrc holds for the host (or for any), in place of our own sign-in."""
        super()._init_session(session)
        session.auth = _as_it_is

    def send(self, request: Any, **options: Any) -> Any:
        """Send it, if it goes to the endpoint."""
        scheme, _, rest = request.url.partition("://")
        host = rest.partition("/")[0].partition("?")[0]
        if f"{scheme.lower()}://{host}" != self._origin:
            raise ServiceRequestError("The request was about to leave for another host.")
        return super().send(request, **options)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
