"""The whole path of a packet: admin rules and NSGs at its source, then at its destination; all of them must let it.

At each end the security admin rules of the VNet come first: Deny ends the matter, AlwaysAllow ends it for that end and
no NSG there is asked, Allow passes it on. Then the NSGs, outbound the NIC's first and inbound the subnet's first. An
end that is in no file has no NSG known. `decide_path_all` decides a DataFrame as `explain` does each of its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from nsgflow_core.inventory.rule import ANY, ANY_PORTS, Access, Rule, RuleSet
from nsgflow_core.inventory.things.admin_rules import AdminAccess, AdminRule
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.ends import End, Ends, is_same
from nsgflow_core.rules.decide.evaluate import INDETERMINATE, Packet, decide_all
from nsgflow_core.words.vocabulary import Direction

PATH_SIDES = {Direction.OUTBOUND: "source", Direction.INBOUND: "destination"}
"""Which end of a packet is asked in which direction, in the order in which the packet passes them."""
AMBIGUOUS = "an address that several VNets have"
ADMIN = "admin rule"
_REST = 64_000
"""Behind every admin rule."""
_COLUMNS = ("access", "decided_by", "priority", "decided_at")
_ALLOW, _DENY = str(Access.ALLOW), str(Access.DENY)


@dataclass(frozen=True, slots=True)
class PathStage:
    """One thing that a packet passes: a side's admin rules (no rule set), or an NSG on its subnet or NIC."""

    direction: Direction
    where: str
    rule_set: RuleSet | None = None
    admin_rules: tuple[AdminRule, ...] = ()
    admin_doubt: str = ""

    @property
    def doubt(self) -> str:
        """Why it may do otherwise than its rules that could be read."""
        return self.admin_doubt if self.rule_set is None else self.rule_set.doubt


@dataclass(frozen=True)
class Paths:
    """What stands on the paths of packets.

    `space_of` says what names stand for in an NSG's rules, and for no NSG in admin rules. `tried`: NSGs as they would
    be, in place of those of the same identity, in the directions that they speak for.
    """

    ends: Ends
    space_of: Callable[[RuleSet | None], AddressSpace]
    tried: tuple[RuleSet, ...] = ()
    _spaces: dict[int, AddressSpace] = field(default_factory=dict, compare=False)

    def stages(self, end: End | None, direction: Direction, logged_by: RuleSet | None = None) -> tuple[PathStage, ...]:
        """What a packet passes at one end, in order; an NSG that logged it stands there whatever the files say."""
        side, found = PATH_SIDES[direction], []
        if end is not None and (end.admin_rules or end.admin_doubt):
            found.append(PathStage(direction, ADMIN, None, end.admin_rules, end.admin_doubt))
        levels = [("subnet", end.subnet_nsg), ("NIC", end.nic_nsg)] if end is not None else []
        for level, rule_set in levels if direction is Direction.INBOUND else reversed(levels):
            if rule_set is not None:
                tried = self._as_tried(rule_set, direction, logged_by)
                found.append(PathStage(direction, f"{side} {level} {tried.called}", tried))
        if logged_by is not None and not (end is not None and end.is_guarded_by(logged_by)):
            found.append(PathStage(direction, f"{side} {logged_by.called}", logged_by))
        return tuple(found)

    def _as_tried(self, rule_set: RuleSet, direction: Direction, logged_by: RuleSet | None) -> RuleSet:
        for each in (*([logged_by] if logged_by else []), *self.tried):
            if is_same(each, rule_set) and direction in each.speaks_for:
                return each
        return rule_set

    def end_of(self, address: str, logged_by: RuleSet | None = None) -> tuple[End | None, bool]:
        """The end at an address and whether that is clear: where several VNets have it, the NSG that logged tells.

        It is clear as well where nothing stands in any of them, and all of that is known.
        """
        found = self.ends.of(address)
        if len(found) > 1 and logged_by is not None:
            return next(iter([each for each in found if each.is_guarded_by(logged_by)]), None), True
        is_clear = len(found) < 2 or all(end.is_bare for end in found)
        return (found[0] if found and is_clear else None), is_clear

    def has_on_the_way(self, tried: RuleSet, packet: Packet) -> bool:
        """True when an NSG as it would be stands on the way of a packet."""
        ends = ((Direction.OUTBOUND, packet.src_ip), (Direction.INBOUND, packet.dst_ip))
        met = (stage for side, address in ends for stage in self.stages(self.end_of(address)[0], side))
        return any(stage.rule_set is tried for stage in met)

    def space(self, rule_set: RuleSet | None) -> AddressSpace:
        """What names stand for there, made once."""
        key = id(rule_set) if rule_set is not None else 0
        if key not in self._spaces:
            self._spaces[key] = self.space_of(rule_set)
        return self._spaces[key]


