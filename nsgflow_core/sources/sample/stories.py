"""The stories of the sample week (docs/sample.md), each with the view that shows it: a page and its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Story:
    """What happened, in a few words, and where it is seen."""

    title: str
    words: str
    page: str
    params: Mapping[str, str]


STORIES: tuple[Story, ...] = (
    Story(
        "The shop",
        "Internet to web, web to app, app to data: the chain in a handful of required ports.",
        "required_ports",
        {"destination": "snet-shop-web,snet-shop-app,snet-shop-data"},
    ),
    Story(
        "The forgotten open port",
        "RDP from anywhere, used five times at night by one address.",
        "flows",
        {"rule": "temp-allow-rdp-any", "level": "rows"},
    ),
    Story(
        "Admitted by nobody",
        "SSH from dev to the ERP database, which only a default rule carried.",
        "flows",
        {"source": "snet-dev", "destination": "snet-erp-data", "port": "22", "level": "pairs"},
    ),
    Story(
        "The rule change, Wednesday 14:20",
        "Meant for dev, it cut off the ERP's reporting as well.",
        "denied",
        {"rule": "deny-spokes-in"},
    ),
    Story(
        "New on the last day",
        "From Sunday 08:00 the app tier uses a queue broker on 5671.",
        "required_ports",
        {"port": "5671"},
    ),
    Story(
        "Once",
        "2 GB by SFTP to a partner, Friday 02:00: what a short window misses.",
        "flows",
        {"destination": "Internet", "port": "22", "decision": "Allowed", "level": "rows"},
    ),
    Story(
        "Uninvited",
        "Scanners all week, and a sweep of 900 attempts on Thursday at 03:00.",
        "denied",
        {"source": "Internet", "since": "2026-11-19T02:30:00Z", "until": "2026-11-19T04:00:00Z"},
    ),
    Story(
        "Denied inside",
        "Dev on the app tier, a spreadsheet on the ERP database, a clock, some mail.",
        "denied",
        {"source": "!Internet"},
    ),
    Story(
        "Nights",
        "Backups at 01:10 and 23:05 are most of the bytes.",
        "overview",
        {"port": "10000,445", "measure": "bytes"},
    ),
    Story(
        "Logged twice, counted once",
        "The ERP ran NSG and VNet flow logs side by side: up to four rows for one connection.",
        "flows",
        {"source": "snet-erp-app", "destination": "snet-erp-data", "port": "1433", "level": "rows"},
    ),
    Story(
        "Azure itself",
        "Probes of load balancers, name resolution, metadata: nobody's required ports.",
        "flows",
        {"source": "AzurePlatform", "either_way": "true", "level": "pairs"},
    ),
    Story(
        "Rules that never decide",
        "An allow that another shadows, in nsg-shop-web; one that nothing uses, in nsg-shop-app.",
        "rules",
        {"for": "nsg/nsg-shop-web", "step": "audit"},
    ),
)
"""In the order of the page; the twelfth needs no flows."""
