"""Several values in one cell: they travel as values, and say themselves how they read where text is needed."""

from __future__ import annotations

from typing import ClassVar, NamedTuple, TypeVar

T = TypeVar("T")


class Several(tuple[T, ...]):
    """A tuple whose text is that of its values, with a separator between."""

    __slots__ = ()
    separator: ClassVar[str] = "; "

    def __str__(self) -> str:
        return self.separator.join(map(str, self))


class Directions(Several[str]):
    """The directions that a flow was logged in: "Inbound+Outbound"."""

    __slots__ = ()
    separator = "+"


class NsgRule(NamedTuple):
    """A rule and the NSG that it is of, both as shown."""

    nsg: str
    rule: str

    def __str__(self) -> str:
        return f"{self.nsg}/{self.rule}"


class NsgRules(Several[NsgRule]):
    """The rules that decided a flow, in the order of their text: "app-nsg/allow-web; web-nsg/allow-web"."""

    __slots__ = ()

    def __str__(self) -> str:
        return self.separator.join(sorted(map(str, self)))
