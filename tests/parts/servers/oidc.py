"""A real OpenID Connect provider on loopback (npm oidc-provider), and the secrets with which nsgflow uses it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.conftest import ROOT, node_tool
from tests.parts.azurite import wait_for_port

COOKIE_SECRET = "nobody-guesses-this-secret-of-the-tests"


@contextmanager
def run_provider(port: int, redirect_uri: str, accounts: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """The issuer's address. Whoever types a name of `accounts` is signed in with its claims."""
    node_tool("oidc-provider/lib/index.js")
    command = ["node", str(ROOT / "tools" / "oidc.mjs"), str(port), redirect_uri, json.dumps(accounts)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


def secrets_toml(redirect_uri: str, issuer: str) -> str:
    """What whoever runs the server writes into .streamlit/secrets.toml."""
    return f"""[auth]
redirect_uri = "{redirect_uri}"
cookie_secret = "{COOKIE_SECRET}"
client_id = "nsgflow"
client_secret = "a-secret-of-the-tests-alone"
server_metadata_url = "{issuer}/.well-known/openid-configuration"
client_kwargs = {{ prompt = "login" }}
"""
