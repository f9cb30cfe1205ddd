"""Folders of blobs as Azure writes them: one a NIC and hour, a record a minute, two or three tuples a group.

    .venv/bin/python -m bench.imports.shapes small FOLDER [--nics 100] [--hours 120] [--tuples 10000000]
    .venv/bin/python -m bench.imports.shapes one FOLDER [--megabytes 1000]

`small`: every NIC has an NSG log (version 2) and a VNet log (version 4) side by side; connections inside the estate are
logged at both ends, begin and end; a twentieth is IPv6; scanners are denied; platform rows are in VNet logs alone.
`one`: a single VNet blob of dense records, as a busy gateway's NIC has.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nsgflow_core.sources.base import NSG_CONTAINER, VNET_CONTAINER
from nsgflow_core.words.vocabulary import ZERO_GUID

START = datetime(2026, 11, 16, tzinfo=UTC)
SUBNETS = 12
SCANNERS = 20_000
_GROUP = "/subscriptions/6a1f0d2c-0000-4000-8000-00000000c0de/resourceGroups/rg-net/providers/Microsoft.Network"
_WATCHER = "6A1F0D2C-0000-4000-8000-00000000C0DE_NETWORKWATCHERRG/NETWORKWATCHER_WESTEUROPE_VNET-HUB-FLOWLOG"
_RULES = ("UserRule_allow-web", "UserRule_allow-sql", "DefaultRule_AllowVnetInBound", "DefaultRule_AllowVnetOutBound",
          "DefaultRule_AllowInternetOutBound", "DefaultRule_DenyAllInBound", "PlatformRule")  # fmt: skip
_PORTS = np.array([443, 443, 443, 80, 8443, 1433, 5432, 22, 3389, 53, 88, 389, 445, 9090, 6379, 27017])

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Tuples:
    """Tuples of one hour: who logs each, when, under which rule, and its text in both kinds of log."""

    nic: Ints
    minute: Ints
    rule: Ints
    nsg: list[str]
    vnet: list[str]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shape", choices=["small", "one"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nics", type=int, default=100)
    parser.add_argument("--hours", type=int, default=120)
    parser.add_argument("--tuples", type=int, default=10_000_000)
    parser.add_argument("--megabytes", type=int, default=1_000)
    asked = parser.parse_args()
    started = time.perf_counter()
    if asked.shape == "small":
        write_small(asked.folder, asked.nics, asked.hours, asked.tuples)
    else:
        write_one(asked.folder, asked.megabytes)
    print(f"{asked.shape}: made in {time.perf_counter() - started:.0f} s")


def write_small(folder: Path, nics: int, hours: int, tuples: int) -> None:
    """2 x `nics` x `hours` blobs that hold about so many tuples."""
    each = max(tuples // hours, 1)
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(write_hour, repeat(folder), range(hours), repeat(nics), repeat(each)))


def write_one(folder: Path, megabytes: int) -> None:
    """One VNet blob of about that size: 60 records a pass, with thousands of tuples a group."""
    path = folder / _path("VNet", 0, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with path.open("wb") as file:
        file.write(b'{"records":[')
        for part in range(10**6):
            records = next(iter(_records(part, 1, 200_000, "VNet").values())).encode()
            file.write(records if part == 0 else b"," + records)
            written += len(records)
            if written >= megabytes * 10**6:
                break
        file.write(b"]}")


def write_hour(folder: Path, hour: int, nics: int, tuples: int) -> None:
    """The blobs of one hour, of both kinds."""
    for kind in ("NSG", "VNet"):
        for nic, records in _records(hour, nics, tuples // 2, kind).items():
            path = folder / _path(kind, nic, hour)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b'{"records":[' + records.encode() + b"]}")


def _records(hour: int, nics: int, tuples: int, kind: str) -> dict[int, str]:
    """NIC -> its records of an hour, joined."""
    made = _tuples(hour, nics, tuples)
    lines = made.nsg if kind == "NSG" else made.vnet
    is_there = np.ones(len(made.nic), bool) if kind == "VNet" else made.rule != _RULES.index("PlatformRule")
    order = np.lexsort((made.rule, made.minute, made.nic))
    order = order[is_there[order]]
    nic, minute, rule = made.nic[order], made.minute[order], made.rule[order]
    keys = (nic * 60 + minute) * len(_RULES) + rule
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    sorted_lines = [lines[at] for at in order.tolist()]
    blobs: dict[int, list[str]] = {}
    record = (-1, -1)
    groups: list[tuple[int, str]] = []
    ends = [*starts[1:].tolist(), len(order)]
    for begin, end, its_nic, its_minute, its_rule in zip(
        starts.tolist(), ends, nic[starts].tolist(), minute[starts].tolist(), rule[starts].tolist(), strict=True
    ):
        if (its_nic, its_minute) != record:
            if groups:
                blobs.setdefault(record[0], []).append(_record(kind, record[0], hour, record[1], groups))
            record, groups = (its_nic, its_minute), []
        groups.append((its_rule, '","'.join(sorted_lines[begin:end])))
    if groups:
        blobs.setdefault(record[0], []).append(_record(kind, record[0], hour, record[1], groups))
    return {nic: ",".join(records) for nic, records in blobs.items()}


def _record(kind: str, nic: int, hour: int, minute: int, groups: list[tuple[int, str]]) -> str:
    when = (START + timedelta(hours=hour, minutes=minute + 1)).strftime("%Y-%m-%dT%H:%M:%S.9340000Z")
    mac, subnet = _mac(nic), nic % SUBNETS
    if kind == "NSG":
        flows = ",".join(
            f'{{"rule":"{_RULES[rule]}","flows":[{{"mac":"{mac}","flowTuples":["{lines}"]}}]}}'
            for rule, lines in groups
        )
        return (
            f'{{"time":"{when}","systemId":"5f2e0c31-0000-4000-8000-0000000000{subnet:02}","macAddress":"{mac}",'
            f'"category":"NetworkSecurityGroupFlowEvent","resourceId":"{_nsg(subnet)}",'
            f'"operationName":"NetworkSecurityGroupFlowEvents","properties":{{"Version":2,"flows":[{flows}]}}}}'
        )
    platform = _RULES.index("PlatformRule")
    flows = ",".join(
        f'{{"aclID":"{acl}","flowGroups":[{held}]}}'
        for acl, held in (
            (acl, ",".join(f'{{"rule":"{_RULES[rule]}","flowTuples":["{lines}"]}}' for rule, lines in groups if
                           (rule == platform) is (acl == ZERO_GUID)))
            for acl in (f"5f2e0c31-0000-4000-8000-0000000000{subnet:02}", ZERO_GUID)
        )
        if held
    )  # fmt: skip
    return (
        f'{{"time":"{when}","flowLogVersion":4,"flowLogGUID":"66aa66aa-0000-4000-8000-000000000001",'
        f'"macAddress":"{mac}","category":"FlowLogFlowEvent","flowLogResourceID":"/{_WATCHER}",'
        f'"targetResourceID":"{_GROUP}/virtualNetworks/vnet-hub","operationName":"FlowLogFlowEvent",'
        f'"flowRecords":{{"flows":[{flows}]}}}}'
    )


def _tuples(hour: int, nics: int, tuples: int) -> Tuples:
    """Of one hour: 70 % between NICs, seen from both ends, 15 % to the Internet, 12 % scanners, the rest platform."""
    rng = np.random.default_rng(hour)
    inside, out, scans, platform = tuples * 70 // 400, tuples * 15 // 200, tuples * 12 // 100, tuples * 3 // 100
    near, far = rng.integers(0, nics, inside), rng.integers(0, max(nics // 2, 1), inside) * 2 % nics
    port = _PORTS[(far * 5 + rng.integers(0, 3, inside)) % len(_PORTS)]
    client, is_v6 = rng.integers(49_152, 65_536, inside), rng.random(inside) < 0.05
    v4, v6 = [_host(nic) for nic in range(nics)], [f"fd00::{nic % SUBNETS + 1:x}:{nic + 4:x}" for nic in range(nics)]
    names = np.array([*v4, *v6, *_public(), "168.63.129.16", "169.254.169.254"])
    first_public = 2 * nics
    scanners, servers = first_public + rng.integers(0, SCANNERS, scans), first_public + rng.integers(0, 2_000, out)
    asker = np.concatenate([near + nics * is_v6, rng.integers(0, nics, out), scanners, rng.integers(0, nics, platform)])
    services = len(names) - 1 - rng.integers(0, 2, platform)
    asked = np.concatenate([far + nics * is_v6, servers, rng.integers(0, nics, scans), services])
    ports = np.concatenate([port, rng.choice([443, 443, 80, 123], out), rng.integers(1, 10_000, scans),
                            rng.choice([53, 80], platform)])  # fmt: skip
    clients = np.concatenate([client, rng.integers(49_152, 65_536, out + scans + platform)])
    kinds = np.repeat([0, 1, 2, 3], [inside, out, scans, platform])
    minutes = rng.integers(0, 59, len(kinds))
    ways = [
        (kinds != 2, asker, "O", np.array([3, 4, -1, 6])),
        (kinds == 0, asked, "I", np.array([2, -1, -1, -1])),
        (kinds == 2, asked, "I", np.array([-1, -1, 5, -1])),
    ]
    nic, minute, rule = [], [], []
    nsg: list[str] = []
    vnet: list[str] = []
    base = int((START + timedelta(hours=hour)).timestamp())
    for chosen, own, letter, rules in ways:
        rows = np.flatnonzero(chosen)
        ruled = rules[kinds[rows]]
        if letter == "I":
            is_inside, port_there = ruled == 2, ports[rows]
            ruled = np.where(is_inside & (port_there < 1024), 0, np.where(is_inside & (port_there == 1433), 1, ruled))
        for state in "BE" if kinds[rows[0]] != 2 else "D":
            seconds = base + minutes[rows] * 60 + rng.integers(0, 60, len(rows))
            moved = rng.integers(1, 90_000, (4, len(rows)))
            ends = zip(names[asker[rows]].tolist(), names[asked[rows]].tolist(), clients[rows].tolist(),
                       ports[rows].tolist(), seconds.tolist(), *moved.tolist(), strict=True)  # fmt: skip
            nic.append(own[rows] % nics)
            minute.append(minutes[rows] + (state == "E"))
            rule.append(ruled)
            for src, dst, sport, dport, second, sent, sent_bytes, got, got_bytes in ends:
                counted = f"{sent},{sent_bytes},{got},{got_bytes}"
                of_nsg = ",,," if state in "BD" else counted
                code = "D,B" if state == "D" else f"A,{state}"
                nsg.append(f"{second},{src},{dst},{sport},{dport},T,{letter},{code},{of_nsg}")
                of_vnet = "0,0,0,0" if state in "BD" else counted
                vnet.append(f"{second}{sent % 1000:03},{src},{dst},{sport},{dport},6,{letter},{state},NX,{of_vnet}")
    return Tuples(np.concatenate(nic), np.concatenate(minute), np.concatenate(rule), nsg, vnet)


def _public() -> list[str]:
    return [f"{20 + number % 70}.{number // 70 % 250}.{number % 251}.9" for number in range(SCANNERS)]


def _host(nic: int) -> str:
    return f"10.0.{nic % SUBNETS}.{4 + nic // SUBNETS}"


def _mac(nic: int) -> str:
    return f"00224871{nic:04X}"


def _nsg(subnet: int) -> str:
    return f"{_GROUP}/networkSecurityGroups/nsg-s{subnet:02}".upper()


def _path(kind: str, nic: int, hour: int) -> str:
    """The documented path of the blob of a NIC and hour."""
    when = (START + timedelta(hours=hour)).strftime("y=%Y/m=%m/d=%d/h=%H/m=00")
    log = f"{NSG_CONTAINER}/resourceId={_nsg(nic % SUBNETS)}" if kind == "NSG" else (
        f"{VNET_CONTAINER}/flowLogResourceID=/{_WATCHER}"
    )  # fmt: skip
    return f"{log}/{when}/macAddress={_mac(nic)}/PT1H.json"


if __name__ == "__main__":
    main()
