"""The estates of contested.py as they really stand: other NSGs and admin rules on the way, a namesake, another VNet.

A connection meets the gates of both ends in order until one denies it, and each writes what it decided: denials by
whoever denied, allows by all NSGs of an end or by the last alone, as Azure's documents leave open. The draft is of one
of the gates, which stands first or last at its end. Everything follows from the seed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from nsgflow_core.inventory.rule import ANY, ANY_PORTS, Access, Rule
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.things.admin_rules import AdminAccess
from nsgflow_core.words.vocabulary import Direction
from tests.estates.contested import NAMES, NSG, PORTS, PRIORITIES, Estate, plant, side
from tests.estates.flows import NUMBERS, START, Key

MIDDLE = START + timedelta(days=3)
"""When the gates beside the drafted one change."""
ID = "/subscriptions/S/resourceGroups/RG/providers/Microsoft.Network/networkSecurityGroups/"
NAMESAKE = f"/subscriptions/T/resourceGroups/RG/providers/Microsoft.Network/networkSecurityGroups/{NSG}"
ADMIN_ID = "44444444-4444-4444-8444-444444444444"
OPENS_ALL = 4_096
INSIDE = ("10.1.", "fd00:1:")
"""How the addresses begin that have a NIC of this estate; nothing logs at the far end of others."""


@dataclass
class Gate:
    """An NSG, or the admin rules of one end (no `name`), with its rules until MIDDLE and after it."""

    name: str
    direction: Direction
    before: tuple[Rule, ...]
    after: tuple[Rule, ...]
    always: frozenset[str] = frozenset()
    """The names of its rules that let past the NSGs of its end."""
    passes_on: bool = False
    """What no rule of it decides goes on to the NSGs: so admin rules."""

    def decision(self, estate: Estate, key: Key, moment: datetime) -> Rule | None:
        """The rule that decides; None where it passes the packet on without a word."""
        rules = self.before if moment < MIDDLE else self.after
        found = replace(estate, direction=self.direction).decision(rules, key)
        is_silent = found.is_default or (found.access is Access.ALLOW and found.name not in self.always)
        return None if self.passes_on and is_silent else found


@dataclass
class Untidy(Estate):
    """`last` is how the last connection on each cell ended, whoever decided it."""

    drafted: Scope = field(default_factory=lambda: Scope(nsg=NSG))

    @property
    def scope(self) -> Scope:
        """The draft's NSG, as somebody would name it here."""
        return self.drafted

    def is_denied_elsewhere(self, key: Key) -> bool:
        """True where another gate denied the last connection."""
        return self.last[key][0] == "Denied" and self.last[key][1] != NSG

    @property
    def own_rows(self) -> list[dict[str, object]]:
        """What the NSG of the draft logged."""
        own = (ID + NSG).casefold()
        towards = str(self.direction)
        return [r for r in self.rows if str(r["nsg_id"]).casefold() == own and r["direction"] == towards]


def plant_untidy(seed: int) -> Untidy:
    """A random estate of contested.py, and what else stands in it."""
    plain, rng = plant(seed), random.Random(f"untidy {seed}")
    estate = Untidy(plain.subnets, plain.direction, plain.vnet, plain.before, plain.after)
    gates = _gates(rng, plain)
    beside = [each for each in gates[gates.index(None) + 1 :] if each and each.direction is plain.direction]
    log_all = rng.random() < 0.6 or bool(beside)
    for key, rows in _attempts(plain):
        _meet(estate, rng, gates, key, rows, log_all)
    if rng.random() < 0.5:
        _add_namesake(estate, rng, plain)
    if rng.random() < 0.5:
        _add_twin(estate, rng, plain)
    has_namesake = any(each["nsg_id"] == NAMESAKE.lower() for each in estate.rows)
    estate.drafted = Scope(nsg=ID + NSG) if has_namesake else Scope(nsg=rng.choice((NSG, NSG.upper())))
    return estate


def _gates(rng: random.Random, plain: Estate) -> list[Gate | None]:
    """What packets meet, in order; None is the NSG of the draft."""
    far = next(each for each in Direction if each is not plain.direction)
    hosts = _hosts(plain)
    near: list[Gate | None] = [None]
    if rng.random() < 0.6:
        near.insert(rng.choice((0, 1)), _nsg(rng, "nsg-beside", plain.direction, hosts))
    if rng.random() < 0.5:
        near.insert(0, _admin(rng, plain.direction, hosts))
    other: list[Gate | None] = [_nsg(rng, rng.choice(("nsg-far", NSG)), far, hosts)] if rng.random() < 0.6 else []
    if rng.random() < 0.4:
        other.insert(0, _admin(rng, far, hosts))
    return [*other, *near] if plain.direction is Direction.INBOUND else [*near, *other]