def decide_path_all(paths: Paths, packets: pd.DataFrame, logged_by: RuleSet | None = None) -> pd.DataFrame:
    """The verdict on each row of `src_ip, dst_ip, protocol, port, direction` (and `src_port`) along its whole path.

    One row per packet, with its index: `access` (Allow, Deny or `indeterminate`), `decided_by` (rule name), `priority`
    (nullable) and `decided_at`, which says where: the first stage that surely denies, else the first that is open, else
    the last NSG that lets it pass. `logged_by`: the NSG that logged the rows, at the end that `direction` says.
    """
    sides = []
    for direction in PATH_SIDES:
        for is_logged in (False, True):
            rows = np.flatnonzero((packets["direction"] == str(direction)).to_numpy() == is_logged)
            guard = logged_by if is_logged else None
            sides.append((direction, rows, _side(paths, packets.iloc[rows], direction, guard)))
    found = _nothing(len(packets))
    for direction, rows, verdicts in sides:
        if not rows.size:
            continue
        own = packets["direction"].iloc[rows].to_numpy() == str(direction)
        _take(found, rows, verdicts, own if logged_by is not None else np.ones(len(rows), dtype=np.bool_))
    made = pd.DataFrame({name: found[name] for name in _COLUMNS}, index=packets.index)
    types = {"access": "str", "decided_by": "str", "decided_at": "str", "priority": "Int64"}
    return made.astype(types)[["decided_by", "priority", "access", "decided_at"]]


_Found = dict[str, npt.NDArray[np.object_]]


def _nothing(size: int) -> _Found:
    """Rows that nothing has been said of: allowed, by no rule, nowhere."""
    found: _Found = {name: np.full(size, "", dtype=object) for name in _COLUMNS}
    found["access"][:], found["priority"][:] = _ALLOW, None
    return found


def _take(
    found: _Found, rows: npt.NDArray[np.intp], verdicts: _Found, is_named: npt.NDArray[np.bool_] | None = None
) -> None:
    """Lay verdicts over what was found: a Deny over all but a Deny, what is open over an Allow, an Allow by name.

    `is_named`: where an Allow may take the name of an earlier Allow.
    """
    before, now = found["access"][rows], verdicts["access"]
    worse = ((now == _DENY) & (before != _DENY)) | ((now == INDETERMINATE) & (before == _ALLOW))
    named = (now == _ALLOW) & (before == _ALLOW) & (verdicts["decided_at"] != "")
    if is_named is not None:
        named &= is_named | (found["decided_at"][rows] == "")
    chosen = worse | named
    for name in _COLUMNS:
        found[name][rows[chosen]] = verdicts[name][chosen]


def _side(paths: Paths, packets: pd.DataFrame, direction: Direction, logged_by: RuleSet | None) -> _Found:
    """The verdicts at one end of the packets."""
    found, facing = _nothing(len(packets)), packets.assign(direction=str(direction))
    if not len(packets):
        return found
    codes, addresses = pd.factorize(packets["src_ip" if direction is Direction.OUTBOUND else "dst_ip"])
    ends = [paths.end_of(str(address), logged_by) for address in addresses]
    chains = [paths.stages(end, direction, logged_by) for end, _ in ends]
    unclear = np.array([not is_clear for _, is_clear in ends], dtype=np.bool_)[codes]
    found["access"][unclear], found["decided_at"][unclear] = INDETERMINATE, f"{PATH_SIDES[direction]}: {AMBIGUOUS}"
    skipped, open_ = np.zeros(len(packets), dtype=np.bool_), np.zeros(len(packets), dtype=np.bool_)
    for stage, members in _in_order(chains):
        rows = np.flatnonzero(members[codes] & ~unclear)
        if stage.rule_set is None:
            skipped[rows], open_[rows] = _admin(paths, stage, found, facing, rows)
            continue
        rows = rows[~skipped[rows]]
        verdicts = decide_all(stage.rule_set, facing.iloc[rows], paths.space(stage.rule_set))
        told = _told(verdicts, stage.where)
        # Where an admin rule may let it pass whatever the NSGs say, their Deny is not certain.
        told["access"][open_[rows] & (told["access"] == _DENY)] = INDETERMINATE
        _take(found, rows, told)
    return found


