"""Shared by all tests: a real part that is missing skips on a user's machine and fails in CI."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def require(found: object, install: str) -> None:
    """Go on when a real part was found; otherwise fail in CI, and skip elsewhere with the line that installs it."""
    if found:
        return
    if os.environ.get("CI"):
        pytest.fail(f"CI must have this: {install}")
    pytest.skip(f"Missing; install it with: {install}")


def chromium_path() -> str:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    require(found, "apt-get install chromium")
    return str(found)


def node_tool(relative: str) -> Path:
    path = ROOT / "tools" / "node_modules" / relative
    require(shutil.which("node") and path.exists(), "npm ci --prefix tools")
    return path


def free_port() -> int:
    """A TCP port on loopback that nothing listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