def _hosts(plain: Estate) -> dict[str, list[str]]:
    """The addresses that were met, by the word for a place that `side` draws from."""
    met = sorted({address for source, destination, *_ in plain.last for address in (source, destination)})
    return {NAMES[at % len(NAMES)]: met[at :: len(NAMES)] for at in range(min(len(NAMES), len(met)))}


def _denies(rng: random.Random, direction: Direction, hosts: dict[str, list[str]], count: int) -> list[Rule]:
    made = []
    for at, priority in enumerate(sorted(rng.sample(PRIORITIES, count))):
        ends = (side(rng, hosts), side(rng, hosts))
        if (":" in "".join(ends)) and ("." in "".join(ends)):
            ends = ("VirtualNetwork", ends[1])
        first = rng.choice(PORTS)
        ports = ANY_PORTS
        if rng.random() < 0.5:
            ports = (replace(ANY_PORTS[0], first=first, last=first),)
        made.append(
            Rule(f"no-{at}", priority, direction, Access.DENY, rng.choice(("Tcp", ANY)), (ends[0],), (ends[1],), ports)
        )
    return made


def _nsg(rng: random.Random, name: str, direction: Direction, hosts: dict[str, list[str]]) -> Gate:
    """Some denies above a rule that opens all, which a tidier NSG would not have; or above the defaults."""
    opens = Rule("open", 4_095, direction, Access.ALLOW, ANY, (ANY,), (ANY,), ANY_PORTS)
    rest = [opens] if rng.random() < 0.8 else []
    first = _denies(rng, direction, hosts, rng.choice((0, 1, 2)))
    later = _denies(rng, direction, hosts, rng.choice((0, 1, 2)))
    return Gate(name, direction, (*first, *rest), (*later, *rest))


def _admin(rng: random.Random, direction: Direction, hosts: dict[str, list[str]]) -> Gate:
    """Admin rules: denies, always-allows, and allows, which pass on to the NSGs."""
    always: set[str] = set()

    def some(word: str) -> tuple[Rule, ...]:
        made = []
        for rule in _denies(rng, direction, hosts, rng.choice((0, 1, 2))):
            access = rng.choice((AdminAccess.DENY, AdminAccess.DENY, AdminAccess.ALWAYS_ALLOW, AdminAccess.ALLOW))
            named = replace(rule, name=f"{word}-{access.lower()}-{rule.name}")
            if access is not AdminAccess.DENY:
                named = replace(named, access=Access.ALLOW)
            if access is AdminAccess.ALWAYS_ALLOW:
                always.add(named.name)
            made.append(named)
        return tuple(made)

    before, after = some("first"), some("later")
    return Gate("", direction, before, after, frozenset(always), passes_on=True)


def _attempts(plain: Estate) -> list[tuple[Key, list[dict[str, object]]]]:
    """Each connection with its rows: the first is how it began, others that it went on."""
    words = {number: word for word, number in NUMBERS.items()}
    found: list[tuple[Key, list[dict[str, object]]]] = []
    for each in plain.rows:
        if each["flow_state"] == "Continuing":
            found[-1][1].append(each)
            continue
        protocol = words[int(str(each["protocol"]))]
        found.append(((str(each["src_ip"]), str(each["dst_ip"]), protocol, int(str(each["dst_port"]))), [each]))
    return found


def _meet(
    estate: Untidy,
    rng: random.Random,
    gates: Sequence[Gate | None],
    key: Key,
    rows: list[dict[str, object]],
    log_all: bool,
) -> None:
    """One connection through all gates; its rows are added."""
    begun = rows[0]
    moment = datetime.fromisoformat(str(begun["time"]))
    far_ip = key[0] if estate.direction is Direction.INBOUND else key[1]
    met = [gate for gate in gates if gate is None or gate.direction is estate.direction or far_ip.startswith(INSIDE)]
    bypassed: set[Direction] = set()
    for at, gate in enumerate(met):
        towards = estate.direction if gate is None else gate.direction
        if towards in bypassed:
            continue
        is_last = not any(_direction(estate, later) is towards for later in met[at + 1 :])
        if gate is None:
            is_allowed = begun["decision"] == "Allowed"
            if is_allowed and not (log_all or is_last):
                continue
            estate.rows += [_spelled(rng, each) for each in (rows if is_allowed else rows[:1])]
            if not is_allowed:
                estate.last[key] = ("Denied", NSG)
                return
            continue
        rule = gate.decision(estate, key, moment)
        if rule is None:
            continue
        is_allowed = rule.access is Access.ALLOW
        if not is_allowed or log_all or is_last or gate.passes_on:
            estate.rows.append(_of_gate(gate, rule, begun, is_allowed))
        if not is_allowed:
            _end_where_denied(estate, rows)
            is_near = gate.direction is estate.direction  # the NSG of the draft may be set at the far end too
            estate.last[key] = ("Denied", f"{gate.name or 'admin'}{'' if is_near else ' at the far end'}")
            return
        if gate.passes_on:
            bypassed.add(towards)
    estate.last[key] = ("Allowed" if estate.direction not in bypassed else "Bypassed", NSG)


