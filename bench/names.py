"""What names of addresses cost: keeping an inventory, and questions that ask for names beside those that do not.

PYTHONPATH=. python bench/names.py STORE     # a copy of a large store; it is changed
"""

from __future__ import annotations

import ipaddress
import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.inventory import kept
from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.sources.sample.address_database import write_database
from nsgflow_core.sources.sample.estate import START
from nsgflow_core.sources.sample.source import SampleSource
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import parse_prefix

NET = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/networkInterfaces"
TAGS, PREFIXES, PLACES = 500, 100, 65_536


def network(addresses: list[str]) -> Inventory:
    """A NIC for each of these addresses, 500 tags of 100 prefixes, and a database of 65,536 prefixes."""
    nics = [
        {"id": f"{NET}/nic-{at}", "macAddress": f"{at:012X}", "ipConfigurations": [{"privateIPAddress": each}]}
        for at, each in enumerate(addresses)
    ]
    tags = [
        {"name": f"Tag{tag}.Region", "properties": {"addressPrefixes": [f"{20 + tag % 100}.{at}.{tag // 100 * 16}.0/20"
                                                                        for at in range(PREFIXES)]}}
        for tag in range(TAGS)
    ]  # fmt: skip
    blocks = (f"{at >> 8}.{at & 255}.0.0/16" for at in range(256, PLACES))
    public = [each for each in blocks if ipaddress.ip_network(each).is_global]
    place = {"country": {"iso_code": "DE"}}
    records = [(parse_prefix(each), place | {"asn": f"AS{at}"}) for at, each in enumerate(public, start=1)]
    return read(
        [
            ("nics.json", json.dumps(nics)),
            ("tags.json", json.dumps({"values": tags})),
            ("places.mmdb", write_database("Places", 0, records)),
        ]
    )


def seconds(do: Callable[[], object]) -> float:
    """The fastest of three."""
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        do()
        taken.append(time.perf_counter() - started)
    return min(taken)


def one_day() -> LocalStore:
    """A day of the sample estate, where no store is named."""
    made = LocalStore(Path(tempfile.mkdtemp()) / "names.duckdb")
    import_flows(SampleSource(), made, since=START, until=START + timedelta(days=1))
    return made


def main() -> None:
    store = LocalStore(Path(sys.argv[1])) if sys.argv[1:] else one_day()
    private = [each for each in store.values("src_ip", 100_000) if ":" not in each and parse_prefix(each)][:5_000]
    found = network([each for each in private if ipaddress.ip_address(each).is_private])
    started = time.perf_counter()
    kept.keep(store, found)
    print(f"keeping them, all addresses named anew: {time.perf_counter() - started:.1f} s")
    for words, by, asked in (
        ("labels", ("source", "destination", "port"), FlowFilter()),
        ("names", ("source_name", "destination_name", "port"), FlowFilter()),
        ("addresses", ("src_ip", "dst_ip", "port"), FlowFilter()),
        ("addresses with names", ("src_ip", "source_name", "dst_ip", "destination_name", "port"), FlowFilter()),
        ("country", ("country", "asn"), FlowFilter()),
        ("filtered by name", ("port",), FlowFilter().where("source_name", "nic-1")),
        ("filtered by country", ("port",), FlowFilter().where("country", "DE")),
    ):
        query = FlowQuery(asked, by=by, measures=("flows", "bytes"), order="flows", limit=1_000)
        print(f"{words}: {seconds(partial(store.fetch, query)):.2f} s")
    print(f"{store.extent().tuples:,} tuples")


if __name__ == "__main__":
    main()
