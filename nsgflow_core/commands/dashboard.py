"""dashboard: Streamlit's server on the pages, from a checkout or from an installed wheel."""

from __future__ import annotations

import errno
import os
import runpy
import socket
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from nsgflow_core.commands.given.numbers import whole
from nsgflow_core.errors import InputError
from nsgflow_core.words.visible import in_short
from nsgflow_core.words.vocabulary import MAX_PORT

_PACKAGE = Path(__file__).resolve().parents[1]
PLACES = (_PACKAGE / "dashboard", _PACKAGE.parent)
"""Where app.py, pages/ and .streamlit/ lie together: in a wheel (pyproject.toml puts them there), in a checkout."""
LOCAL = "127.0.0.1"


def add_dashboard(parser: ArgumentParser) -> None:
    """dashboard [--port N] [--address ADDR] [--store FILE]."""
    parser.add_argument(
        "--port", type=whole(1, MAX_PORT), default=8501, metavar="N", help="TCP port to listen on (default: 8501)"
    )
    parser.add_argument(
        "--address",
        metavar="ADDR",
        help="address to listen on (default: 127.0.0.1; for others set up a sign-in, see docs/deployment.md)",
    )
    parser.add_argument("--store", metavar="FILE", type=Path, help="local store (default: NSGFLOW_STORE or user data)")


def run_dashboard(arguments: Namespace) -> int:
    """Serve until stopped; the server's exit status.

    It runs in this process, so that whoever stops the command stops the server. Streamlit itself finds the settings
    beside app.py, whatever folder the command was started in.
    """
    app = app_file()
    refuse_unusable(arguments.address or os.environ.get("STREAMLIT_SERVER_ADDRESS") or LOCAL, arguments.port)
    if arguments.store is not None:
        os.environ["NSGFLOW_STORE"] = str(arguments.store.resolve())
    sys.argv = ["streamlit", "run", str(app), "--server.port", str(arguments.port)]
    if arguments.address:
        sys.argv += ["--server.address", arguments.address]
    try:
        runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    return 0


def refuse_unusable(host: str, port: int) -> None:
    """Raise InputError where this machine cannot listen: Streamlit would end in a failure of ours, or in its words."""
    if host.startswith("unix:"):
        return
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            if os.name == "posix":  # as Streamlit binds; under Windows it would share a port that is in use
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(place)
    except (OSError, ValueError) as failure:
        if getattr(failure, "errno", None) == errno.EADDRINUSE:
            raise InputError(f"Port {port} is in use.", "Choose another with --port.") from None
        why = getattr(failure, "strerror", None) or "it is no address"
        raise InputError(
            f"{in_short(host)} port {port} cannot be listened on: {why}.",
            f"Name an address of this machine, {LOCAL} or 0.0.0.0 for all, and a free port.",
        ) from None


def app_file() -> Path:
    """The app.py that Streamlit starts. Raises InputError where it was not installed along."""
    for place in PLACES:
        if (place / "app.py").is_file() and (place / "pages").is_dir():
            return place / "app.py"
    raise InputError("The pages of the dashboard are not installed.", "Install nsgflow again, from its wheel.")