def _end_where_denied(estate: Untidy, rows: list[dict[str, object]]) -> None:
    """A connection that was denied after the draft's NSG let it begin goes on nowhere: its later rows go."""
    goes_on = {(each["time"], _cell(each)) for each in rows[1:]}
    if goes_on:
        estate.rows[:] = [
            each
            for each in estate.rows
            if each["flow_state"] != "Continuing" or (each["time"], _cell(each)) not in goes_on
        ]


def _cell(each: dict[str, object]) -> tuple[object, ...]:
    return each["src_ip"], each["dst_ip"], each["dst_port"], each["protocol"]


def _end(key: Key, direction: Direction) -> str:
    """The address that logs a flow of that direction."""
    return key[0] if direction is Direction.OUTBOUND else key[1]


def _direction(estate: Untidy, gate: Gate | None) -> Direction:
    return estate.direction if gate is None else gate.direction


def _of_gate(gate: Gate, rule: Rule, begun: dict[str, object], is_allowed: bool) -> dict[str, object]:
    """What a gate writes of a connection."""
    told = {
        "direction": str(gate.direction),
        "decision": "Allowed" if is_allowed else "Denied",
        "flow_state": "Begin" if is_allowed and begun["flow_state"] else "",
        "rule": rule.name,
        "rule_kind": "Admin" if gate.passes_on else "Default" if rule.is_default else "User",
        "nsg": ADMIN_ID if gate.passes_on else gate.name,
        "nsg_id": ADMIN_ID if gate.passes_on else (ID + gate.name).lower(),
        "log_kind": "VNET" if gate.passes_on else "NSG",
        "mac": _mac(begun, gate.direction),
    }
    return {**begun, **told}


def _mac(begun: dict[str, object], direction: Direction) -> str:
    """The NIC of the end that logs: the last digits of its address, so that no two have the same."""
    address = str(begun["dst_ip" if direction is Direction.INBOUND else "src_ip"])
    return "0022" + format(sum(ord(c) * 131**at for at, c in enumerate(address)) % 16**8, "08X")


def _spelled(rng: random.Random, each: dict[str, object]) -> dict[str, object]:
    """The row of the draft's NSG as one of its logs spells it."""
    spelling = rng.choice((ID + NSG, (ID + NSG).upper(), (ID + NSG).lower()))
    kind = "NSG" if spelling.isupper() else "VNET"
    mac = _mac(each, Direction(str(each["direction"])))
    return {**each, "nsg_id": spelling, "nsg": spelling.rpartition("/")[2], "log_kind": kind, "mac": mac}


def _add_namesake(estate: Untidy, rng: random.Random, plain: Estate) -> None:
    """Another subscription's NSG of the same name, of other hosts, which denies and allows as it likes."""
    for key, rows in _attempts(plain)[:20]:
        moved = {**rows[0], "nsg_id": NAMESAKE.lower(), "src_ip": "10.99.0.4", "mac": "0099000000AA"}
        if ":" not in key[1]:
            estate.rows.append({**moved, "decision": rng.choice(("Allowed", "Denied")), "rule": "of-the-namesake"})


def _add_twin(estate: Untidy, rng: random.Random, plain: Estate) -> None:
    """Another VNet with the same addresses, whose NSG logs the same flows under other NICs.

    At the far end it lets all pass: whose denial one there is, no log tells.
    """
    far = next(each for each in Direction if each is not estate.direction)
    for key, rows in _attempts(plain):
        if rng.random() < 0.4:
            decision = rng.choice(("Allowed", "Denied", "Denied"))
            told = {"decision": decision, "flow_state": "Begin" if decision == "Allowed" else "", "rule": "of-the-twin"}
            names = {"nsg": "nsg-twin", "nsg_id": (ID + "nsg-twin").lower()}
            moment = datetime.fromisoformat(str(rows[0]["time"])) + timedelta(hours=1)
            mac = "0A" + _mac(rows[0], estate.direction)[2:]
            twin = {**rows[0], **told, **names, "rule_kind": "User", "mac": mac, "time": moment}
            estate.rows.append(twin)
            if decision == "Allowed" and _end(key, far).startswith(INSIDE):
                estate.rows.append({**twin, "direction": str(far), "mac": "0A" + _mac(rows[0], far)[2:]})
