"""Packets on their way through several lists of rules: what passes all of them, and what takes the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from nsgflow_core.rules.audit.regions import Region, cut, meet

MAX_STEPS = 200_000


class TooLongError(Exception):
    """Telling takes more than `MAX_STEPS` comparisons."""


@dataclass(frozen=True, slots=True)
class ListedRule:
    """One rule of a list: what it matches, whether what it takes goes on, and what it is called and does."""

    region: Region
    passes: bool
    name: str = ""
    verb: str = ""


Stage = Sequence[ListedRule]
"""One list of rules, the first that matches decides; what none matches goes on."""


@dataclass
class Walk:
    """Regions through stages; `stopped` holds, for each rule that took some for good, the first that it took."""

    stopped: dict[ListedRule, Region] = field(default_factory=dict)
    steps: int = 0

    def through(self, parts: Iterable[Region], stages: Sequence[Stage]) -> Iterator[Region]:
        """What passes all stages, each piece as soon as it is found. Raises TooLongError."""
        passing: Iterator[Region] = iter(parts)
        for stage in stages:
            passing = self._through(passing, stage)
        return passing

    def _through(self, parts: Iterator[Region], stage: Stage) -> Iterator[Region]:
        for part in parts:
            waiting = [(part, 0)]
            while waiting:
                region, start = waiting.pop()
                for at in range(start, len(stage)):
                    self.steps += 1
                    if (shared := meet(region, stage[at].region)) is not None:
                        waiting += [(piece, at + 1) for piece in cut(region, stage[at].region)]
                        if stage[at].passes:
                            yield shared
                        else:
                            self.stopped.setdefault(stage[at], shared)
                        break
                else:
                    yield region
                if self.steps > MAX_STEPS:
                    raise TooLongError


def stops_in_words(stopped: Iterable[ListedRule], most: int = 3) -> str:
    """What stops packets, like "admin rule a (10) denies or admin rule b (20) always allows"."""
    by_verb: dict[str, list[str]] = {}
    for row in stopped:
        by_verb.setdefault(row.verb, []).append(row.name)
    said = []
    for verb, names in by_verb.items():
        more = f" and {len(names) - most} more" if len(names) > most else ""
        said.append(f"{', '.join(names[:most])}{more} {verb if len(names) == 1 else _plural(verb)}")
    return " or ".join(said)


def _plural(verb: str) -> str:
    return {"denies": "deny", "always allows": "always allow"}[verb]
