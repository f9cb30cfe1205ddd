"""azure-kusto-data's client held to one host, and told what it would ask the cluster. It imports the package: late."""

from __future__ import annotations

from typing import Any

import requests
from azure.kusto.data._cloud_settings import (
    DEFAULT_FIRST_PARTY_AUTHORITY_URL,
    DEFAULT_KUSTO_CLIENT_APP_ID,
    DEFAULT_REDIRECT_URI,
    CloudInfo,
    CloudSettings,
)
from azure.kusto.data.kusto_trusted_endpoints import MatchRule, well_known_kusto_endpoints

from nsgflow_core.credentials import Cloud, Endpoint


def trust(host: Endpoint, cloud: Cloud, *, is_listed: bool) -> None:
    """Tell the package the cluster's cloud, which it would ask the cluster for: a server must not choose the audience.

    `is_listed`: the operator listed the host, which the package's own list of clusters lacks.
    """
    CloudSettings.add_to_cache(
        host.origin,
        CloudInfo(
            login_endpoint=f"https://{cloud.authority}",
            login_mfa_required=False,
            kusto_client_app_id=DEFAULT_KUSTO_CLIENT_APP_ID,
            kusto_client_redirect_uri=DEFAULT_REDIRECT_URI,
            kusto_service_resource_id=cloud.kusto_scope.removesuffix("/.default"),
            first_party_authority_url=DEFAULT_FIRST_PARTY_AUTHORITY_URL,
        ),
    )
    if is_listed:
        listed: Any = well_known_kusto_endpoints
        rule: Any = MatchRule
        listed.add_trusted_hosts([rule(host.name, True)], False)


def confine(client: Any, host: Endpoint) -> None:
    """Let the client's session go to this host alone, as it is signed in."""
    session: requests.Session = client._session
    session.auth = _as_it_is  # without it requests takes what ~/.netrc holds in place of our sign-in
    send = session.send

    def to_one_host(request: requests.PreparedRequest, **options: Any) -> requests.Response:
        scheme, _, rest = str(request.url).partition("://")
        if f"{scheme.lower()}://{rest.partition('/')[0].partition('?')[0]}" != host.origin:
            raise requests.ConnectionError("The request was about to leave for another host.")
        return send(request, **options)

    session.send = to_one_host  # type: ignore[method-assign]


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
