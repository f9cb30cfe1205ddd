"""One packet's path step by step, in words: what each stage says of it, and what comes of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from nsgflow_core.errors import BadFilter
from nsgflow_core.inventory.rule import Access, RuleSet
from nsgflow_core.inventory.things.admin_rules import AdminAccess
from nsgflow_core.rules.decide.evaluate import INDETERMINATE, Packet, decide
from nsgflow_core.rules.decide.path import ADMIN, AMBIGUOUS, PATH_SIDES, Paths, PathStage, asked
from nsgflow_core.words.apart import any_of
from nsgflow_core.words.prefixes import INTERNET, default_label, pack
from nsgflow_core.words.visible import in_short
from nsgflow_core.words.vocabulary import Direction, protocol_number

_DENY, _ALLOW = str(Access.DENY), str(Access.ALLOW)
_RANK = {_DENY: 2, INDETERMINATE: 1}
"""What stands over what; either kind of Allow is 0."""


@dataclass(frozen=True, slots=True)
class PathStep:
    """What one stage does with the packet: `access` is Allow, Deny, indeterminate, or AlwaysAllow of an admin rule.

    `doubt`: why it may do otherwise, as its rules could not all be read.
    """

    where: str
    access: str
    decided_by: str = ""
    priority: int | None = None
    words: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """Every step of a packet, and what comes of them: the verdict, and the step that decides it."""

    steps: tuple[PathStep, ...]
    access: str
    decided_by: str
    priority: int | None
    decided_at: str

    @property
    def gets_through(self) -> bool:
        """True when every stage surely lets it."""
        return self.access == _ALLOW and not self._doubts

    @property
    def _doubts(self) -> list[str]:
        return list(dict.fromkeys(step.doubt for step in self.steps if step.doubt))

    @property
    def sentence(self) -> str:
        """What becomes of the packet, and by what."""
        if not self.decided_at:
            return "Nothing that is known stops this packet."
        by = f"{self.decided_by} ({self.priority}) at {self.decided_at}" if self.decided_by else self.decided_at
        by = self.decided_at if self.decided_at.endswith(f" {self.decided_by}") and self.decided_by else by
        verbs = {_ALLOW: "gets through; last let by", _DENY: "is stopped by"}
        doubts = "".join(f" {doubt}, so this may be wrong." for doubt in self._doubts)
        return f"The packet {verbs.get(self.access, 'cannot be decided: it turns on')} {by}.{doubts}"


def packet_of(src: str, dst: str, protocol: str, port: int | None, src_port: int | None = None) -> Packet:
    """The packet that these words describe. Raises BadFilter for what is no address or no protocol."""
    for address in (src, dst):
        if pack(address.strip()) is None:
            raise BadFilter(f"'{in_short(address)}' is not an address.", "Write it like 10.1.2.3 or fd00:1::4.")
    if protocol_number(protocol.strip().upper()) is None:
        raise BadFilter(f"'{in_short(protocol)}' is no protocol.", "Write TCP, UDP, ICMP, ESP, AH or a number.")
    return Packet(src.strip(), dst.strip(), protocol.strip().upper(), port, Direction.INBOUND, src_port)


def steps_frame(explained: Explained) -> pd.DataFrame:
    """One row per step in the order in which the packet passes them."""
    rows = [
        (at, step.where, step.access, step.decided_by, step.priority, step.words)
        for at, step in enumerate(explained.steps, 1)
    ]
    made = pd.DataFrame(rows, columns=["step", "where", "access", "rule", "priority", "words"])
    return made.astype({"priority": "Int64"})


def explain_path(paths: Paths, packet: Packet, logged_by: RuleSet | None = None) -> Explained:
    """The path of a packet from its source to its destination; the direction of `packet` says where it was logged."""
    steps: list[PathStep] = []
    deciding = PathStep("", _ALLOW)
    for direction in PATH_SIDES:
        address = packet.src_ip if direction is Direction.OUTBOUND else packet.dst_ip
        is_logged = direction is packet.direction
        guard = logged_by if is_logged else None
        here = Packet(packet.src_ip, packet.dst_ip, packet.protocol, packet.port, direction, packet.src_port)
        taken = PathStep("", _ALLOW)
        for step in _steps(paths, here, address, guard):
            steps.append(step)
            taken = _worse(taken, step)
        keeps_name = logged_by is not None and not is_logged and deciding.where != ""
        if not (keeps_name and _RANK.get(taken.access, 0) == _RANK.get(deciding.access, 0) == 0):
            deciding = _worse(deciding, taken)
    access = _ALLOW if deciding.access == str(AdminAccess.ALWAYS_ALLOW) else deciding.access
    return Explained(tuple(steps), access, deciding.decided_by, deciding.priority, deciding.where)


def _worse(before: PathStep, now: PathStep) -> PathStep:
    """A Deny stands; what is open stands over an Allow; a later Allow takes the name."""
    if _RANK.get(now.access, 0) > _RANK.get(before.access, 0):
        return now
    return now if not _RANK.get(before.access, 0) and now.decided_by else before


def _steps(paths: Paths, packet: Packet, address: str, logged_by: RuleSet | None) -> Iterator[PathStep]:
    """The steps at one end."""
    side = PATH_SIDES[packet.direction]
    end, is_clear = paths.end_of(address, logged_by)
    if not is_clear:
        names = any_of(each.words for each in paths.ends.of(address))
        yield PathStep(f"{side}: {AMBIGUOUS}", INDETERMINATE, words=f"{address} may be in {names}.")
        return
    stages = paths.stages(end, packet.direction, logged_by)
    if not stages:
        names = any_of(each.words for each in paths.ends.of(address))
        where = f"{address} is in {names}: no NSG is known there." if end else f"{address} is in no file."
        yield PathStep("", _ALLOW, words=f"{side.capitalize()}: {where}{_if_from_the_internet(paths, packet)}")
    may_skip = False
    for stage in stages:
        if stage.rule_set is None:
            step, may_skip = _admin(paths, stage, packet)
            yield replace(step, doubt=stage.doubt)
            if step.access == str(AdminAccess.ALWAYS_ALLOW):
                return
            continue
        verdict = decide(stage.rule_set, packet, paths.space(stage.rule_set))
        access = INDETERMINATE if verdict.access is None else str(verdict.access)
        words = "" if verdict.access is not None else "It turns on a name whose addresses are not known."
        if may_skip and access == _DENY:
            access, words = INDETERMINATE, "An admin rule may let it pass whatever this NSG says."
        yield PathStep(stage.where, access, verdict.decided_by, verdict.priority, words, stage.doubt)


def _if_from_the_internet(paths: Paths, packet: Packet) -> str:
    """What an end without an NSG does with a packet of a public source, in a sentence; "" for other packets.

    Source: Microsoft Learn, "Public IP addresses" (Standard SKU, secure by default).
    """
    packed = pack(packet.src_ip)
    is_public = packed is not None and default_label(packed) == INTERNET and not paths.ends.of(packet.src_ip)
    if packet.direction is Direction.OUTBOUND or not is_public:
        return ""
    return (
        " Where it comes by a Standard public IP or load balancer, it is stopped there: those are closed to the "
        "Internet until an NSG on the subnet or NIC lets traffic in."
    )


def _admin(paths: Paths, stage: PathStage, packet: Packet) -> tuple[PathStep, bool]:
    """What the admin rules do with a packet, and whether one that is not sure may let it skip the NSGs."""
    denied = decide(asked(stage, AdminAccess.DENY), packet, paths.space(None))
    passing = decide(asked(stage, AdminAccess.ALWAYS_ALLOW), packet, paths.space(None))
    is_decided, may_skip = denied.access is not Access.ALLOW, passing.access is None
    chosen = denied if is_decided else passing
    where, own = f"{ADMIN} {chosen.decided_by}", dict(enumerate(stage.admin_rules))
    rule = own.get(chosen.priority) if chosen.priority is not None else None
    priority = rule.rule.priority if rule else None
    if denied.access is Access.DENY:
        return PathStep(where, _DENY, denied.decided_by, priority), may_skip
    if is_decided:
        words = "It turns on a name whose addresses are not known."
        return PathStep(where, INDETERMINATE, denied.decided_by, priority, words), may_skip
    if passing.access is Access.ALLOW:
        access = str(AdminAccess.ALWAYS_ALLOW)
        return PathStep(where, access, passing.decided_by, priority, "No NSG at this end is asked."), may_skip
    return PathStep("", _ALLOW, words="The security admin rules pass it on to the NSGs."), may_skip
