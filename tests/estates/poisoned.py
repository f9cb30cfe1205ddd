"""An estate whose every name is an attack: NSGs, rules, subnets, blobs, files, accounts, notes, decisions."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pyarrow as pa

from nsgflow_core.formats.base import FLOW_SCHEMA
from nsgflow_core.inventory import kept
from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.rules.review.decisions import Approval, Decisions, RuleDecision
from nsgflow_core.rules.review.kept import save_decisions
from nsgflow_core.sources.base import BlobInfo, Cursor
from nsgflow_core.stores.local.ledger import Reading
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates.flows import START, row

PSN = "PSN"
"""What stands inside each mark-up: an element that holds this alone was made of data."""
BEACON = "http://127.0.0.1:1/beacon"
MARKUP = f"**{PSN}** _{PSN}_ ~~{PSN}~~ `{PSN}` ${PSN}$ :red[{PSN}] :blue-badge[{PSN}] :smile: :streamlit:"
LINKS = f"a [{PSN}](beacon) ![{PSN}](beacon.png) <img src=beacon.png alt={PSN}> www.psn.example psn@psn.example"
NAMES = (
    f"{LINKS} {MARKUP}",
    f"{BEACON} <{BEACON}> [{PSN}]({BEACON}) ![{PSN}]({BEACON}) <a href={BEACON}>{PSN}</a> :material/home:",
    f"# {PSN}",
    f"- {PSN}",
    f"1. {PSN}",
    f"> {PSN}",
    f"    {PSN}\n\n# {PSN}\n",
    f"a\u202e{PSN}\u2066 http\u200b://psn.example -> --",
    f"&lt;b&gt;{PSN} &#58;smile&#58; \\{PSN}\\",
)
FOR_RULES = NAMES[0]
"""The one without a slash: the name of an NSG is what follows the last slash of its id."""


def poisoned_store(path: Path) -> LocalStore:
    """Three days between the poisoned subnets, under the poisoned NSGs and rules; with rules, files and decisions."""
    store = LocalStore(path)
    blocks = [parse_prefix(f"10.0.{place}.0/24") for place in range(len(NAMES))]
    store.save_subnets(SubnetMap(tuple(map(Subnet, NAMES, blocks)), ()))
    for place, name in enumerate(NAMES):
        blob = BlobInfo(name=name, location=name, size=1, etag="1", container=name, resource=name)
        table = pa.Table.from_pylist(_rows(place, name), schema=FLOW_SCHEMA)
        store.commit([Reading(blob, table, Cursor("1", 1, ""))])
    kept.keep(store, kept.load(store).merged(read([(f"{NAMES[1]}.json", json.dumps(_nsgs()).encode())])))
    for direction in Direction:
        made = [RuleDecision(name, Approval.ACCEPT, note=name) for name in NAMES]
        save_decisions(store, Scope(nsg=FOR_RULES), direction, Decisions().with_rules(*made))
    return store


def _rows(place: int, name: str) -> list[dict[str, object]]:
    other = (place + 1) % len(NAMES)
    return [
        row(
            (f"10.0.{place}.4", f"10.0.{other}.{4 + host}", "TCP", 443 + host),
            START + timedelta(days=day, hours=host),
            nsg=name,
            rule=name,
            kind="User",
            decision=decision,
            direction=direction,
        )
        for day in range(3)
        for host in range(2)
        for decision in ("Allowed", "Denied")
        for direction in ("Inbound", "Outbound")
    ]


def _nsgs() -> list[dict[str, object]]:
    rule = {
        "direction": "Inbound", "access": "Allow", "protocol": "Tcp", "sourceAddressPrefix": "*",
        "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "*",
    }  # fmt: skip
    rules = [rule | {"name": name, "priority": 100 + place, "description": name} for place, name in enumerate(NAMES)]
    odd = rule | {"name": NAMES[1], "priority": NAMES[1]}
    where = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/"
    return [{"id": f"{where}{FOR_RULES}", "name": FOR_RULES, "securityRules": [*rules, odd]}]