def _in_order(chains: list[tuple[PathStage, ...]]) -> Iterator[tuple[PathStage, npt.NDArray[np.bool_]]]:
    """Each stage once, with the addresses whose packets pass it: the first stages of all, then the second ones."""
    for depth in range(max(map(len, chains), default=0)):
        at_depth: dict[tuple[str, int, tuple[AdminRule, ...]], tuple[PathStage, list[int]]] = {}
        for number, chain in enumerate(chains):
            if depth < len(chain):
                stage = chain[depth]
                key = (stage.where, id(stage.rule_set), stage.admin_rules)
                at_depth.setdefault(key, (stage, []))[1].append(number)
        for stage, numbers in at_depth.values():
            members = np.zeros(len(chains), dtype=np.bool_)
            members[numbers] = True
            yield stage, members


def _told(verdicts: pd.DataFrame, where: str) -> _Found:
    told: _Found = {name: verdicts[name].to_numpy(dtype=object) for name in ("access", "decided_by")}
    told["access"] = told["access"].copy()
    told["priority"] = (
        verdicts["priority"].astype(object).where(verdicts["priority"].notna(), None).to_numpy(dtype=object)
    )
    told["decided_at"] = np.full(len(verdicts), where, dtype=object)
    return told


def _admin(
    paths: Paths, stage: PathStage, found: _Found, facing: pd.DataFrame, rows: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Lay the admin rules' verdicts over the rows: which of them skip the NSGs, surely, and possibly."""
    space, packets = paths.space(None), facing.iloc[rows]
    denied = _named(decide_all(asked(stage, AdminAccess.DENY), packets, space), stage)
    passing = _named(decide_all(asked(stage, AdminAccess.ALWAYS_ALLOW), packets, space), stage)
    is_decided = denied["access"] != _ALLOW
    skips = (passing["access"] == _ALLOW) & ~is_decided
    told = {name: np.where(skips, passing[name], denied[name]) for name in _COLUMNS}
    told["decided_at"][~is_decided & ~skips] = ""
    _take(found, rows, told)
    return skips, passing["access"] == INDETERMINATE


def _named(verdicts: pd.DataFrame, stage: PathStage) -> _Found:
    """Verdicts of admin rules with their own priorities, and where they stand."""
    told = _told(verdicts, ADMIN)
    told["decided_at"] = np.array([f"{ADMIN} {name}" for name in told["decided_by"]], dtype=object)
    own = {place: each.rule.priority for place, each in enumerate(stage.admin_rules)}
    told["priority"] = np.array([own.get(place) for place in told["priority"]], dtype=object)
    return told


def asked(stage: PathStage, about: AdminAccess) -> RuleSet:
    """The admin rules as a rule set that answers one question: does it deny, or does it always allow?

    Their places stand in for priorities, which are those of a collection.
    """
    otherwise = Access.ALLOW if about is AdminAccess.DENY else Access.DENY
    wanted = Access.DENY if about is AdminAccess.DENY else Access.ALLOW
    rules = [
        replace(each.rule, name=each.name, priority=place, access=wanted if each.access is about else otherwise)
        for place, each in enumerate(stage.admin_rules)
        if each.rule.direction is stage.direction
    ]
    return RuleSet("", (*rules, Rule("", _REST, stage.direction, otherwise, ANY, (ANY,), (ANY,), ANY_PORTS)))
