"""What a check must say: the thing that Azure refuses, with which error code, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules.accepts.limits import Limits

NOT_PUBLISHED = ""
"""The code of what Azure is documented to refuse without saying with which code."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that Azure would refuse: its error code ("" where none is published), of which rule, why, what to do.

    `rule` is "" where it is about the NSG as a whole.
    """

    check: str
    code: str
    rule: str
    wrong: str
    remedy: str

    @property
    def sentence(self) -> str:
        """What is wrong, with the code that Azure answers."""
        answer = self.code or "an error whose code is not published"
        return f"{f'Rule {self.rule!r} ' if self.rule else 'The NSG '}{self.wrong}: Azure refuses it ({answer})."


RefusedAt = tuple[str, str]
"""The name of a rule ("" for the NSG), and what is wrong with it, as the rest of a sentence about it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that Azure refuses. A new one is a row in CHECKS, and a rule in the tests that it refuses.

    `find` gets the rules that are written and, with them, all rules that the NSG will hold (`among`), and tells what is
    wrong with those written. `source` says where it is documented or was reported.
    """

    key: str
    code: str
    source: str
    remedy: str
    find: Callable[[Sequence[Rule], Sequence[Rule], Limits], Iterator[RefusedAt]]

    def refusals(self, written: Sequence[Rule], among: Sequence[Rule], limits: Limits) -> Iterator[Refusal]:
        """What this check finds."""
        for rule, wrong in self.find(written, among, limits):
            yield Refusal(self.key, self.code, rule, wrong, self.remedy)


def each(
    wrong_with: Callable[[Rule, Limits], Iterable[str]],
) -> Callable[[Sequence[Rule], Sequence[Rule], Limits], Iterator[RefusedAt]]:
    """A `find` that looks at every written rule by itself."""

    def find(written: Sequence[Rule], _among: Sequence[Rule], limits: Limits) -> Iterator[RefusedAt]:
        for rule in written:
            for wrong in wrong_with(rule, limits):
                yield rule.name, wrong

    return find
