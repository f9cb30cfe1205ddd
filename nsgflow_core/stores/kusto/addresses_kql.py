"""Addresses in KQL: is an address in a prefix, and which endpoint label has it.

Built from `parse_ipv4` (a whole number, so a prefix is a range) and `parse_ipv6` (32 hex digits in eight groups, so a
prefix is a start of text), which every Kusto engine has. `coalesce` keeps the tests free of null, so `not` is exact.
Source: Microsoft Learn, "parse_ipv4()" and "parse_ipv6()" (Kusto query language).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.kusto.literal import kql_literal, kql_literals
from nsgflow_core.words.prefixes import (
    AZURE_PLATFORM,
    INTERNET,
    PLATFORM_ADDRESSES,
    PRIVATE_RANGES,
    SPECIAL_RANGES,
    Prefix,
    parse_prefix,
)

_PRIVATE = tuple(parse_prefix(text) for text in PRIVATE_RANGES)
_HEX_DIGITS = 32


def address_condition(column: str, prefixes: Sequence[Prefix]) -> str:
    """KQL that holds when the address in `column` is one of these addresses or inside one of these prefixes.

    A single address is plain equality, which the service answers from its text index.
    """
    singles = [prefix.text for prefix in prefixes if prefix.size == 1]
    tests = [f"{column} in~ {kql_literals(singles)}"] if singles else []
    tests += [prefix_condition(column, prefix) for prefix in prefixes if prefix.size > 1]
    return either(tests)


def prefix_condition(column: str, prefix: Prefix) -> str:
    """KQL that holds when the address in `column` lies inside the prefix, in the same family."""
    if prefix.is_v4:
        first, last = (int.from_bytes(edge[12:], "big") for edge in (prefix.first, prefix.last))
        return f"{column}_number between ({first} .. {last})"
    return either([f"{column}_hex startswith {kql_literal(start)}" for start in _hex_starts(prefix)])


def address_steps(column: str) -> list[str]:
    """Steps that give an address column its number (IPv4, otherwise -1) and its hex text (IPv6, otherwise "")."""
    return [
        f"extend {column}_number = coalesce(parse_ipv4({column}), long(-1))",
        f'extend {column}_hex = iff({column}_number < 0, tostring(parse_ipv6({column})), "")',
    ]


def label_expression(column: str, subnets: SubnetMap, own_subnet: str = "") -> str:
    """KQL for the endpoint label of the address in `column` (design section 3).

    The user's subnets come first, the longest prefix before a shorter one. With `own_subnet`, a column of Traffic
    Analytics' own subnet names, that name stands where it is not empty and the user names no subnets; otherwise it
    tells that an address of public space is inside, as the address space of the user's files does.
    """
    branches: list[str] = []
    for subnet in sorted(subnets.subnets, key=lambda s: (s.prefix.size, s.prefix.first)):
        branches += [prefix_condition(column, subnet.prefix), kql_literal(subnet.name)]
    branches += [f"{column} in {kql_literals(PLATFORM_ADDRESSES)}", kql_literal(AZURE_PLATFORM)]
    if own_subnet and not subnets.subnets:
        branches += [f"isnotempty({own_subnet})", own_subnet]
    private_v4 = either([prefix_condition(column, prefix) for prefix in _PRIVATE if prefix.is_v4])
    branches += [private_v4, _slash_24(column)]
    private_v6 = either([prefix_condition(column, prefix) for prefix in _PRIVATE if not prefix.is_v4])
    branches += [private_v6, _slash_64(column)]
    for label, texts in SPECIAL_RANGES:
        branches += [address_condition(column, [parse_prefix(text) for text in texts]), kql_literal(label)]
    for space in subnets.public_space:  # public by range, but of a VNet or a peer of the files
        block = _slash_24(column) if space.is_v4 else _slash_64(column)
        is_wide = space.size >= (1 << 8 if space.is_v4 else 1 << 64)
        branches += [prefix_condition(column, space), block if is_wide else kql_literal(space.text)]
    if own_subnet and subnets.subnets:  # public space, but of a subnet that Traffic Analytics knows
        branches += [f"isnotempty({own_subnet}) and {column}_number >= 0", _slash_24(column)]
        branches += [f"isnotempty({own_subnet}) and isnotempty({column}_hex)", _slash_64(column)]
    return "case(" + ",\n        ".join([*_paired(branches), kql_literal(INTERNET)]) + ")"


def either(tests: Sequence[str]) -> str:
    """The tests joined by `or`, in brackets where there are several."""
    return tests[0] if len(tests) == 1 else "(" + " or ".join(tests) + ")"


def _hex_starts(prefix: Prefix) -> list[str]:
    """The starts of the eight-group text that the addresses of an IPv6 prefix have, any digit for ::/0.

    A prefix that ends inside a hex digit has up to eight of them.
    """
    bits = 128 - (prefix.size.bit_length() - 1)
    whole, rest = divmod(bits, 4)
    digits = prefix.first.hex()
    if not rest:
        return [_grouped(digits[:whole])] if whole else list("0123456789abcdef")
    lowest = int(digits[whole], 16)
    return [_grouped(digits[:whole] + f"{digit:x}") for digit in range(lowest, lowest + (1 << (4 - rest)))]


def _grouped(digits: str) -> str:
    """Hex digits with a colon after each four, except at the very end of an address."""
    groups = ":".join(digits[at : at + 4] for at in range(0, len(digits), 4))
    return groups if len(digits) == _HEX_DIGITS or len(digits) % 4 else groups + ":"


def _slash_24(column: str) -> str:
    return f'strcat(extract(@"^(\\d+\\.\\d+\\.\\d+)\\.", 1, {column}), ".0/24")'


def _slash_64(column: str) -> str:
    """The canonical text of the /64 of an IPv6 address: its first four groups, leading zeros dropped."""
    groups = f"substring({column}_hex, 0, 19)"
    short = f'replace_regex({groups}, @"\\b0{{1,3}}([0-9a-f])", @"\\1")'
    return f'strcat(replace_regex({short}, @"(:0)*$", ""), "::/64")'


def _paired(branches: Iterable[str]) -> list[str]:
    items = list(branches)
    return [f"{test}, {label}" for test, label in zip(items[::2], items[1::2], strict=True)]
