"""Who reaches this server, and so what it offers: its own folders and its own sign-in are for its owner alone."""

from __future__ import annotations

import threading

import streamlit as st

from nsgflow_core.credentials import TypedBy, is_loopback, read_host
from nsgflow_core.ui.frame.sign_in import setup as sign_in_setup
from nsgflow_core.watch.opening import Lends

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via")


_passed_on = threading.Event()
"""Set once a proxy passed a session on: from then on others are known to reach this process."""


def reach() -> TypedBy:
    """SHARED unless nobody but this machine reaches the server. Ask in a page's run, not in a thread of its own."""
    if not _came_directly():
        _passed_on.set()
        return TypedBy.SHARED
    return TypedBy.OWN if _listens_on_loopback() else TypedBy.SHARED


def reach_unattended() -> TypedBy:
    """The same for work of the server's own, which has no session to ask; from any thread.

    OWN where it listens on loopback, asks nobody to sign in, and no session so far came through a proxy.
    """
    is_own = _listens_on_loopback() and not sign_in_setup.is_on() and not _passed_on.is_set()
    return TypedBy.OWN if is_own else TypedBy.SHARED


def lends() -> Lends:
    """What of the server's own this session may open."""
    return Lends.to(reach())


def lends_unattended() -> Lends:
    """What the server opens by itself, in the rounds of remembered connections."""
    return Lends.to(reach_unattended())


def _listens_on_loopback() -> bool:
    return is_loopback(str(st.get_option("server.address") or ""))


def _came_directly() -> bool:
    """False when a proxy passed this session on: then others reach the server through it, though it listens here.

    The browser's `Origin` tells it too, where the proxy changes `Host` and adds no header of its own.
    """
    headers = st.context.headers
    if any(headers.get(name) for name in _FORWARDED):
        return False
    hosts = (str(headers.get(name) or "").rpartition("://")[2] for name in ("Host", "Origin"))
    return all(_is_here(host) for host in hosts if host)


def _is_here(authority: str) -> bool:
    host = read_host(authority)
    return host is not None and is_loopback(host[0])
