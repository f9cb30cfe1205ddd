"""Stores of 10 million flow tuples, made in seconds: what drafts, replays and audits are measured on.

`big_store`     one NSG, one rule, one kind of log: nearly nothing but distinct flows
`estate_store`  twelve NSGs of many rules, dual stack, each connection logged at both its ends in NSG and VNet logs
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from nsgflow_core.formats.base import FLOW_SCHEMA
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import parse_prefix
from tests.estates.flows import START, keep, row

Ints = NDArray[np.int64]
CHUNK = 1_000_000
DAYS = 7
_FIRST = int(START.timestamp() * 1_000_000)
_NSGS = [f"s{number:02}-nsg" for number in range(12)]
_RULES = 16
_NSG_ID = "/subscriptions/s/resourcegroups/rg/providers/microsoft.network/networksecuritygroups/"


def big_store(path: Path, tuples: int) -> tuple[LocalStore, SubnetMap]:
    """A store with that many tuples of one NSG: 20 subnets of 60 hosts, 40 services, 5,000 public clients, 7 days."""
    subnets = _subnets(20)
    store = LocalStore(path)
    store.save_subnets(subnets)
    rng = np.random.default_rng(1)
    inside = [f"10.0.{n}.{h}" for n in range(20) for h in range(4, 64)]
    public = [f"{a}.{b}.7.9" for a in range(20, 70) for b in range(100)]
    words = pa.array(inside + public)
    services = rng.choice(np.arange(1024, 32_000), 40, replace=False)
    example = row(("10.0.1.4", "10.0.0.4", "TCP", 1), START, nsg="s00-nsg")
    for part, size in enumerate(_chunks(tuples)):
        service = rng.integers(0, 40, size)
        peers = (service * 7) % 20 * 60 + rng.integers(0, 60, size)
        source = np.where(service < 2, rng.integers(1200, 6200, size), peers)
        columns = {name: _words(np.zeros(size, np.int64), [text]) for name, text in example.items() if _is_word(text)}
        columns |= {"src_ip": _coded(source, words), "dst_ip": _coded(rng.integers(0, 60, size), words)}
        keep(store, f"part{part}", _table(columns | _numbers(services[service], rng)))
    return store, subnets


def estate_store(path: Path, tuples: int) -> tuple[LocalStore, SubnetMap]:
    """A store with that many tuples of 12 NSGs: 960 hosts, a third of them with IPv6, 120 services, 3,000 strangers.

    What hosts of the estate say to each other is logged at both ends, Outbound and Inbound, and all of it in NSG and in
    VNet logs side by side. A twentieth is denied; rules are `rule-00` and so on, each of some services.
    """
    subnets = _subnets(len(_NSGS))
    store = LocalStore(path)
    store.save_subnets(subnets)
    rng = np.random.default_rng(2)
    v4 = [f"10.0.{n}.{h}" for n in range(12) for h in range(4, 84)]
    v6 = [f"fd00:0:0:{n:x}::{h:x}" for n in range(12) for h in range(4, 84)]
    words = pa.array(v4 + v6 + [f"{a}.{b}.7.9" for a in range(20, 50) for b in range(100)])
    ports = rng.choice(np.arange(20, 49_000), 120, replace=False)
    for part, size in enumerate(_chunks(tuples)):
        keep(store, f"part{part}", pa.concat_tables(_logged_four_times(rng, size // 4, words, ports)))
    return store, subnets


def _logged_four_times(rng: np.random.Generator, size: int, words: pa.Array, ports: Ints) -> Iterator[pa.Table]:
    """Connections between subnets, each by the NSG of its source and of its destination, in both kinds of log."""
    service = rng.integers(0, len(ports), size)
    near, far = rng.integers(0, 960, size), (service * 7) % 12 * 80 + rng.integers(0, 16, size)
    is_v6, is_strange = rng.random(size) < 0.1, rng.random(size) < 0.05
    source = np.where(is_strange, rng.integers(1920, len(words), size), near + 960 * is_v6)
    destination = far + 960 * (is_v6 & ~is_strange)
    is_denied = rng.random(size) < 0.05
    numbers = _numbers(ports[service], rng)
    for log_kind in ("NSG", "VNet"):
        for direction, host in (("Inbound", destination), ("Outbound", source)):
            nsg = host % 960 // 80
            rule = np.where(is_denied, _RULES, service % _RULES)
            state = np.where(is_denied, 3, rng.integers(0, 3, size))
            columns = numbers | {
                "src_ip": _coded(source, words),
                "dst_ip": _coded(destination, words),
                "direction": _same(size, direction),
                "decision": _words(is_denied, ["Allowed", "Denied"]),
                "flow_state": _words(state, ["Begin", "Continuing", "End", "Deny"]),
                "encryption": _same(size, ""),
                "nsg": _words(nsg, _NSGS),
                "nsg_id": _words(nsg, [_NSG_ID + each for each in _NSGS]),
                "rule": _words(rule, [*(f"rule-{number:02}" for number in range(_RULES)), "deny-rest"]),
                "rule_kind": _same(size, "User"),
                "mac": _words(nsg, [f"00224871C2{number:02X}" for number in range(12)]),
                "target": _same(size, ""),
                "log_kind": _same(size, log_kind),
            }
            yield _table(columns)


def _subnets(count: int) -> SubnetMap:
    v4 = [Subnet(f"s{n:02}", parse_prefix(f"10.0.{n}.0/24"), "hub") for n in range(count)]
    v6 = [Subnet(f"s{n:02}", parse_prefix(f"fd00:0:0:{n:x}::/64"), "hub") for n in range(count)] if count < 20 else []
    return SubnetMap(tuple(v4 + v6), (parse_prefix("10.0.0.0/16"),))


def _chunks(tuples: int) -> Iterator[int]:
    for first in range(0, max(tuples, 1), CHUNK):
        yield min(CHUNK, tuples - first)


def _numbers(port: Ints, rng: np.random.Generator) -> dict[str, pa.Array]:
    """The columns that are numbers: times over the days, client ports, TCP, counters."""
    size = len(port)
    made = {
        "time": pa.array(_FIRST + rng.integers(0, DAYS * 86_400, size) * 1_000_000, pa.timestamp("us", tz="UTC")),
        "dst_port": pa.array(port.astype(np.uint16)),
        "src_port": pa.array(rng.integers(49_152, 65_535, size).astype(np.uint16)),
        "protocol": pa.array(np.full(size, 6, np.uint8)),
    }
    counters = ("src_to_dst_packets", "src_to_dst_bytes", "dst_to_src_packets", "dst_to_src_bytes")
    return made | {counter: pa.array(np.full(size, 3, np.int64)) for counter in counters}


def _is_word(value: object) -> bool:
    return isinstance(value, str)


def _same(size: int, text: str) -> pa.Array:
    return _words(np.zeros(size, np.int64), [text])


def _words(codes: np.ndarray, texts: list[object] | list[str]) -> pa.Array:
    return _coded(codes, pa.array([str(text) for text in texts]))


def _coded(codes: np.ndarray, words: pa.Array) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), words)


def _table(columns: dict[str, pa.Array]) -> pa.Table:
    return pa.table([columns[name] for name in FLOW_SCHEMA.names], schema=FLOW_SCHEMA)
