"""What azure-kusto-data is told before its client is made. It imports the package: late."""

from __future__ import annotations

from typing import Any

from azure.kusto.data._cloud_settings import (
    DEFAULT_FIRST_PARTY_AUTHORITY_URL,
    DEFAULT_KUSTO_CLIENT_APP_ID,
    DEFAULT_REDIRECT_URI,
    CloudInfo,
    CloudSettings,
)
from azure.kusto.data.kusto_trusted_endpoints import well_known_kusto_endpoints

from nsgflow_core.credentials import Cloud, Endpoint

_judged: set[str] = set()
"""Hosts that `credentials/destinations.py` lets have a token. The package's own list lacks what an operator lists, and
all of China's, which it keeps by another sign-in host than azure-identity's (azure-kusto-data 6.0.4)."""


def trust(host: Endpoint, cloud: Cloud) -> None:
    """Tell the package the cluster's cloud, which it would ask the cluster for: a server must not choose the audience;
    and that the host, which was judged before, may be asked.
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
    _judged.add(host.name)
    endpoints: Any = well_known_kusto_endpoints
    endpoints.set_override_policy(_judged.__contains__)
