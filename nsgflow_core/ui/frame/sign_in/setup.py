"""Whether this server asks people to sign in, and what is wrong with how that is set up.

Sign-in is on when the secrets have an [auth] section, or when NSGFLOW_REQUIRE_LOGIN says so: the variable is for the
day on which the section is lost. Secrets are only read here, never written.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from nsgflow_core.roles import EDITORS_VARIABLE, EVERYONE, READERS_VARIABLE, Lists

REQUIRED_VARIABLE = "NSGFLOW_REQUIRE_LOGIN"
HOURS_VARIABLE = "NSGFLOW_SIGN_IN_HOURS"
_HOURS = 12
_MOST_HOURS = 30 * 24
_NO = ("", "0", "no", "false", "off")
_LEAST_SECRET = 32
_NEEDED = ("client_id", "client_secret", "server_metadata_url")
_ANY_TENANT = ("common", "organizations", "consumers")
"""Endpoints at which accounts of every tenant sign in:
https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc."""
_UNREADABLE: Mapping[str, object] = {"unreadable": True}
_LOOKED_FOR = 1.0
"""Seconds for which it counts that there are no secrets: Streamlit looks for them anew each time that it is asked, and
a page asks some hundred times."""
_found_none: tuple[object, float] = (None, 0.0)
"""The secrets that there were none in, and until when that counts."""


def is_on() -> bool:
    """True when nothing is shown without a sign-in. A word that is not a no means yes."""
    return os.environ.get(REQUIRED_VARIABLE, "").strip().lower() not in _NO or _auth() is not None


def seconds() -> float:
    """How long a sign-in counts."""
    return 3600.0 * (_hours() or _HOURS)


def provider_names() -> tuple[str, ...]:
    """The providers to choose from; "" for the one that is written in [auth] itself."""
    auth = _auth() or {}
    named = tuple(key for key, value in auth.items() if isinstance(value, Mapping) and _NEEDED[0] in value)
    return ("",) * bool(auth.get(_NEEDED[0])) + named


def trouble() -> str:
    """What whoever runs the server must mend before it shows anything, in one sentence; "" when all is well."""
    auth = _auth()
    if auth is None:
        return f"{REQUIRED_VARIABLE} asks for a sign-in, and no secrets.toml with an [auth] section was found."
    if auth is _UNREADABLE:
        return "The server's secrets.toml cannot be read."
    if importlib.util.find_spec("authlib") is None:
        return "The package Authlib is not installed."
    providers = {name: auth.get(name) if name else auth for name in provider_names()}
    if not providers:
        return "The [auth] section of secrets.toml names no client_id."
    faults = [_of_section(auth), *(_of_provider(each) for each in providers.values() if isinstance(each, Mapping))]
    return next(filter(None, [*faults, _of_server()]), "")


def _of_section(auth: Mapping[str, object]) -> str:
    back = urlsplit(str(auth.get("redirect_uri", "")))
    if not back.path.endswith("/oauth2callback"):
        return "In [auth] of secrets.toml, redirect_uri must be this server's address with /oauth2callback."
    if not _is_private(back.scheme, back.hostname):
        return "In [auth] of secrets.toml, redirect_uri must begin with https://: the sign-in travels in a cookie."
    if len(str(auth.get("cookie_secret", ""))) < _LEAST_SECRET:
        return (
            f"In [auth] of secrets.toml, cookie_secret must be at least {_LEAST_SECRET} random characters: "
            "whoever guesses it is whoever they like."
        )
    return ""


def _of_provider(provider: Mapping[str, object]) -> str:
    missing = [key for key in _NEEDED if not provider.get(key)]
    if missing:
        return f"In [auth] of secrets.toml, this is missing: {', '.join(missing)}."
    metadata = urlsplit(str(provider["server_metadata_url"]))
    if not _is_private(metadata.scheme, metadata.hostname):
        return "In [auth] of secrets.toml, server_metadata_url must begin with https://."
    if metadata.path.strip("/").partition("/")[0].lower() in _ANY_TENANT:
        return "In [auth] of secrets.toml, server_metadata_url lets accounts of every tenant in: name your own tenant."
    return ""


def _of_server() -> str:
    if st.get_option("server.trustedUserHeaders"):
        return "server.trustedUserHeaders is set: its headers would stand above what a sign-in says."
    if _hours() is None:
        return f"{HOURS_VARIABLE} must be a whole number of hours from 1 to {_MOST_HOURS}."
    if Lists.of_environment().is_empty:
        return (
            f"{READERS_VARIABLE} and {EDITORS_VARIABLE} name nobody: list addresses, object ids, groups or app roles "
            f"({EVERYONE} is everyone whom the provider signs in)."
        )
    return ""


def _hours() -> int | None:
    """None when what is written is no number of hours."""
    text = os.environ.get(HOURS_VARIABLE, "").strip()
    if not text:
        return _HOURS
    hours = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return hours if 0 < hours <= _MOST_HOURS else None


def _auth() -> Mapping[str, object] | None:
    """The section; None where there is none, `_UNREADABLE` where that cannot be told."""
    global _found_none
    if _found_none[0] is st.secrets and time.monotonic() < _found_none[1]:
        return None
    try:
        if "auth" not in st.secrets:
            return None
        section = st.secrets["auth"]
        return section if isinstance(section, Mapping) else _UNREADABLE
    except (StreamlitSecretNotFoundError, OSError, ValueError):
        # Streamlit says the same of a file that is missing and of one that is damaged; only the first is no sign-in.
        there = any(os.path.lexists(name) for name in st.get_option("secrets.files") or ())
        if there:
            return _UNREADABLE
        _found_none = (st.secrets, time.monotonic() + _LOOKED_FOR)
        return None


def _is_private(scheme: str, host: str | None) -> bool:
    """True when nobody on the way can read along: https, or this machine itself."""
    if scheme == "https" and host:
        return True
    try:
        return scheme == "http" and (host == "localhost" or ipaddress.ip_address(host or "").is_loopback)
    except ValueError:
        return False
