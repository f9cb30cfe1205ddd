"""Secrets and where they go: who signs in with azure-identity, and which host may get a token, a key or a SAS."""

from nsgflow_core.credentials.broken import Break, how_it_broke
from nsgflow_core.credentials.clouds import CLOUD_VARIABLE, CLOUDS, STORAGE_SCOPE, Cloud, current_cloud, in_cloud
from nsgflow_core.credentials.destinations import CLUSTERS, HOSTS_VARIABLE, LOGS, STORAGE, Secret, TypedBy, admit
from nsgflow_core.credentials.hosts import Endpoint, is_loopback, read_endpoint, read_host
from nsgflow_core.credentials.scoped import ForeignChallenge, ScopedCredential, TokenCredential
from nsgflow_core.credentials.signing_in import DeviceCode, SignIn, check_sign_in, explain_sign_in, sign_in

__all__ = [
    "CLOUDS",
    "CLOUD_VARIABLE",
    "CLUSTERS",
    "HOSTS_VARIABLE",
    "LOGS",
    "STORAGE",
    "STORAGE_SCOPE",
    "Break",
    "Cloud",
    "DeviceCode",
    "Endpoint",
    "ForeignChallenge",
    "ScopedCredential",
    "Secret",
    "SignIn",
    "TokenCredential",
    "TypedBy",
    "admit",
    "check_sign_in",
    "current_cloud",
    "explain_sign_in",
    "how_it_broke",
    "in_cloud",
    "is_loopback",
    "read_endpoint",
    "read_host",
    "sign_in",
]
