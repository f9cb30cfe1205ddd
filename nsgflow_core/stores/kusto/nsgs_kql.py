"""NSGs in KQL: ids in any spelling as one key, and the label that each is shown by, in lower case until it is shown.

Rules and the resources that are logged have one spelling, too: where tuples say several, one of them stands for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import starmap

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.measures import MEASURES, MeasureKind
from nsgflow_core.inventory.names.logged_nsgs import NO_NSG, LoggedNsg, asked_for, logged_nsgs
from nsgflow_core.stores.kusto.literal import kql_literal, kql_literals
from nsgflow_core.words import arm_id
from nsgflow_core.words.vocabulary import ANY_ZERO_GUID

_KEY = (
    "extend nsg_id = replace_regex(tolower(nsg_id), @'^/?subscriptions/([^/]+)/resourcegroups/([^/]+)/providers/"
    "microsoft\\.network/networksecuritygroups/([^/]+)/?$', @'\\1/\\2/\\3')"
)
_NO_NSG = f"nsg_id in {kql_literals(arm_id.NO_NSG)} or nsg_id matches regex @'^{ANY_ZERO_GUID}$'"
_SHOW_NSGS = frozenset({"nsg", "nsg_id"})
SPELLED = ("rule", "target")
"""What Azure tells apart without case, besides NSGs."""


@dataclass(frozen=True)
class WorkspaceNsgs:
    """The NSGs of a workspace as `logged_nsgs` tells them apart; without any, each goes by its own name."""

    logged: Sequence[LoggedNsg] = ()
    spelled: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    """Of each of SPELLED what has several spellings: the one to show -> all of them."""
    partial: str = ""
    """Why these are not all of them, so that a label may stand for several."""

    @classmethod
    def of(
        cls, spellings: Iterable[str], names: Mapping[str, str], words: Mapping[str, Iterable[str]] | None = None
    ) -> WorkspaceNsgs:
        """Those of these spellings, by the user's names (by aclID, resource id or name in lower case).

        `words` has the spellings of each of SPELLED.
        """
        told = {word: found for word, each in (words or {}).items() if (found := arm_id.of_several(each))}
        return cls(logged_nsgs(spellings, names), told)

    @cached_property
    def _labels(self) -> dict[str, str]:
        return {each.label.lower(): each.label for each in self.logged}

    @cached_property
    def _ids(self) -> dict[str, str]:
        return {each.key: each.nsg_id for each in self.logged}

    def shown(self, nsg: str) -> str:
        """The label to show for one that a query answers in lower case."""
        return self._labels.get(nsg.lower(), nsg)

    def shown_id(self, key: str) -> str:
        """The id to show for a key."""
        return self._ids.get(key, key)

    def named(self, name: str) -> tuple[str, ...]:
        """The labels of the NSGs that a name, id or guid stands for."""
        return tuple(sorted(asked_for(self.logged, [name], by_id=False)))

    def asked_for(self, values: Iterable[str], *, by_id: bool) -> list[str]:
        """The labels of the NSGs that texts name; a text that names none stands for itself."""
        values = list(values)
        return sorted(asked_for(self.logged, values, by_id=by_id)) or values

    def steps(self) -> list[str]:
        """Steps that make `nsg_id` a key and `nsg` the label, both in lower case, and spell each of SPELLED one way."""
        of_label: dict[str, set[str]] = {}
        for each in self.logged:
            if each.key and each.label.lower() != each.key.rsplit("/", 1)[-1]:
                of_label.setdefault(each.label.lower(), set()).add(each.key)
        cases = [f"isempty(nsg_id), {kql_literal(NO_NSG)}"]
        cases += [f"nsg_id in {kql_literals(sorted(keys))}, {kql_literal(name)}" for name, keys in of_label.items()]
        none = f"extend nsg_id = iff({_NO_NSG}, '', nsg_id)"
        shown = f"extend nsg = case({', '.join(cases)}, extract('([^/]*)$', 1, nsg_id))"
        return [_KEY, none, *self._joined(), shown, *starmap(_spelled_alike, self.spelled.items())]

    def _joined(self) -> list[str]:
        """A step that makes one key of those of one NSG, which one kind of log calls by its guid, another by its id."""
        of_label: dict[str, set[str]] = {}
        for each in self.logged:
            if each.key:
                of_label.setdefault(each.label, set()).add(each.key)
        several = [sorted(keys) for keys in of_label.values() if len(keys) > 1]
        cases = [f"nsg_id in {kql_literals(others)}, {kql_literal(first)}" for first, *others in several]
        return [f"extend nsg_id = case({', '.join(cases)}, nsg_id)"] if cases else []


def _spelled_alike(word: str, spelled: Mapping[str, Sequence[str]]) -> str:
    cases = (f"{word} in~ {kql_literals(every)}, {kql_literal(shown)}" for shown, every in spelled.items())
    return f"extend {word} = case({', '.join(cases)}, {word})"


def needs_nsgs(columns: Iterable[str], flow_filter: FlowFilter) -> bool:
    """True when an answer shows NSGs or its filter names them, so that the workspace's spellings must be known."""
    shown = set(columns)
    words = {key for key, row in MEASURES.items() if row.kind is MeasureKind.WORDS and key in shown}
    return bool(words or _SHOW_NSGS & {*shown, *(condition.dimension for condition in flow_filter.conditions)})
