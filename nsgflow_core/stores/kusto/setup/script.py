"""The script itself (`setup.kql`), with how long flows are kept."""

from __future__ import annotations

from importlib import resources

DAYS = 90
HOURLY_DAYS = 400
"""Thirteen months: a year, and the month that it is compared with."""


def setup_script(days: int = DAYS, hourly_days: int = HOURLY_DAYS) -> str:
    """One command of a database admin, which may be run again: tables, mapping, functions, policies and views.

    `days` are kept of single flows, `hourly_days` of those added up by the hour.
    """
    text = resources.files("nsgflow_core.stores.kusto.setup").joinpath("setup.kql").read_text(encoding="utf-8")
    return text.replace("{days}", str(days)).replace("{hourly_days}", str(hourly_days)).strip()
