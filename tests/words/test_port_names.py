"""Registered names of ports: right where everybody knows them, silent where nothing is registered."""

from __future__ import annotations

from datetime import date

import pytest

from nsgflow_core.words.services.port_names import DYNAMIC_FIRST, NAMES, port_name, service_words
from nsgflow_core.words.services.registry import REGISTRY_DATE


@pytest.mark.parametrize(
    ("protocol", "port", "name"),
    [
        ("TCP", 443, "https"),
        ("udp", 443, "https"),
        (6, 22, "ssh"),
        (17, 53, "domain"),
        ("TCP", 1433, "ms-sql-s"),
        ("TCP", 3389, "ms-wbt-server"),
        ("UDP", 514, "syslog"),
        ("TCP", 514, "shell"),
        ("TCP", 5432, "postgresql"),
        ("UDP", 6379, ""),
        ("TCP", 50123, ""),
        ("ICMP", 0, ""),
        ("132", 443, ""),
    ],
)
def test_names(protocol: str | int, port: int, name: str) -> None:
    assert port_name(protocol, port) == name


def test_the_table_has_no_dynamic_port_and_a_date() -> None:
    assert len(NAMES) > 600
    assert all(
        0 < port < DYNAMIC_FIRST and name and protocol in ("TCP", "UDP") for (protocol, port), name in NAMES.items()
    )
    assert date.fromisoformat(REGISTRY_DATE) < date(2026, 12, 1)


def test_in_words() -> None:
    assert service_words("TCP", 443) == "TCP 443 https"
    assert service_words("TCP", 50000) == "TCP 50000"
