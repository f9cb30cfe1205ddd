"""A host that opened a remote shell on many hosts of many places, as far as one label of a draft is concerned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.rules.draft.asking.kinds import JUMP_HOST
from nsgflow_core.rules.draft.asking.question import question_id
from nsgflow_core.words.guarded_ports import BY_SERVICE
from nsgflow_core.words.numbers import counted

Service = tuple[str, int]
"""Protocol and port."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What the whole window shows of one host and one service: `hosts` that let it in, in so many `places` (labels).

    `once` of these it met on one day alone, on so many `days` altogether. `refused` are hosts that denied it, `silent`
    those that never answered, where it is known that others did.
    """

    hosts: int
    places: int
    once: int
    days: int
    refused: int
    silent: int

    def against(self) -> Iterator[str]:
        """What speaks against its being meant, each as part of a sentence."""
        if self.days == 1:
            yield "all of it was on one day"
        if self.refused:
            yield f"{counted(self.refused, 'host')} denied it"
        if self.silent:
            yield f"{counted(self.silent, 'host')} never answered"


@dataclass(frozen=True, slots=True)
class JumpHost:
    """A host that may be let into every host of a label, of which `here` let it in."""

    host: str
    label: str
    service: Service
    here: int
    reached: Reached

    @property
    def id(self) -> str:
        """The id of the question about it: a new service of the host is a question of its own."""
        return question_id(JUMP_HOST, (self.host, self.label, *self.service))

    def mask(self, flows: pd.DataFrame) -> NDArray[np.bool_]:
        """Its drafted flows; none that a person let in over a deny that stays, which keep to their own addresses."""
        protocol, port = self.service
        is_its = (flows["src_ip"] == self.host) & (flows["dst_label"] == self.label)
        is_its &= (flows["protocol"] == protocol) & (flows["port"] == port) & ~flows["undoes"].astype(bool)
        found: NDArray[np.bool_] = is_its.to_numpy(bool)
        return found

    @property
    def words(self) -> str:
        """What is asked, what was seen of it, and what speaks against a yes."""
        whole, service = self.reached, BY_SERVICE[self.service]
        elsewhere = f", and on {counted(more, 'host')} elsewhere" if (more := whole.hosts - self.here) else ""
        against = "; ".join(whole.against())
        return (
            f"Is {self.host} a jump host, that may open {service} on every host of {self.label}? It did on "
            f"{self.here:,} of them{elsewhere}: in {counted(whole.places, 'subnet')}, {whole.once:,} of "
            f"{whole.hosts:,} on one day alone, on {counted(whole.days, 'day')} in all. An intruder who moves on looks "
            f"the same"
            f"{f', and this speaks for one: {against}' if against else ''}."
        )
