"""A store of a week of an estate, made in minutes: numbers straight into the commit that imports use.

    .venv/bin/python -m bench.questions.estate FILE [--tuples 50000000]

300 subnets of 20 hosts with a VNet flow log, a fifth of them with NSG flow logs side by side. Connections inside are
logged at both ends; a twentieth is IPv6; platform rows are in VNet logs alone. Per 50 M tuples over 168 hours there are
some 5.5 M keys (source, destination, protocol, port) of one hour, mostly scanners, and 320,000 that recur on two or
three days and carry most tuples.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from nsgflow_core.formats.coded.flows import CONTEXT_WORDS, CodedFlows
from nsgflow_core.formats.coded.rows import CODED, CodedColumns
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.sources.base import BlobInfo, Cursor
from nsgflow_core.stores.local.ledger import Advance, BlobBatch
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import ZERO_GUID

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
START = datetime(2026, 11, 16, tzinfo=UTC)
HOURS = 7 * 24
SUBNETS, HOSTS_OF_EACH = 300, 20
HOSTS = SUBNETS * HOSTS_OF_EACH
BOTH_LOGS = 66
"""So many subnets have an NSG flow log beside the VNet flow log."""
STRANGERS = 300_000
ONCE_AN_HOUR, RECURRING, RECUR_IN_AN_HOUR = 33_000, 356_000, 22_700
"""Per 50 M tuples: keys of one hour in each hour, keys that recur, and how many of these an hour has."""
FULL = 50_000_000
PORTS = np.array([443, 443, 443, 80, 8443, 1433, 5432, 22, 3389, 53, 88, 389, 445, 9090, 6379, 27017])
_GROUP = "/subscriptions/6a1f0d2c-0000-4000-8000-00000000c0de/resourcegroups/rg-net/providers/microsoft.network"
RULES = (("allow-web", "User"), ("allow-data", "User"), ("allow-ops", "User"), ("AllowVnetInBound", "Default"),
         ("AllowVnetOutBound", "Default"), ("AllowInternetOutBound", "Default"), ("DenyAllInBound", "Default"),
         ("PlatformRule", "Platform"))  # fmt: skip
_WEB, _DATA, _OPS, _VNET_IN, _VNET_OUT, _INTERNET_OUT, _DENY, _PLATFORM = range(len(RULES))
_OUT, _IN = 0, 1
_BEGIN, _END, _DENIED = 1, 3, 4


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--tuples", type=int, default=FULL)
    asked = parser.parse_args()
    started = time.perf_counter()
    store = week(asked.file, asked.tuples)
    print(f"{store.extent().tuples:,} tuples, {asked.file.stat().st_size / 1e6:,.0f} MB: "
          f"made in {time.perf_counter() - started:.0f} s")  # fmt: skip
    started = time.process_time()
    store.work_out_ahead(0)
    print(f"tables beside: {time.process_time() - started:.0f} s of processor, "
          f"{asked.file.stat().st_size / 1e6:,.0f} MB in all")  # fmt: skip


def week(path: Path, tuples: int = FULL) -> LocalStore:
    """A new store with about so many tuples; its subnets and NSGs have names."""
    store = LocalStore(path)
    store.save_subnets(subnets())
    store.save_nsg_names({_guid(number): _nsg(number) for number in range(SUBNETS)})
    scale = tuples / FULL
    estate = _Estate.of(scale)
    gathered: list[Logged] = []
    for hour in range(HOURS):
        gathered.append(estate.hour(hour))
        if sum(len(each.time) for each in gathered) >= 1_000_000 or hour == HOURS - 1:
            store.commit(_batch(gathered, hour))
            gathered = []
    return store


def subnets() -> SubnetMap:
    """The subnets by their names, both families."""
    v4 = [Subnet(f"snet-{n:03}", parse_prefix(f"10.{n // 100}.{n % 100}.0/24"), "hub") for n in range(SUBNETS)]
    v6 = [Subnet(f"snet-{n:03}", parse_prefix(f"fd00:0:0:{n:x}::/64"), "hub") for n in range(SUBNETS)]
    return SubnetMap(tuple(v4 + v6), (parse_prefix("10.0.0.0/8"),))


@dataclass(frozen=True)
class Logged:
    """Tuples as columns of numbers; `context` is that of `_contexts`, addresses those of `_addresses`."""

    time: Ints
    src: Ints
    dst: Ints
    src_port: Ints
    dst_port: Ints
    protocol: Ints
    state: Ints
    context: Ints
    sent: Ints
    """Bytes of an ending tuple, 0 of others."""


@dataclass(frozen=True)
class _Estate:
    """The keys that recur, and what of them and of others each hour has."""

    src: Ints
    dst: Ints
    port: Ints
    denied: Bools
    days: Bools
    """Of each key the days on which it is there."""
    once: int
    recur: int

    @classmethod
    def of(cls, scale: float) -> _Estate:
        rng = np.random.default_rng(7)
        size = max(int(RECURRING * scale), 50)
        src = rng.integers(0, HOSTS, size)
        dst = rng.integers(0, HOSTS // 10, size) * 10
        is_out = rng.random(size) < 0.25
        dst = np.where(is_out, 2 * HOSTS + rng.integers(0, 4_000, size), dst)
        is_v6 = (rng.random(size) < 0.05) & ~is_out
        src, dst = src + HOSTS * is_v6, dst + HOSTS * is_v6
        is_platform = rng.random(size) < 0.01
        dst = np.where(is_platform, 2 * HOSTS + STRANGERS + rng.integers(0, 2, size), dst)
        src = np.where(is_platform, src % HOSTS, src)
        port = np.where(is_platform, rng.choice([53, 80], size), PORTS[(dst * 5 + rng.integers(0, 3, size)) % 16])
        return cls(
            src, dst, port, (rng.random(size) < 0.02) & ~is_platform, rng.random((7, size)) < 0.3,
            max(int(ONCE_AN_HOUR * scale), 10), max(int(RECUR_IN_AN_HOUR * scale), 10),
        )  # fmt: skip

    def hour(self, hour: int) -> Logged:
        rng = np.random.default_rng(1_000 + hour)
        there = np.flatnonzero(self.days[hour // 24])
        keys = there[rng.choice(len(there), min(self.recur, len(there)), replace=False)]
        repeats = 1 + rng.geometric(0.6, len(keys))
        seen = np.repeat(keys, repeats)
        recurring = _logged(rng, hour, self.src[seen], self.dst[seen], self.port[seen], self.denied[seen])
        return _joined([recurring, _logged(rng, hour, *_of_one_hour(rng, self.once))])


def _of_one_hour(rng: np.random.Generator, size: int) -> tuple[Ints, Ints, Ints, Bools]:
    """Scanners from outside (most), hosts that look around, and clients that go out once."""
    kind = rng.choice(3, size, p=[0.8, 0.05, 0.15])
    host, stranger = rng.integers(0, HOSTS, size), 2 * HOSTS + rng.integers(0, STRANGERS, size)
    src = np.where(kind == 0, stranger, host)
    dst = np.where(kind == 0, host, np.where(kind == 1, rng.integers(0, HOSTS, size), stranger))
    port = np.where(kind == 2, rng.choice([443, 443, 80, 123], size), rng.integers(1, 10_000, size))
    return src, dst, port, kind < 2


def _logged(rng: np.random.Generator, hour: int, src: Ints, dst: Ints, port: Ints, denied: Bools) -> Logged:
    """Each connection as the logs of its ends have it: Begin and End, or a denial at the end that denied."""
    first = int((START + timedelta(hours=hour)).timestamp()) * 1_000
    begun = first + rng.integers(0, 3_300_000, len(src))
    client, protocol = rng.integers(49_152, 65_536, len(src)), np.where(np.isin(port, [53, 123]), 17, 6)
    moved = rng.integers(200, 90_000, len(src))
    parts = []
    for way, host, rule in ((_OUT, src, _out_rules(dst)), (_IN, dst, _in_rules(port))):
        is_own = (host < 2 * HOSTS) & (~denied | (way == _IN))
        subnet = host % HOSTS // HOSTS_OF_EACH
        for log in (0, 1):
            is_kept = is_own if log else is_own & (subnet < BOTH_LOGS) & (rule != _PLATFORM)
            for state in (_BEGIN, _END):
                rows = np.flatnonzero(is_kept & ~denied if state == _END else is_kept)
                ruled = np.where(denied[rows], _DENY, rule[rows])
                times = begun[rows] + (state == _END) * rng.integers(1_000, 280_000, len(rows))
                parts.append(Logged(
                    (times if log else times // 1_000 * 1_000) * 1_000, src[rows], dst[rows], client[rows], port[rows],
                    protocol[rows], np.where(denied[rows], _DENIED if log else _BEGIN, state),
                    _context(host[rows] % HOSTS, way, ruled, log), moved[rows] * (state == _END),
                ))  # fmt: skip
    return _joined(parts)


def _out_rules(dst: Ints) -> Ints:
    outside = np.where(dst >= 2 * HOSTS + STRANGERS, _PLATFORM, _INTERNET_OUT)
    return np.where(dst < 2 * HOSTS, _VNET_OUT, outside)


def _in_rules(port: Ints) -> Ints:
    by_port = np.select([port < 1024, np.isin(port, [1433, 5432, 27017])], [_WEB, _DATA], _VNET_IN)
    return np.where(np.isin(port, [22, 3389]), _OPS, by_port)


def _context(host: Ints, way: int, rule: Ints, log: int) -> Ints:
    return ((host * 2 + way) * len(RULES) + rule) * 2 + log


def _joined(parts: list[Logged]) -> Logged:
    return Logged(*(np.concatenate([getattr(part, name) for part in parts]) for name in Logged.__dataclass_fields__))


def _batch(gathered: list[Logged], hour: int) -> BlobBatch:
    logged = _joined(gathered)
    contexts, context = np.unique(logged.context, return_inverse=True)
    places, ends = np.unique(np.concatenate([logged.src, logged.dst]), return_inverse=True)
    src, dst = np.split(ends, 2)
    no_counters, ended = logged.state != _END, logged.sent
    counters = {"src_to_dst_packets": ended // 900 + 1, "src_to_dst_bytes": ended,
                "dst_to_src_packets": ended // 1_200 + 1, "dst_to_src_bytes": ended * 7 % 60_000}  # fmt: skip
    numbers = {"time": logged.time, "src": src, "dst": dst, "src_port": logged.src_port, "dst_port": logged.dst_port,
               "protocol": logged.protocol, "state": logged.state, "context": context,
               "blob": np.zeros(len(src), np.int64)}  # fmt: skip
    columns = {name: pa.array(made).cast(CODED.field(name).type) for name, made in numbers.items()}
    columns |= {name: pa.array(made, mask=no_counters) for name, made in counters.items()}
    rows = pa.table([columns[name] for name in CODED.names], schema=CODED)
    blob = BlobInfo(name=f"hour-{hour}.json", location=f"hour-{hour}.json", size=1, etag="1")
    flows = CodedFlows(CodedColumns(rows), pa.array(_addresses(places)), _contexts(contexts))
    return BlobBatch([Advance(blob, Cursor("1", 1, ""))], flows)


def _addresses(places: Ints) -> Iterator[str]:
    for place in places.tolist():
        number, subnet, host = place % HOSTS, place % HOSTS // HOSTS_OF_EACH, place % HOSTS_OF_EACH + 4
        if place < HOSTS:
            yield f"10.{subnet // 100}.{subnet % 100}.{host}"
        elif place < 2 * HOSTS:
            yield f"fd00:0:0:{subnet:x}::{host:x}"
        elif place < 2 * HOSTS + STRANGERS:
            number = place - 2 * HOSTS
            yield f"{20 + number // 62_500}.{number // 250 % 250}.{number % 250}.{number % 89 + 1}"
        else:
            yield ("168.63.129.16", "169.254.169.254")[place - 2 * HOSTS - STRANGERS]


def _contexts(codes: Ints) -> pa.Table:
    lines = []
    for code in codes.tolist():
        host, way, rule, log = code // (4 * len(RULES)), code // 2 // len(RULES) % 2, code // 2 % len(RULES), code % 2
        subnet, (name, kind) = host // HOSTS_OF_EACH, RULES[rule]
        acl = ZERO_GUID if rule == _PLATFORM else _guid(subnet)
        lines.append({
            "direction": ("Outbound", "Inbound")[way], "decision": "Denied" if rule == _DENY else "Allowed",
            "encryption": "NX" if log else "", "nsg": acl if log else _nsg(subnet), "rule": name, "rule_kind": kind,
            "nsg_id": acl if log else f"{_GROUP}/networksecuritygroups/{_nsg(subnet)}", "mac": f"0022487{host:05X}",
            "target": f"{_GROUP}/virtualnetworks/vnet-hub" if log else "", "log_kind": ("NSG", "VNet")[log],
        })  # fmt: skip
    return pa.Table.from_pylist(lines, schema=pa.schema([(word, pa.string()) for word in CONTEXT_WORDS]))


def _guid(subnet: int) -> str:
    return f"5f2e0c31-0000-4000-8000-0000000{subnet:05}"


def _nsg(subnet: int) -> str:
    return f"nsg-s{subnet:03}"


if __name__ == "__main__":
    main()
