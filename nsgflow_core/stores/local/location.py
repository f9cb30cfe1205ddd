"""Where the local store lies when nobody says otherwise."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path

STORE_VARIABLE = "NSGFLOW_STORE"
"""Environment variable that moves the store."""


def default_store_path() -> Path:
    """The file that NSGFLOW_STORE names, otherwise flows.duckdb in the platform's user data folder."""
    named = os.environ.get(STORE_VARIABLE, "").strip()
    if named:
        return Path(named).expanduser()
    return user_data_path("nsgflow", appauthor=False) / "flows.duckdb"
