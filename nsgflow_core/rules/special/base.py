"""What one kind of special subnet must say: how it is known, what Azure does there, and which rules it needs."""

from __future__ import annotations

from dataclasses import dataclass

from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule
from nsgflow_core.rules.accepts.base import Refusal
from nsgflow_core.words.vocabulary import Direction

SPECIAL = "special-subnet"
"""Among what Azure refuses, the key of an NSG on a subnet that takes none."""
REQUIRED = "required-"
"""What the names of required rules begin with."""
REQUIRED_AT = 4_011
"""Where required rules begin: below the drafted ones and above the closing denies."""


@dataclass(frozen=True, slots=True)
class Required:
    """One rule that a service needs: `why` is its description. Ports empty: all."""

    name: str
    direction: Direction
    protocol: str
    source: str
    destination: str
    ports: tuple[int | tuple[int, int], ...]
    why: str

    def rule(self, place: int) -> Rule:
        """The allow rule, the so-manyth of those required."""
        ranges = tuple(PortRange(*port) if isinstance(port, tuple) else PortRange(port, port) for port in self.ports)
        return Rule(
            self.name,
            REQUIRED_AT + place,
            self.direction,
            Access.ALLOW,
            self.protocol,
            (self.source,),
            (self.destination,),
            ranges or ANY_PORTS,
            description=self.why,
        )


@dataclass(frozen=True, slots=True)
class SpecialKind:
    """One kind of special subnet. A new one is a row in SUBNET_KINDS.

    Known by the subnet's `names`, by `delegations` to a service, or by what stands in it (`resources`: the resource
    provider and type that ids in it have). `says` is a sentence about `{subnet}`, and of a `{service}` in it. With
    `takes_no_nsg` Azure refuses an NSG there, or does nothing with it; `code` is its error, "" where none is published.
    `source` says where it is from.
    """

    key: str
    names: frozenset[str]
    delegations: frozenset[str]
    resources: frozenset[str]
    says: str
    takes_no_nsg: bool
    code: str
    source: str
    required: tuple[Required, ...] = ()
    keeps_way_out: bool = False
    """True where the service breaks when anything is denied to leave for the Internet."""


@dataclass(frozen=True, slots=True)
class Special:
    """A subnet that is special, by its name; `policies` is how its private endpoint network policies are set, or ""."""

    kind: SpecialKind
    subnet: str
    policies: str = ""
    is_filtered: bool = True
    """False where its NSG does nothing for the private endpoints in it."""
    service: str = ""
    """The service without flow logs that it is delegated to, or ""."""

    @property
    def sentence(self) -> str:
        """What to know about it, with Azure's error where it has one."""
        code = f" (error {self.kind.code})" if self.kind.code else ""
        does = "are filtered by it" if self.is_filtered else "are reached whatever its rules say"
        policies = f" (here they are {self.policies}: private endpoints {does})" if self.policies else ""
        said = self.kind.says.format(subnet=self.subnet, policies=policies, service=self.service or "a service")
        return f"{said}{code}. Source: {self.kind.source}."

    @property
    def refusal(self) -> Refusal:
        """What Azure says to an NSG on it."""
        wrong = f"would be set on {self.subnet}, which takes none"
        return Refusal(SPECIAL, self.kind.code, "", wrong, "Leave that subnet without an NSG.")

    def required(self, direction: Direction) -> tuple[Rule, ...]:
        """The rules that it needs in a direction."""
        needed = [each for each in self.kind.required if each.direction is direction]
        return tuple(each.rule(place) for place, each in enumerate(needed))
