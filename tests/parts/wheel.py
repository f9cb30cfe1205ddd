"""The wheel as a user gets it: built by the real backend, and installed into a folder far from this checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def build_wheel(folder: Path) -> Path:
    """The wheel of this checkout, made without asking the network for anything."""
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    (wheel,) = folder.glob("*.whl")
    return wheel


def install_wheel(wheel: Path, folder: Path) -> Path:
    """A folder for PYTHONPATH that holds the wheel's files; what it needs comes from this environment."""
    _pip("install", "--no-deps", "--no-index", "--target", str(folder), str(wheel))
    return folder


def _pip(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "pip", "--quiet", *words], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
