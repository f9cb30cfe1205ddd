"""Groups of hosts inside a subnet: inferred from the ports they serve and use, or given as a file that people edit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.shapes.delimited import named_rows
from nsgflow_core.rules.draft.grouping.host_ports import HOST_PORT, SERVES, SeenHosts
from nsgflow_core.rules.draft.grouping.likeness import alike
from nsgflow_core.words.apart import free_name
from nsgflow_core.words.prefixes import Family, family_of, pack, parse_prefix
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import first_of_each, group_numbers
from nsgflow_core.words.visible import in_short

MARK = "~"
"""Begins the token of a group, as @ begins that of a subnet."""
LEAST_HOSTS = 2
GROUP_COLUMNS = ("group", "address", "subnet", "ports")
_NEEDED = ("group", "address")
Words = NDArray[np.object_]
NamedGroups = tuple[tuple[str, tuple[str, ...]], ...]
"""Names and addresses, as a file or a person gives them."""


@dataclass(frozen=True, slots=True)
class HostGroup:
    """Some hosts of one endpoint label and one address family, under a name that is unique in a draft.

    `ports` says what they have in common, most telling first, like "serves TCP 8443".
    """

    name: str
    label: str
    hosts: tuple[str, ...]
    ports: str = ""

    @property
    def token(self) -> str:
        """What stands for the group on a side of an opening."""
        return MARK + self.name


@dataclass(frozen=True)
class Groups:
    """How many hosts of each label and address family (4, 6) were seen, and the groups of hosts inside labels."""

    seen: Mapping[tuple[str, Family], int] = field(default_factory=dict)
    groups: tuple[HostGroup, ...] = ()

    def of_addresses(self) -> dict[str, HostGroup]:
        """The group of each address that has one."""
        return {host: group for group in self.groups for host in group.hosts}


def infer(hosts: SeenHosts, labels: Iterable[str], is_named: Callable[[str], bool]) -> tuple[HostGroup, ...]:
    """The groups of these labels, of at least two hosts each, in the order of labels and addresses.

    Where all hosts of a label are alike its name says it; where nobody named it (`is_named`) they are a group.
    """
    wanted = set(labels)
    by_label: dict[tuple[str, Family], list[str]] = {}
    for host, label in hosts.label_of.items():
        if label in wanted:
            by_label.setdefault((label, family_of(host)), []).append(host)
    units = [
        (label, sorted(members, key=lambda host: pack(host) or b"")) for (label, _), members in sorted(by_label.items())
    ]
    order = {host: place for place, host in enumerate(host for _, members in units for host in members)}
    held = pd.Categorical(hosts.ports["host"])
    addresses = held.categories.to_numpy(dtype=object)
    place = np.array([order.get(address, -1) for address in addresses], dtype=np.int64)[held.codes]
    ports, words = _in_words(hosts.ports)
    rows = np.argsort(place, kind="stable")
    place, ports = place[rows], ports[rows]
    begins = np.cumsum([0, *(len(members) for _, members in units)])
    edges = np.searchsorted(place, begins).tolist()
    found: list[HostGroup] = []
    for (label, members), begin, (first, after) in zip(units, begins.tolist(), pairwise(edges), strict=False):
        holders = place[first:after] - begin
        found += _of_label(label, members, holders, ports[first:after], words, is_named(label))
    return _named_apart(found)


def _in_words(ports: pd.DataFrame) -> tuple[Codes, Words]:
    """Of each port of a host the number of its words, like "serves TCP 8443", and the words."""
    numbers = group_numbers(*(ports[name] for name in HOST_PORT[1:]), in_order=False)
    distinct = ports[list(HOST_PORT[1:])].iloc[first_of_each(numbers)].itertuples(index=False, name=None)
    return numbers, np.array([f"{role} {protocol} {port}" for role, protocol, port in distinct], dtype=object)


def _named_apart(groups: Iterable[HostGroup]) -> tuple[HostGroup, ...]:
    """The groups, each under a name of its own whatever the case: a token finds its hosts by the name alone.

    Subnets have groups of both address families, and the words of two labels can meet: "a" "b-others", "a-b" "others".
    """
    made: list[HostGroup] = []
    taken: set[str] = set()
    for group in groups:
        name = free_name(group.name, taken)
        taken.add(name.casefold())
        made.append(replace(group, name=name))
    return tuple(made)


def _of_label(
    label: str, members: list[str], holders: Codes, ports: Codes, words: Words, is_named: bool
) -> list[HostGroup]:
    """The groups inside one label, of the ports that its members hold (as numbers of `words`).

    None where all hosts of a named one are alike, for then the name itself says it.
    """
    codes, distinct = pd.factorize(ports)
    group = alike(holders, codes.astype(np.int64), len(members))
    numbers, of_group, sizes = np.unique(group, return_inverse=True, return_counts=True)
    if len(numbers) < 2 and is_named:
        return []
    everyone, order = np.bincount(codes), np.argsort(of_group[holders], kind="stable")
    edges = np.searchsorted(of_group[holders][order], np.arange(len(numbers) + 1))
    made = []
    for number in np.flatnonzero(sizes >= LEAST_HOSTS).tolist():
        hosts = tuple(members[each] for each in np.flatnonzero(of_group == number).tolist())
        held, counts = np.unique(codes[order[edges[number] : edges[number + 1]]], return_counts=True)
        is_shared = counts * 2 >= len(hosts)
        shares = (counts / everyone[held])[is_shared].tolist()
        common = _most_telling(words[distinct[held[is_shared]]].tolist(), shares)
        name = f"{label}-{_short(common[0])}" if common else f"{label}-others"
        made.append(HostGroup(name, label, hosts, ", ".join(common[:3])))
    return made


def _most_telling(shared: Sequence[str], shares: Sequence[float]) -> list[str]:
    """What hosts have in common, the most telling first: what few others do (of all who do it these are such a share),
    and what they serve."""
    order = sorted(
        zip(shares, shared, strict=True), key=lambda each: (-each[0], not each[1].startswith(SERVES), each[1])
    )
    return [word for _, word in order]


def _short(word: str) -> str:
    """Like "tcp-8443" for what they serve, "to-tcp-8443" for what they use."""
    role, protocol, port = word.split()
    return f"{'' if role == SERVES else 'to-'}{protocol.lower()}-{port}"


def groups_frame(groups: Iterable[HostGroup]) -> pd.DataFrame:
    """GROUP_COLUMNS, one row an address; as CSV `read_groups` reads it back."""
    rows = [(group.name, host, group.label, group.ports) for group in groups for host in group.hosts]
    return pd.DataFrame(rows, columns=list(GROUP_COLUMNS))


def read_groups(content: str | bytes) -> NamedGroups:
    """Names and addresses of the groups in a CSV file, in its order. Raises BadInventory, naming the line.

    An address is in one group alone.
    """
    rows = named_rows(content)
    if not rows or not set(_NEEDED) <= set(rows[0]):
        raise BadInventory(
            "A file of groups needs the columns group and address, and a line for each host.",
            "'rules groups' writes one.",
        )
    held: dict[str, list[str]] = {}
    owner: dict[bytes, str] = {}
    for line, row in enumerate(rows, start=2):
        if not any(row.values()):
            continue
        name, address = (row[column] for column in _NEEDED)
        packed = pack(address)
        if not name or packed is None:
            raise BadInventory(f"Line {line} of the groups has no name or no address: '{in_short(address)}'.", _ONE)
        if owner.setdefault(packed, name) != name:
            raise BadInventory(f"{address} is in two groups: {in_short(owner[packed])} and {in_short(name)}.", _ONE)
        if address not in held.setdefault(name, []):
            held[name].append(parse_prefix(address).text)
    return tuple((name, tuple(hosts)) for name, hosts in held.items())


_ONE = "Write one address a line, each in one group."


def given(named: NamedGroups, label: Callable[[str], str]) -> tuple[HostGroup, ...]:
    """The groups of a file as groups of hosts: one for each label and family that a name's addresses lie in."""
    made = []
    for name, addresses in named:
        parts: dict[tuple[str, Family], list[str]] = {}
        for address in addresses:
            parts.setdefault((label(address), family_of(address)), []).append(address)
        for (lies_in, _), held in sorted(parts.items()):
            made.append(HostGroup(name, lies_in, tuple(sorted(held, key=lambda host: pack(host) or b""))))
    return _named_apart(made)
