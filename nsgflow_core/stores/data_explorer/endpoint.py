"""Where questions to a cluster go, and what sign-in may go there."""

from __future__ import annotations

from nsgflow_core.credentials import (
    CLUSTERS,
    Cloud,
    Endpoint,
    ScopedCredential,
    Secret,
    TokenCredential,
    TypedBy,
    admit,
    sign_in,
)
from nsgflow_core.errors import InputError, StoreSignIn
from nsgflow_core.stores.kusto.asking.host import read_service_host


def read_cluster(cluster: str, cloud: Cloud) -> Endpoint:
    """The query endpoint that a cluster's URL names. Raises InputError."""
    like = CLUSTERS.like(cloud)
    text = cluster.strip()
    if not text:
        raise InputError("No cluster is given.", f"Write its URI like {like}, from its Overview page.")
    return read_service_host(text, like=like, called="The cluster", apart=", the database apart.")


def cluster_credential(
    endpoint: Endpoint, credential: TokenCredential | None, reach: TypedBy, cloud: Cloud
) -> ScopedCredential | None:
    """What may be sent to the endpoint: nothing to an emulator on this machine, elsewhere the credential, or sign-in.

    Raises StoreSignIn for an endpoint that no sign-in may go to.
    """
    if endpoint.is_loopback and endpoint.scheme == "http" and reach is TypedBy.OWN:
        return None  # Microsoft's emulator knows no sign-in (Microsoft Learn, "Kusto emulator")
    admit(endpoint, CLUSTERS, Secret.TOKEN, reach, cloud, StoreSignIn)
    return ScopedCredential(credential or sign_in(cloud=cloud), cloud.kusto_scope)
