"""Which rules let strangers reach a port of management or data: by the arithmetic of addresses, not by how it is typed.

A source is wide when what it holds of public IPv4 or IPv6 space, but for the NSG's own VNets and their usable peers, is
at least `WIDE_SHARE`, however it is written, over several rules together too. Only packets that reach the rule count:
what earlier rules take is cut away first, exactly.
Outbound it is the softer finding: hosts of the network may reach such ports anywhere in the Internet.
The destination of an inbound rule is a private address or one of the VNet: Azure translates public ones before the NSG
sees the packet (Microsoft Learn, "How network security groups filter network traffic").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from nsgflow_core.inventory.rule import ANY, Access, Rule
from nsgflow_core.rules.audit.finding import Finding, FindingKind, rules_in_words
from nsgflow_core.rules.audit.passing import ListedRule, Stage, TooLongError, Walk
from nsgflow_core.rules.audit.regions import Region, RuleRegions, conditions_in_words, cut, meet, protocol_mask
from nsgflow_core.rules.audit.shadows import MAX_REGIONS
from nsgflow_core.rules.decide.address_space import OpenName
from nsgflow_core.words.guarded_ports import GUARDED_PORTS, GuardedPort, PortKind
from nsgflow_core.words.prefixes import INTERNET, unpack
from nsgflow_core.words.public_space import WHOLE_SHARE, WIDE_SHARE, Strangers
from nsgflow_core.words.sets.bit_sets import members_of
from nsgflow_core.words.sets.spans import Spans, union

EACH = 8
"""A rule that opens more guarded ports of one kind gets one finding that names them all."""
WIDE_TAGS = frozenset({"azurecloud"})
"""Tags that are wide whatever their file says: every customer's machine in Azure has an address of AzureCloud, and of
AzureCloud.region in that region (Microsoft Learn, "Virtual network service tags")."""


@dataclass(frozen=True, slots=True)
class ExposedReach:
    """What strangers reach through one rule on one port: the share of public space, and where a packet can be found.

    `stopped`: what stands beside the NSG and stops packets that would be of it, with the first each stops.
    """

    place: int
    share: float
    strangers: Spans
    pieces: tuple[Region, ...]
    by_tag: bool
    too_long: bool = False
    stopped: tuple[tuple[ListedRule, Region], ...] = ()


@dataclass(frozen=True, slots=True)
class Open:
    """A guarded port that strangers reach through a rule; `reached` is what they reach through any, by rule."""

    row: GuardedPort
    reach: ExposedReach
    reached: dict[int, ExposedReach]


class Exposures:
    """The guarded ports that strangers reach through the rules of one direction (or that hosts reach, outbound).

    `within` are the atoms of the near side that are looked at; what passes the rules must pass the stages `beside` too.
    """

    def __init__(self, regions: RuleRegions, within: int | None = None, beside: Sequence[Stage] = ()) -> None:
        self._regions, self._beside = regions, beside
        self._inbound = regions.is_inbound
        self._far = regions.sources if self._inbound else regions.destinations
        self._near = regions.destinations if self._inbound else regions.sources
        self._local = self._near.meeting(union(*regions.network)) & (-1 if within is None else within)
        self._strangers = Strangers.outside_of(regions.inside)
        self._public = self._far.meeting(union(self._strangers.v4, self._strangers.v6))
        self._sure = {at: self._far.sure_mask(*self._far_side(rule)) for at, rule in enumerate(regions.rules)}
        self._tags = {at: self._far.mask(self._wide_tags(rule), ()) for at, rule in enumerate(regions.rules)}
        self._met: dict[tuple[int, int], dict[int, ExposedReach]] = {}
        self._by_rule: dict[int, list[Open]] = {}
        for row in GUARDED_PORTS:
            reached = self.reached(row)
            for place in self._exposing(reached):
                self._by_rule.setdefault(place, []).append(Open(row, reached[place], reached))

    def open_by(self, place: int) -> Sequence[Open]:
        """The guarded ports that one rule opens."""
        return self._by_rule.get(place, ())

    def findings(self, opened: Sequence[Open]) -> Iterator[Finding]:
        """The findings on one rule by some of the ports that it opens, the worse kind of port first."""
        if any(each.reach.too_long for each in opened):
            yield Finding(FindingKind.NOT_DECIDED, "which guarded ports strangers reach takes too long to tell", "")
            return
        for of_one in in_kinds(opened):
            yield self._finding([each.row for each in of_one], of_one[0].reach, of_one[0].reached)

    def _far_side(self, rule: Rule) -> tuple[Sequence[str], Sequence[str]]:
        if self._inbound:
            return rule.sources, rule.source_asgs
        return rule.destinations, rule.destination_asgs

    def _wide_tags(self, rule: Rule) -> list[str]:
        return [term for term in self._far_side(rule)[0] if term.casefold().partition(".")[0] in WIDE_TAGS]

    def reached(self, row: GuardedPort) -> dict[int, ExposedReach]:
        """By rule, what strangers reach on a port; rows of one atom have the same answer."""
        protocol, port = protocol_mask(row.protocol.capitalize()), self._regions.ports.atom(row.port)
        if (protocol, port) not in self._met:
            at_port = [
                at for at, region in enumerate(self._regions.of_rule) if region[2] & protocol and region[3] & port
            ]
            opening = [at for at in at_port if self._opens(at)]
            could = union(*(self._far.spans_of(self._sure[at]) for at in opening))
            worth = self._strangers.share(could) >= WIDE_SHARE or any(self._tags[at] for at in opening)
            self._met[protocol, port] = {
                at: self._through(at, at_port, protocol, port) for at in (opening if worth else ())
            }
        return self._met[protocol, port]

    def _opens(self, at: int) -> bool:
        rule = self._regions.rules[at]
        names_ports = self._inbound or all(str(item) != ANY for item in rule.destination_ports)
        return rule.access is Access.ALLOW and not rule.is_default and names_ports and bool(self._wide(at))

    def _wide(self, at: int) -> int:
        return self._sure[at] | self._tags[at]

    def _through(self, at: int, at_port: Sequence[int], protocol: int, port: int) -> ExposedReach:
        """What is left of a rule on that port after the earlier rules."""
        source, destination, _, _, source_port = self._regions.of_rule[at]
        near, far = (destination, source) if self._inbound else (source, destination)
        near, far = near & self._local, far & self._wide(at)
        sides = (far, near) if self._inbound else (near, far)
        left = self._regions.parts((*sides, protocol, port, source_port))
        for earlier in at_port:
            if earlier >= at or not left or len(left) > MAX_REGIONS:
                break
            away = self._regions.of_rule[earlier]
            left = [piece for region in left for piece in (cut(region, away) if meet(region, away) else [region])]
        left, stopped, is_told = self._past_the_others(left)
        reached = 0
        for piece in left:
            reached |= self._far_mask(piece)
        strangers = self._strangers.among(self._far.spans_of(reached & self._sure[at]))
        too_long = len(left) > MAX_REGIONS or not is_told
        by_tag = bool(reached & self._tags[at])
        return ExposedReach(at, self._strangers.share(strangers), strangers, tuple(left), by_tag, too_long, stopped)

    def _past_the_others(self, left: list[Region]) -> tuple[list[Region], tuple[tuple[ListedRule, Region], ...], bool]:
        """What passes what stands beside as well, what of that stops the rest, and whether that could be told."""
        if not self._beside or len(left) > MAX_REGIONS:
            return left, (), True
        walk = Walk()
        try:
            passed = list(islice(walk.through(left, self._beside), MAX_REGIONS + 1))
        except TooLongError:
            return left, (), False
        return passed, tuple(walk.stopped.items()), True

    def _far_mask(self, region: Region) -> int:
        return region[0] if self._inbound else region[1]

    def _exposing(self, reached: dict[int, ExposedReach]) -> list[int]:
        """The rules to name: each that is wide alone, or else the widest of those that are it together."""
        alone = [at for at, reach in reached.items() if reach.share >= WIDE_SHARE or reach.by_tag or reach.too_long]
        if alone or not reached:
            return alone
        if self._strangers.share(union(*(reach.strangers for reach in reached.values()))) < WIDE_SHARE:
            return []
        return [max(reached, key=lambda at: reached[at].share)]

    def _finding(self, rows: Sequence[GuardedPort], reach: ExposedReach, reached: dict[int, ExposedReach]) -> Finding:
        who = self._who(reach, reached)
        ports = ", ".join(map(str, rows))
        fate = f"is allowed by {self._regions.rules[reach.place].name}"
        witness = self.packet(rows[0], reach.pieces, reach.place, fate)
        if not self._inbound:
            return Finding(FindingKind.WAY_OUT, f"hosts inside may reach {ports} of {who}", witness)
        is_sure = self._is_sure(reach)
        words = f"{rows[0]} {'is' if is_sure else 'may be'} open to {who}: {rows[0].why}"
        if len(rows) > 1:
            words = f"{len(rows)} {rows[0].kind} ports {'are' if is_sure else 'may be'} open to {who}: {ports}"
        return Finding(FindingKind.EXPOSED, words, witness)

    def _is_sure(self, reach: ExposedReach) -> bool:
        """True where some of the strangers get through as strangers: no earlier rule for Internet would take them."""
        atoms = (atom for piece in reach.pieces for atom in members_of(self._far_mask(piece) & self._public))
        return any(OpenName.tag(INTERNET) not in self._left_out(atom, reach.place) for atom in atoms)

    def _who(self, reach: ExposedReach, reached: dict[int, ExposedReach]) -> str:
        if reach.by_tag and reach.share < WIDE_SHARE:
            return "AzureCloud, which is every customer's machine in Azure"
        if reach.share >= WHOLE_SHARE:
            return "the whole Internet"
        alike = {at: self._strangers.of_wider_family(other.strangers, reach.strangers) for at, other in reached.items()}
        others = [other for at, other in reached.items() if at != reach.place and alike[at]]
        together = self._strangers.share(union(*alike.values()))
        own = f"{reach.share:.2%} of public addresses"
        if reach.share >= WIDE_SHARE and together < WHOLE_SHARE:
            return own
        rules = rules_in_words([self._regions.rules[other.place] for other in others])
        return f"{own}, and with {rules} to {'the whole Internet' if together >= WHOLE_SHARE else f'{together:.2%}'}"

    def packet(self, row: GuardedPort, pieces: Iterable[Region], place: int, fate: str) -> str:
        """A packet of a stranger out of these and its fate: the one with the fewest conditions on open names."""
        found = [
            (len(self._far.atoms[atom].inside), atom, piece)
            for piece in pieces
            for atom in members_of(self._far_mask(piece) & self._public)
        ]
        if not found:
            return ""
        _, atom, piece = min(found)
        far = _first(self._strangers.among(self._far.spans_of(1 << atom)))
        near, near_names = self._near.describe(piece[1] if self._inbound else piece[0], self._regions.network)
        source, destination = (far, near) if self._inbound else (near, far)
        ports = self._regions.source_ports
        narrow = "" if piece[4] == ports.every else f" from port {ports.describe(piece[4])}"
        outside = (far, self._left_out(atom, place))
        conditions = conditions_in_words((far, self._far.atoms[atom].inside), (near, near_names), outside=outside)
        return f"{source} -> {destination} {row.protocol}/{row.port}{narrow} {fate}{conditions}"

    def _left_out(self, atom: int, place: int) -> frozenset[OpenName]:
        """The names of rules that would take the packet first, and are taken not to hold its far end."""
        sides = (self._far_side(rule) for rule in (*self._regions.rules[:place], *self._regions.beside))
        return frozenset[OpenName]().union(*(self._far.left_out(atom, *side) for side in sides))


def in_kinds(opened: Sequence[Open]) -> Iterator[Sequence[Open]]:
    """What one finding is about: a port each, or all ports of one kind where they are many; the worse kind first."""
    for kind in PortKind:
        of_kind = [each for each in opened if each.row.kind is kind]
        yield from [of_kind] if len(of_kind) > EACH else ([each] for each in of_kind)


def _first(spans: Spans) -> str:
    return unpack(spans[0][0].to_bytes(16, "big"))
