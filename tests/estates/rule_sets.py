"""Random rule sets and packets that meet often: few addresses, prefixes around them, few ports."""

import random
from typing import Any

ADDRESSES = [
    "10.0.0.4", "10.0.0.5", "10.0.1.4", "10.0.1.200", "10.1.0.4", "192.168.7.7", "172.16.3.3", "100.64.0.9",
    "168.63.129.16", "169.254.169.254", "203.0.113.9", "52.1.2.3", "8.8.8.8", "fd00:1::4", "fd00:2::5", "2001:db8::1",
    "fe80::1", "::1", "0.0.0.1", "255.255.255.255",
]  # fmt: skip
TERMS = [
    "*", "0.0.0.0/0", "::/0", "VirtualNetwork", "internet", "AzureLoadBalancer", "Storage", "Storage.WestUS", "Sql",
    "10.0.0.0/24", "10.0.0.4", "10.0.0.4/31", "10.0.0.0/8", "10.0.1.128/25", "192.168.0.0/16", "203.0.113.0/24",
    "52.0.0.0/8", "fd00:1::/64", "fd00::/8", "::/1", "2001:db8::1", "168.63.129.16",
]  # fmt: skip
PORTS = ["*", "443", "80", "0", "65535", "80-443", "1024-65535", "0-1023", "8080"]
WORLDS: list[dict[str, Any]] = [
    {"known": [], "tags": {}, "nics": {}},
    {"known": ["10.0.0.0/16", "fd00:1::/64"], "tags": {}, "nics": {}},
    {"known": ["10.0.0.0/8", "203.0.113.0/24"], "tags": {"storage": ["52.0.0.0/14", "2001:db8::/32"]}, "nics": {}},
    {
        "known": ["10.0.0.0/16"],
        "tags": {"storage.westus": ["52.1.2.0/24"], "sql": []},
        "nics": {"10.0.0.4": ["/asg/Web"], "10.0.1.4": ["/asg/db"], "192.168.7.7": []},
    },
]


def rule(rng: random.Random, number: int, priority: int) -> dict[str, Any]:
    def some(values: list[str], most: int) -> list[str]:
        return rng.sample(values, rng.choice([1, 1, 1, rng.randint(1, most)]))

    made: dict[str, Any] = {
        "name": f"r{number}",
        "priority": priority,
        "direction": rng.choice(["Inbound", "Outbound"]),
        "access": rng.choice(["Allow", "Deny"]),
        "protocol": rng.choice(["*", "*", "*", "Tcp", "Tcp", "Udp", "Icmp", "Esp", "Ah"]),
        "destinationPortRanges": ["*"] if rng.random() < 0.6 else some(PORTS, 4),
        "sourcePortRange": rng.choice(["*"] * 8 + ["1024-65535", "53"]),
    }
    for side in ("source", "destination"):
        if rng.random() < 0.1:
            made[side + "ApplicationSecurityGroups"] = [{"id": rng.choice(["/asg/web", "/ASG/DB", "/asg/none"])}]
        elif rng.random() < 0.6:
            made[side + "AddressPrefix"] = rng.choice(["*", "10.0.0.0/8", "0.0.0.0/0", "VirtualNetwork"])
        else:
            made[side + "AddressPrefixes"] = some(TERMS, 4)
    return made


def rules(rng: random.Random, most: int = 16) -> list[dict[str, Any]]:
    priorities = rng.sample(range(100, 4097), rng.choice([0, 1, 2, 5, rng.randint(1, most), most]))
    return [rule(rng, number, priority) for number, priority in enumerate(priorities)]


def packet(rng: random.Random) -> dict[str, Any]:
    protocols = ["UDP", "UDP", "ICMP", "ICMPv6", "ESP", "AH", "GRE", "99", "?"]
    return {
        "src_ip": rng.choice(ADDRESSES[:5] if rng.random() < 0.6 else ADDRESSES),
        "dst_ip": rng.choice(ADDRESSES[:5] if rng.random() < 0.6 else ADDRESSES),
        "protocol": "TCP" if rng.random() < 0.6 else rng.choice(protocols),
        "port": rng.choice([443, 443, 80, 80, 0, 65535, 1023, 1024, 8080, 22, None]),
        "direction": rng.choice(["Inbound", "Outbound"]),
        "src_port": rng.choice([50000, 50000, 50000, None, 53, 1023, 1024]),
    }
