"""Who reaches this server, and so what it offers: its own folders and its own sign-in are for its owner alone."""

from __future__ import annotations

import os

import streamlit as st

from nsgflow_core.credentials import Reach, is_loopback, read_host

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via")


def reach() -> Reach:
    """SHARED unless nobody but this machine reaches the server. Ask in a page's run, not in a thread of its own."""
    return Reach.OWN if _listens_on_loopback() and _came_directly() else Reach.SHARED


def offers(variable: str) -> bool:
    """True for what is the owner's own: on a server that only this machine reaches, or with `variable` set to 1."""
    return os.environ.get(variable, "").strip() == "1" or reach() is Reach.OWN


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
