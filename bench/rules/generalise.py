"""From flows to rules: what drafts of three days keep of the fourth, and what they open, one draft a role.

.venv/bin/python bench/rules/generalise.py                 300 hosts in 24 roles, each a named subnet
.venv/bin/python bench/rules/generalise.py --flat          the same hosts in one subnet, one draft
.venv/bin/python bench/rules/generalise.py --scale 10      ten times as many hosts
.venv/bin/python bench/rules/generalise.py --low-ports     the cluster's ports lie from 1024 on
.venv/bin/python bench/rules/generalise.py --campus        another shape: roles scattered over 12 sites
.venv/bin/python bench/rules/generalise.py --offices       a third: leased addresses, RPC, calls, mixed servers
.venv/bin/python bench/rules/generalise.py --mechanisms    what each way to open more than was seen opens, and keeps
.venv/bin/python bench/rules/generalise.py --outbound      drafts of the way out, from logs of the source
.venv/bin/python bench/rules/generalise.py --at-most 6     flows thinned to six a pair, port and day
.venv/bin/python bench/rules/generalise.py --way default --way "jump hosts no" --way "jump hosts yes"

"best possible" is what somebody would keep who knows the chance of every pair, at as much opened beside the ranges.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from nsgflow_core.intake.importing import import_flows  # noqa: E402
from nsgflow_core.inventory.subnet_map import read_subnet_map  # noqa: E402
from nsgflow_core.sources.folder import FolderSource  # noqa: E402
from nsgflow_core.stores.local.store import LocalStore  # noqa: E402
from nsgflow_core.words.vocabulary import Direction  # noqa: E402
from tests.estates.graphs import enterprise  # noqa: E402
from tests.estates.graphs.campus import campus  # noqa: E402
from tests.estates.graphs.kept_and_opened import WAYS, best_possible, measured  # noqa: E402
from tests.estates.graphs.meetings import SCAN  # noqa: E402
from tests.estates.graphs.offices import offices  # noqa: E402


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=int, default=1)
    parser.add_argument("--flat", action="store_true")
    parser.add_argument("--low-ports", action="store_true")
    parser.add_argument("--campus", action="store_true")
    parser.add_argument("--offices", action="store_true")
    parser.add_argument("--outbound", action="store_true")
    parser.add_argument("--mechanisms", action="store_true")
    parser.add_argument("--at-most", type=int, metavar="FLOWS", help="of a pair and port on a day")
    parser.add_argument("--way", action="append", choices=[way.name for way in WAYS])
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    if arguments.campus:
        estate = campus(arguments.seed, scale=arguments.scale)
    elif arguments.offices:
        estate = offices(arguments.seed, scale=arguments.scale)
    else:
        estate = enterprise.enterprise(arguments.seed, scale=arguments.scale, low_ports=arguments.low_ports)
    if arguments.at_most:
        estate.traffic["flows"] = estate.traffic["flows"].clip(upper=arguments.at_most)
    last = estate.traffic[estate.traffic["day"] == estate.traffic["day"].max()]
    print(
        f"{sum(map(len, estate.hosts.values())):,} hosts in {len(estate.hosts)} subnets; on the last day "
        f"{last['flows'].sum():,} flows, {len(last):,} (pair, port)s, "
        f"{len(last[['src_ip', 'dst_ip']].drop_duplicates()):,} pairs"
    )
    print(missed_causes(estate))
    for beside in (1.0, 1.1, 1.2, 1.3, 1.5):
        flows, cells = best_possible(estate, beside)
        print(f"best possible at {beside:.1f} x: {flows:8.3%} of flows {cells:8.3%} of (pair, port)s")
    with tempfile.TemporaryDirectory() as folder:
        direction = Direction.OUTBOUND if arguments.outbound else Direction.INBOUND
        estate.write(Path(folder) / "logs", direction=direction)
        store = LocalStore(Path(folder) / "flows.duckdb")
        store.save_subnets(read_subnet_map(estate.subnets_csv(arguments.flat)))
        report = import_flows(FolderSource(Path(folder) / "logs"), store)
        if report.rejected or report.failures:
            raise SystemExit(f"The logs were not read whole: {report.reasons} {report.failures}")
        scopes = ["flat"] if arguments.flat else list(estate.hosts)
        for way in WAYS:
            if not arguments.way or way.name in arguments.way:
                started = time.perf_counter()
                found = measured(store, estate, scopes, way, direction)
                print(f"{found}  {time.perf_counter() - started:6.1f} s", flush=True)
                if arguments.mechanisms:
                    print(found.mechanisms.round(3).to_string(index=False))


def missed_causes(estate: enterprise.Enterprise) -> str:
    """How the last day differs from those before, as the reference's first table has it."""
    roles = {host: role for role, hosts in estate.hosts.items() for host in hosts}
    flows = estate.traffic[estate.traffic["kind"] != SCAN].copy()
    for side in ("src", "dst"):
        flows[f"{side}_role"] = flows[f"{side}_ip"].map(roles).fillna("outside")
    is_last = flows["day"] == flows["day"].max()
    before, last = flows[~is_last], flows[is_last]
    service = ["src_role", "dst_role", "protocol", "port"]

    def seen(columns: list[str]) -> np.ndarray:
        known = set(before[columns].itertuples(index=False, name=None))
        return np.array([row in known for row in last[columns].itertuples(index=False, name=None)])

    exact = seen(["src_ip", "dst_ip", "protocol", "port"])
    rest = {
        "same source, sibling destination": seen(["src_ip", "dst_role", "protocol", "port"]),
        "sibling source, same destination": seen(["src_role", "dst_ip", "protocol", "port"]),
        "both new, siblings seen": seen(service),
        "(role, port) never seen": np.ones(len(last), bool),
    }
    lines = [("seen exactly", exact)]
    left = ~exact
    for name, mask in rest.items():
        lines.append((name, left & mask))
        left &= ~mask
    total = last["flows"].sum()
    return "\n".join(
        f"  {name:34} {last.loc[mask, 'flows'].sum() / total:7.2%} {mask.mean():7.2%}" for name, mask in lines
    )


if __name__ == "__main__":
    main()
