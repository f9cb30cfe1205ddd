"""What people want of a network, as a text file: who must reach what, and who never may.

    # one intent a line
    never: Internet -> data
    must:  web -> app 8443
    must:  web -> app tcp/8443, udp/53
    never: * -> mgmt 22, 3389

An end is the name of a subnet, an address or prefix, a service tag, or `*`. Ports are numbers or ranges; without a
protocol `must` means TCP and `never` both TCP and UDP; without ports `never` means every packet, and `must` needs some.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from nsgflow_core.errors import BadIntent
from nsgflow_core.inventory.rule import ANY, ANY_PORTS, AZURE_LOAD_BALANCER, VIRTUAL_NETWORK, PortRange
from nsgflow_core.inventory.shapes.given import decoded
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.words.apart import nearest
from nsgflow_core.words.prefixes import INTERNET, Family, is_prefix, parse_prefix
from nsgflow_core.words.visible import in_short
from nsgflow_core.words.vocabulary import MAX_PORT

HOW = "Write it like 'never: Internet -> data' or 'must: web -> app tcp/8443, udp/53'."
_LINE = re.compile(r"(?P<kind>[A-Za-z]+)\s*:\s*(?P<source>.+?)\s*->\s*(?P<rest>.+)")
_SERVICE = re.compile(
    r"(?:(?P<protocol>tcp|udp|any|icmp|esp|ah)/)?(?P<first>[0-9]{1,5})(?:-(?P<last>[0-9]{1,5}))?", re.IGNORECASE
)
_WITHOUT_PORTS = frozenset({"icmp", "esp", "ah"})
_BARE = re.compile(r"tcp|udp|icmp|esp|ah", re.IGNORECASE)
_PUBLIC_TAGS = (ANY, INTERNET, VIRTUAL_NETWORK, AZURE_LOAD_BALANCER, "AzureCloud")


class IntentKind(StrEnum):
    """Whether every packet of an intent must pass, or none may."""

    MUST = "must"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class IntentEnd:
    """One end of an intent: what it was called, and the terms of a rule that stand for it."""

    name: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Intent:
    """One line of the file. `services` are a rule's protocol and ports each."""

    line: int
    text: str
    kind: IntentKind
    source: IntentEnd
    destination: IntentEnd
    services: tuple[tuple[str, tuple[PortRange, ...]], ...]


def read_intents(content: str | bytes, subnets: SubnetMap, space: AddressSpace) -> tuple[Intent, ...]:
    """The intents of a file. Raises BadIntent, which names every line that has no meaning."""
    found, wrong = [], []
    for number, line in enumerate(decoded(content).splitlines(), 1):
        text = line.partition("#")[0].strip()
        if text:
            try:
                found.append(_intent(number, text, subnets, space))
            except BadIntent as error:
                wrong.append(f"line {number}: {error.message} {error.hint}".strip())
    if wrong:
        raise BadIntent("; ".join(wrong))
    if not found:
        raise BadIntent("The file holds no intent.", HOW)
    return tuple(found)


def _intent(number: int, text: str, subnets: SubnetMap, space: AddressSpace) -> Intent:
    match = _LINE.fullmatch(text)
    if match is None:
        raise BadIntent(f"'{in_short(text)}' is no intent.", HOW)
    word = match["kind"].lower()
    if word not in tuple(IntentKind):
        raise BadIntent(f"'{in_short(match['kind'])}' is neither must nor never.", HOW)
    kind = IntentKind(word)
    destination, services = _destination_and_services(match["rest"], kind, subnets, space)
    source = _end(match["source"], subnets, space)
    if not _families(source) & _families(destination):
        raise BadIntent(
            f"'{in_short(source.name)}' and '{in_short(destination.name)}' have no address family in common.",
            "No packet goes from IPv6 to IPv4, so nothing would be checked: write two ends of one family.",
        )
    return Intent(number, text, kind, source, destination, services)


def _families(end: IntentEnd) -> frozenset[Family]:
    """The address families of an end; a tag may hold both."""
    prefixes = [parse_prefix(term) if is_prefix(term) else None for term in end.terms]
    return frozenset(family for each in prefixes for family in ((4, 6) if each is None else (each.family,)))


def _destination_and_services(
    rest: str, kind: IntentKind, subnets: SubnetMap, space: AddressSpace
) -> tuple[IntentEnd, tuple[tuple[str, tuple[PortRange, ...]], ...]]:
    """The end before the ports: a name may have spaces, so it is the longest that is known. Raises BadIntent."""
    words = rest.split()
    for size in range(len(words), 0, -1):
        name, ports = " ".join(words[:size]), "".join(words[size:])
        if _terms(name, subnets, space) is not None and (not ports or _are_services(ports)):
            return _end(name, subnets, space), _services(ports, kind)
    for size in range(len(words) - 1, 0, -1):
        if _terms(" ".join(words[:size]), subnets, space) is not None:
            raise BadIntent(f"'{in_short(' '.join(words[size:]))}' is no list of ports.", HOW)
    size = next((at for at in range(1, len(words)) if _are_services("".join(words[at:]))), len(words))
    return _end(" ".join(words[:size]), subnets, space), ()


def _are_services(ports: str) -> bool:
    return all(_SERVICE.fullmatch(each) or _BARE.fullmatch(each) for each in ports.split(","))


def _services(ports: str, kind: IntentKind) -> tuple[tuple[str, tuple[PortRange, ...]], ...]:
    if not ports:
        if kind is IntentKind.MUST:
            raise BadIntent("A 'must' needs the ports that must be open.", HOW)
        return ((ANY, ANY_PORTS),)
    found: list[tuple[str, tuple[PortRange, ...]]] = []
    for each in ports.split(","):
        match = _SERVICE.fullmatch(each)
        if match is None:
            found.append((each.capitalize(), ANY_PORTS))
            continue
        first, last = int(match["first"]), int(match["last"] or match["first"])
        if not first <= last <= MAX_PORT:
            raise BadIntent(f"'{each}' is no port or range of ports.", f"Ports go from 0 to {MAX_PORT}.")
        named = (match["protocol"] or "").lower()
        if named in _WITHOUT_PORTS:
            raise BadIntent(
                f"'{each}': {named.upper()} has no ports, and rules tell no types of it.", f"Write {named}."
            )
        both = ("Tcp", "Udp") if kind is IntentKind.NEVER else ("Tcp",)
        protocols = both if not named else (ANY,) if named == "any" else (named.capitalize(),)
        found += [(protocol, (PortRange(first, last),)) for protocol in protocols]
    return tuple(found)


def _end(name: str, subnets: SubnetMap, space: AddressSpace) -> IntentEnd:
    """An end by its name. Raises BadIntent for a name that nothing known has, with those that are near."""
    terms = _terms(name, subnets, space)
    if terms is None:
        known = (*_PUBLIC_TAGS, *space.service_tags, *subnets.names)
        spelled = subnets.longer_labels(name) or nearest(name, known)
        hint = f"Is it {', '.join(spelled)}?" if spelled else "Give the subnets with --subnets, or write a prefix."
        raise BadIntent(f"'{in_short(name)}' is no subnet, prefix or service tag that is known.", hint)
    return IntentEnd(name, terms)


def _terms(name: str, subnets: SubnetMap, space: AddressSpace) -> tuple[str, ...] | None:
    if held := subnets.prefixes_of(name):
        return tuple(prefix.text for prefix in held)
    if is_prefix(name):
        return (parse_prefix(name).text,)
    tags = {each.casefold(): each for each in (*_PUBLIC_TAGS, *space.service_tags)}
    return (tags[name.casefold()],) if name.casefold() in tags else None
