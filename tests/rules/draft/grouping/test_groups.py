"""Hosts that are alike by their ports, and the file of groups that people edit."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from nsgflow_core.errors import BadInventory
from nsgflow_core.rules.draft.grouping.groups import HostGroup, given, groups_frame, infer, read_groups
from nsgflow_core.rules.draft.grouping.host_ports import HOST_PORT, SERVES, USES, SeenHosts
from nsgflow_core.rules.draft.grouping.likeness import alike

Ports = dict[str, list[tuple[str, int]]]


def has_name(label: str) -> bool:
    return True


def seen(ports: Ports) -> SeenHosts:
    rows = [(host, role, "TCP", port) for host, held in ports.items() for role, port in held]
    return SeenHosts(dict.fromkeys(ports, "flat"), pd.DataFrame(rows, columns=list(HOST_PORT)))


def test_hosts_of_the_same_ports_are_a_group_named_by_what_tells_it_apart() -> None:
    common = [(USES, 53), (SERVES, 22)]
    web = {f"10.0.0.{n}": [(SERVES, 443), (USES, 1433), *common] for n in (4, 5, 6)}
    data = {f"10.0.0.{n}": [(SERVES, 1433), *common] for n in (20, 21)}
    jobs = {f"10.0.0.{n}": [(USES, 5671), *common] for n in (30, 31)}
    found = infer(seen(web | data | jobs), ["flat"], has_name)
    assert {group.name: group.hosts for group in found} == {
        "flat-tcp-443": ("10.0.0.4", "10.0.0.5", "10.0.0.6"),
        "flat-tcp-1433": ("10.0.0.20", "10.0.0.21"),
        "flat-to-tcp-5671": ("10.0.0.30", "10.0.0.31"),
    }
    assert found[0].ports.startswith("serves TCP 443")
    assert infer(seen(web), ["flat"], has_name) == (), "a subnet whose hosts are all alike needs no group"
    assert infer(seen(web | data), ["other"], has_name) == ()
    (group,) = infer(seen(web), ["flat"], lambda label: False)
    assert group.hosts == tuple(web), "a block that nobody named has its hosts alone to say it"


def test_groups_do_not_depend_on_the_order_of_hosts() -> None:
    rng = np.random.default_rng(3)
    ports = {f"10.0.0.{n + 4}": [(SERVES, int(p)) for p in rng.choice(9, 4)] for n in range(40)}
    turned = dict(reversed(ports.items()))
    assert infer(seen(ports), ["flat"], has_name) == infer(seen(turned), ["flat"], has_name)


def test_planted_roles_are_found_among_noise() -> None:
    rng = np.random.default_rng(5)
    roles = [rng.choice(200, 6, replace=False) for _ in range(12)]
    truth = np.repeat(np.arange(12), 10)
    pairs = [
        (host, int(port))
        for host, role in enumerate(truth)
        for port in [*roles[role][rng.random(6) < 0.85], *rng.choice(200, 1)]
    ]
    hosts, ports = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    group = alike(hosts, ports, len(truth))
    together = group[:, None] == group[None, :]
    same = truth[:, None] == truth[None, :]
    assert (together & ~same).sum() == 0, "no group holds two roles"
    assert (together & same).sum() / same.sum() > 0.5


def test_thousands_of_hosts_take_no_time_to_speak_of() -> None:
    rng = np.random.default_rng(7)
    hosts, ports = np.repeat(np.arange(2_000), 8), rng.integers(0, 400, 16_000)
    started = time.process_time()
    assert len(alike(hosts, ports, 2_000)) == 2_000
    assert time.process_time() - started < 5


def test_a_file_of_groups_is_read_back_and_says_what_is_wrong_with_it() -> None:
    groups = (
        HostGroup("web", "flat", ("10.0.0.4", "10.0.0.5"), "serves TCP 443"),
        HostGroup("db", "flat", ("fd00::4",)),
    )
    text = groups_frame(groups).to_csv(index=False)
    assert read_groups(text.encode()) == (("web", ("10.0.0.4", "10.0.0.5")), ("db", ("fd00::4",)))
    assert read_groups("Address,Group\n10.0.0.4,web\n10.0.0.4,web\n") == (("web", ("10.0.0.4",)),)
    for broken in ("name,host\na,b\n", *(f"group,address\n{line}\n" for line in ("web,", "web,10.0.0.0/24", ",a"))):
        with pytest.raises(BadInventory):
            read_groups(broken)
    with pytest.raises(BadInventory, match="two groups"):
        read_groups("group,address\nweb,10.0.0.4\ndb,10.0.0.4\n")


def test_a_given_group_is_one_for_each_subnet_and_family() -> None:
    named = (("mine", ("10.0.2.4", "10.0.1.5", "10.0.1.4", "fd00::4")),)
    found = given(named, lambda address: "six" if ":" in address else address.rsplit(".", 1)[0])
    assert [(group.name, group.label, group.hosts) for group in found] == [
        ("mine", "10.0.1", ("10.0.1.4", "10.0.1.5")),
        ("mine-2", "10.0.2", ("10.0.2.4",)),
        ("mine-3", "six", ("fd00::4",)),
    ]


def test_no_two_groups_share_a_name() -> None:
    alike_in_both = {f"{net}{n}": [(SERVES, port)] for net in ("10.0.0.", "fd00::") for n, port in ((4, 443), (5, 443))}
    others = {f"{net}{n}": [(SERVES, 22), (USES, 53)] for net in ("10.0.0.", "fd00::") for n in (8, 9)}
    found = infer(seen(alike_in_both | others), ["flat"], has_name)
    assert len(found) == len({group.name.casefold() for group in found}) == 4, "IPv4 and IPv6 each have their own"
    named = (("x-2", ("10.0.0.8", "10.0.0.9")), ("X", ("10.0.0.4", "fd00::4")), ("x", ("10.0.0.6",)))
    assert [group.name for group in given(named, lambda _: "flat")] == ["x-2", "X", "X-3", "x-4"]
