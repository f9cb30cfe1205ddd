"""Coverage at size: what is asked of the store, the two kinds of flow logs compared, and all gaps.

.venv/bin/python bench/coverage.py [--tuples 10000000]   a store as bench/stores.py makes it (both ends, both logs)
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.stores import estate_store  # noqa: E402
from nsgflow_core.ask.filters import FlowFilter  # noqa: E402
from nsgflow_core.coverage.arrived import ask_arrived  # noqa: E402
from nsgflow_core.coverage.parity import ask_parity  # noqa: E402
from nsgflow_core.coverage.truth import find_truth  # noqa: E402
from nsgflow_core.inventory.files import read  # noqa: E402
from nsgflow_core.inventory.subnet_map import SubnetMap  # noqa: E402

T = TypeVar("T")
_NETWORK = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network"


def timed(what: str, made: Callable[[], T]) -> T:
    """Run it, and print how long it took."""
    started, wall = time.process_time(), time.perf_counter()
    found = made()
    print(f"{what}: {time.process_time() - started:.1f} s of CPU, {time.perf_counter() - wall:.1f} s by the clock")
    return found


def vnet_of(subnets: SubnetMap) -> list[dict[str, object]]:
    """One VNet with the store's subnets, as az would list it."""
    home = f"{_NETWORK}/virtualNetworks/hub"
    held = [
        {"id": f"{home}/subnets/{each.name}", "name": each.name, "addressPrefix": each.prefix.text}
        for each in subnets.subnets
    ]
    return [{"id": home, "name": "hub", "location": "westeurope", "subnets": held, "addressSpace": {}}]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tuples", type=int, default=10_000_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store, subnets = estate_store(Path(folder) / "f.duckdb", arguments.tuples)
        inventory = read([("vnets.json", json.dumps(vnet_of(subnets)))])
        arrived = timed("what arrived", lambda: ask_arrived(store, FlowFilter()))
        parity = timed("both kinds compared", lambda: ask_parity(store, FlowFilter(), arrived))
        print(
            f"  {len(parity.logs):,} NSGs, {int(parity.logs['both'].sum()) if len(parity.logs) else 0:,} flows of both"
        )
        truth = timed("all of it", lambda: find_truth(store, FlowFilter(), inventory))
        print(f"  {truth.sentence}")


if __name__ == "__main__":
    main()
