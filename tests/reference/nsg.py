"""A slow second opinion on rule sets, written from Azure's documents alone: plain dicts, plain ipaddress, plain loops.

It shares nothing with nsgflow_core. Rules are the dicts of `az network nsg show`; packets are dicts too. Truth is
True, False or None (cannot be known).
"""

import ipaddress
import itertools
from functools import cache
from typing import Any

ip_address = cache(ipaddress.ip_address)


@cache
def ip_network(text, strict=False):
    return ipaddress.ip_network(text, strict=strict)


HOST = "168.63.129.16"
PRIVATE = [
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10",
]  # fmt: skip
NUMBERS = {"TCP": 6, "UDP": 17, "ICMP": 1, "ESP": 50, "AH": 51, "ICMPV6": 58, "GRE": 47, "SCTP": 132}
DEFAULTS = [
    ("AllowVnetInBound", 65000, "Inbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
    ("AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", "AzureLoadBalancer", "*"),
    ("DenyAllInBound", 65500, "Inbound", "Deny", "*", "*"),
    ("AllowVnetOutBound", 65000, "Outbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
    ("AllowInternetOutBound", 65001, "Outbound", "Allow", "*", "Internet"),
    ("DenyAllOutBound", 65500, "Outbound", "Deny", "*", "*"),
]


def any_of(answers):
    answers = list(answers)
    if True in answers:
        return True
    return None if None in answers else False


def all_of(answers):
    """The first False ends it: what comes behind is not asked."""
    is_open = False
    for answer in answers:
        if answer is False:
            return False
        is_open |= answer is None
    return None if is_open else True


def inside(address, prefixes):
    address = ip_address(address)
    for prefix in prefixes:
        network = ip_network(prefix, strict=False)
        if network.version == address.version and address in network:
            return True
    return False


def is_known(address, world):
    return address == HOST or inside(address, world.get("known", []))


def term_holds(term, address, world, told=None):
    """Whether a prefix, tag or `*` holds an address; `world` has known, tags and nics.

    `told` says whether VirtualNetwork, Internet or none of them holds it, where that is open.
    """
    word = term.lower()
    if word in ("*", "any", ""):
        return True
    if word in world.get("tags", {}):
        return inside(address, world["tags"][word])
    known = is_known(address, world)
    if word == "virtualnetwork":
        return True if known else told and told == "VNet" if inside(address, PRIVATE) else False
    if word == "internet":
        return False if known else told and told == "Internet" if inside(address, PRIVATE) else True
    if word == "azureloadbalancer":
        return address == HOST
    try:
        ip_network(term, strict=False)
    except ValueError:
        return None
    return inside(address, [term])


def group_holds(group, address, world):
    """Whether an application security group holds an address."""
    nics = world.get("nics", {})
    if address in nics:
        return group.lower() in [member.lower() for member in nics[address]]
    could_be_a_nic = address != HOST and (inside(address, world.get("known", [])) or inside(address, PRIVATE))
    return None if could_be_a_nic else False


def both(rule, singular, plural):
    return [value for value in [rule.get(singular), *(rule.get(plural) or [])] if value]


def side_holds(rule, side, address, world, told):
    terms = both(rule, side + "AddressPrefix", side + "AddressPrefixes")
    groups = [group["id"] for group in rule.get(side + "ApplicationSecurityGroups") or []]
    return any_of(
        [term_holds(term, address, world, told) for term in terms]
        + [group_holds(group, address, world) for group in groups]
    )


def port_holds(rule, side, port):
    allowed = set()
    for text in both(rule, side + "PortRange", side + "PortRanges"):
        first, _, last = ("0-65535" if text == "*" else text).partition("-")
        allowed |= {(int(first), int(last or first))}
    if port is None:
        reached = -1
        for first, last in sorted(allowed):
            if first <= reached + 1:
                reached = max(reached, last)
        return True if reached == 65535 else None
    return any(first <= port <= last for first, last in allowed)


def protocol_holds(rule, protocol):
    wanted = rule["protocol"].upper()
    if wanted == "*":
        return True
    number = NUMBERS.get(protocol.upper()) or (int(protocol) if protocol.isdigit() else None)
    if number is None:
        return None
    if wanted == "ICMP" and number == 58:
        return None
    return NUMBERS[wanted] == number


def rule_matches(rule, packet, world, told=(None, None)):
    return all_of(part_by_part(rule, packet, world, told))


def part_by_part(rule, packet, world, told):
    """Of each part of a rule whether it holds for the packet."""
    yield protocol_holds(rule, packet["protocol"])
    yield port_holds(rule, "destination", packet["port"])
    yield port_holds(rule, "source", packet.get("src_port"))
    yield side_holds(rule, "source", packet["src_ip"], world, told[0])
    yield side_holds(rule, "destination", packet["dst_ip"], world, told[1])


def with_defaults(rules):
    taken = {(rule["direction"], rule["priority"]) for rule in rules}
    added = [
        {
            "name": name, "priority": priority, "direction": direction, "access": access, "protocol": "*",
            "sourceAddressPrefix": source, "sourcePortRange": "*",
            "destinationAddressPrefix": destination, "destinationPortRange": "*",
        }
        for name, priority, direction, access, source, destination in DEFAULTS
        if (direction, priority) not in taken
    ]  # fmt: skip
    return [*rules, *added]


def decide(rules, packet, world):
    """(access, rule name): access is Allow, Deny, or None when it could be either."""
    answer = first_match(rules, packet, world, (None, None))
    if answer[0] is None:
        ways = [
            ("VNet", "Internet", "none")
            if not is_known(packet[end], world) and inside(packet[end], PRIVATE)
            else (None,)
            for end in ("src_ip", "dst_ip")
        ]
        tried = [first_match(rules, packet, world, told) for told in itertools.product(*ways)]
        if len({access for access, _ in tried}) == 1 and tried[0][0] is not None:
            return tried[0]
    return answer


def first_match(rules, packet, world, told):
    doubtful: list[dict[str, Any]] = []
    ordered = sorted(
        (r for r in with_defaults(rules) if r["direction"] == packet["direction"]), key=lambda r: r["priority"]
    )
    for rule in ordered:
        answer = rule_matches(rule, packet, world, told)
        if answer is True:
            if {r["access"] for r in doubtful} <= {rule["access"]}:
                return rule["access"], rule["name"]
            return None, doubtful[0]["name"]
        if answer is None:
            doubtful.append(rule)
    raise AssertionError("the last default rule matches everything")
