"""Rule names and descriptions that say what the rule does, within Azure's grammar.

A name has at most 80 characters, starts with a letter or digit, ends with one or `_`, and holds word characters,
`.`, `-` and `_`; a description has at most 140 (Microsoft Learn, "Network security groups"; REST "Security Rules").
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.rule import ANY, MAX_DESCRIPTION, MAX_NAME, PortRange
from nsgflow_core.rules.accepts.fields import NAME, NAME_REMEDY
from nsgflow_core.rules.draft.dial import Opening
from nsgflow_core.rules.draft.seen.evidence import WAITING
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.words.apart import any_of, names_in
from nsgflow_core.words.prefixes import INTERNET, is_prefix
from nsgflow_core.words.sets.spans import union
from nsgflow_core.words.visible import in_short
from nsgflow_core.words.vocabulary import WITH_PORTS, Direction

OURS = "nsgflow:"
"""How the description of a drafted rule begins."""
LISTED = 3
"""How many peers or ports a name lists before it says "and more"."""


def check_name(name: str) -> str:
    """The name, when Azure would take it. Raises BadRuleSet."""
    if NAME.fullmatch(name):
        return name
    raise BadRuleSet(f"'{in_short(name)}' is not a rule name.", NAME_REMEDY)


def name_each(
    openings: Sequence[Opening], tokens: AddressTokens, direction: Direction, reserved: Iterable[str] = ()
) -> list[str]:
    """A unique name per opening, like `allow-web-to-app-tcp-8443`, `allow-out-...` for outbound rules, and
    `allow-unanswered-...` while somebody is asked whether it was meant.

    A name never says less than its rule opens: what it does not list is "and more". Names are unique in an NSG over
    both directions, so `reserved` names are those of its other rules. Openings whose words are the same get a mark from
    their own content: a name never depends on the order of its neighbours.
    """
    plain = [(_ends(opening, tokens, direction), _service(opening)) for opening in openings]
    shared = Counter(name.casefold() for name in [*("-".join(words) for words in plain), *reserved])
    return [
        _marked(*words, opening) if shared[name.casefold()] > 1 or len(name) > MAX_NAME else name
        for words, opening in zip(plain, openings, strict=True)
        for name in ["-".join(words)]
    ]


def widened(name: str) -> str:
    """The name of a rule that a person has widened, which opens more than its drafted name says."""
    return f"{name[: MAX_NAME - 8].rstrip('-._')}-widened"


def _ends(opening: Opening, tokens: AddressTokens, direction: Direction) -> str:
    start = "allow" if direction is Direction.INBOUND else "allow-out"
    start += "-unanswered" * (opening.apart == WAITING)
    return f"{start}-{_side(opening.sources, tokens)}-to-{_side(opening.destinations, tokens)}"


def _service(opening: Opening) -> str:
    """The protocol and ports; that it is about IPv6 where no address of a side shows it."""
    shows_family = any(":" in token and token[:1] != "@" for token in (*opening.sources, *opening.destinations))
    protocol = ("ipv6-" if opening.family == 6 and not shows_family else "") + opening.protocol.lower()
    if opening.protocol not in WITH_PORTS:
        return protocol
    ports = port_ranges(opening.ports, opening.port_gap)
    shown = "_".join(str(port).replace(ANY, "any") for port in ports[:LISTED])
    return f"{protocol}-{shown}" + ("_and-more" if len(ports) > LISTED else "")


def _marked(ends: str, service: str, opening: Opening) -> str:
    """The name with six hexadecimal digits of its content's hash; of its ends as much as fits, its ports whole."""
    held = (opening.protocol, opening.sources, opening.destinations, opening.ports, opening.apart)
    content = repr((*held, *(each for each in (opening.ahead_of, "IPv6" * (opening.family == 6)) if each)))
    tail = f"{service}-{hashlib.sha256(content.encode()).hexdigest()[:6]}"
    return f"{ends[: MAX_NAME - len(tail) - 1].rstrip('-._')}-{tail}"


def _side(side: Sequence[str], tokens: AddressTokens) -> str:
    """A subnet's name, an address, the hosts of one label, or several labels; a whole label where any part of it is."""
    if len(side) == 1:
        return slug(side[0].lstrip("@#~!"))
    labels = sorted({tokens.token_label(token) for token in side})
    if len(labels) == 1 and any(token[:1] in "@#" for token in side):
        return slug(labels[0])
    if len(labels) == 1:
        return "internet-hosts" if labels == [INTERNET] else f"{slug(labels[0])}-hosts"
    shown = "-and-".join(slug(label) for label in labels[: LISTED - 1])
    return shown if len(labels) < LISTED else f"{shown}-and-more"


def slug(text: str) -> str:
    """The text in lower case with only what a name may hold; never empty.

    A name with its place in front (group/network/subnet) begins with what tells it from others where both are cut.
    """
    if "/" in text and not is_prefix(text):
        text = any_of("-".join(reversed(label.split("/"))) for label in names_in(text))
    words = re.sub(r"[^a-z0-9_.]+", "-", text.lower()).strip("-._")
    return words or hashlib.sha256(text.encode()).hexdigest()[:6]


def port_ranges(ports: Sequence[int], gap: int = 0) -> tuple[PortRange, ...]:
    """The ports as ranges; only runs without a hole are joined, or with holes of at most `gap` unseen ports."""
    return joined_ports((PortRange(port, port) for port in ports), gap)


def joined_ports(ranges: Iterable[PortRange], gap: int = 0) -> tuple[PortRange, ...]:
    """The ranges in order, those that meet (or leave a hole of at most `gap` ports) as one."""
    return tuple(PortRange(*span) for span in union(((held.first, held.last) for held in ranges), gap=gap))


def describe_as(opening: Opening, seen: str) -> str:
    """The description of a drafted rule: what was seen, and first that nobody said it was meant where that is so."""
    return describe(f"{OURS} UNANSWERED, is it meant?" if opening.apart == WAITING else OURS, f"{seen}.")


def describe(*sentences: str) -> str:
    """The sentences on one line, cut to what a description may hold."""
    text = " ".join(" ".join(sentence.split()) for sentence in sentences if sentence)
    return text if len(text) <= MAX_DESCRIPTION else text[: MAX_DESCRIPTION - 3].rstrip() + "..."
