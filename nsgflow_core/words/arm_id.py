"""Identity: a thing is told apart by its ARM id, compared without case; a name is for people, as long as it must be.

Source: Microsoft Learn, "Naming rules and restrictions for Azure resources" (resource names and ids ignore case).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Generic, TypeVar

from nsgflow_core.words.vocabulary import is_zero_guid

T = TypeVar("T")

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_FIRST_PART = 8
"""Digits of a guid before its first hyphen."""
_RELATIVE = "/providers/"
_NSG_ID = re.compile(
    r"subscriptions/([^/]+)/resourcegroups/([^/]+)/providers/microsoft\.network/networksecuritygroups/([^/]+)"
)
NO_NSG = ("", "unspecified")
"""What VNet flow logs write where no NSG decided, a drop by encryption policy; platform traffic has the zero guid."""


def is_guid(text: str) -> bool:
    """True for a guid, as VNet flow logs name an NSG."""
    return bool(_GUID.fullmatch(text.strip()))


def part(arm_id: str, name: str) -> str:
    """The segment after `name` (`subscriptions`, `resourceGroups`, `virtualNetworks`), or ""."""
    segments = arm_id.strip("/").split("/")
    wanted = name.casefold()
    return next((after for before, after in pairwise(segments) if before.casefold() == wanted), "")


def last(arm_id: str) -> str:
    """The name that an id or a parent/child name ends with."""
    return arm_id.strip().rstrip("/").rsplit("/", 1)[-1].strip()


def type_of(arm_id: str) -> str:
    """The ARM type that an id states, in lower case: the provider and every other segment behind it; "" for none."""
    _, _, behind = key(arm_id).rpartition(_RELATIVE)
    provider, *segments = behind.split("/")
    return "/".join((provider, *segments[::2])) if segments and len(segments) % 2 == 0 else ""


def parent(arm_id: str) -> str:
    """The id of the resource that this one is a child of."""
    return arm_id.rstrip("/").rsplit("/", 2)[0] if arm_id else ""


def key(arm_id: str) -> str:
    """What two spellings of one id have in common."""
    return arm_id.strip().rstrip("/").casefold()


def nsg_key(logged: str) -> str:
    """What two spellings of an NSG in logs have in common, in lower case; "" where they say that it was none.

    `subscription/group/name` for a full id and for the short one of Traffic Analytics, otherwise the guid or name. A
    guid may stand in braces, as .NET writes one; no name of Azure has any.
    """
    text = logged.strip().strip("/{}").lower()
    if text in NO_NSG or is_zero_guid(text):
        return ""
    found = _NSG_ID.fullmatch(text)
    return "/".join(found.groups()) if found else text


def best_spelling(spellings: Iterable[str]) -> str:
    """The one to show of those of one id or name: a full id before a short one, then by case, then by the alphabet."""

    def rank(text: str) -> tuple[int, bool, bool, int, int, str]:
        parts = text.strip("/").count("/")
        return (-parts, not text.startswith("/"), text.endswith("/"), case_rank(last(text)), case_rank(text), text)

    return min(spellings, key=rank)


def of_several(spellings: Iterable[str]) -> dict[str, list[str]]:
    """The spellings of each id or name that has more than one: the one to show -> all of them, sorted."""
    alike: dict[str, set[str]] = {}
    for each in spellings:
        alike.setdefault(key(each), set()).add(each)
    return {best_spelling(each): sorted(each) for each in alike.values() if len(each) > 1}


def case_rank(text: str) -> int:
    """Mixed case before lower and upper case: the one was written by a person, the other made by a log."""
    return 2 if text.isupper() else 1 if text.islower() else 0


def means(reference: str, arm_id: str, name: str) -> bool:
    """True when a reference names this resource: by its id, or from within a template, which knows no subscription."""
    if not reference.strip():
        return False
    if arm_id and key(reference) == key(arm_id):
        return True
    return (is_relative(reference) or not arm_id) and bool(name) and last(reference).casefold() == name.casefold()


def is_relative(reference: str) -> bool:
    """True for a reference from within a template: it says the name alone."""
    return reference.startswith(_RELATIVE)


class References(Generic[T]):
    """Things by the resource that each refers to: an estate of 3,000 NSGs that each went through 15,000 NICs to find
    its own would take the square of its size."""

    def __init__(self, referring: Iterable[tuple[str, T]]) -> None:
        """Each thing with its reference; one that is empty means nothing."""
        self._things: list[T] = []
        self._by_id: dict[str, list[int]] = defaultdict(list)
        self._by_name: dict[str, list[int]] = defaultdict(list)
        self._relative: dict[str, list[int]] = defaultdict(list)
        for reference, thing in referring:
            if not reference.strip():
                continue
            at, name = len(self._things), last(reference).casefold()
            self._things.append(thing)
            self._by_id[key(reference)].append(at)
            self._by_name[name].append(at)
            if is_relative(reference):
                self._relative[name].append(at)

    def to(self, resource_id: str, name: str) -> list[T]:
        """The things whose reference means this resource, in the order in which they were given."""
        by_name = self._relative if resource_id else self._by_name
        found = set(self._by_id.get(key(resource_id), ()) if resource_id else ())
        found.update(by_name.get(name.casefold(), ()) if name else ())
        return [self._things[at] for at in sorted(found)]


def path(arm_id: str, *names: str) -> tuple[str, ...]:
    """Subscription, resource group and the names, outermost first; "" where the id does not say."""
    return (part(arm_id, "subscriptions"), part(arm_id, "resourceGroups"), *names)


def labels(paths: Sequence[tuple[str, ...]]) -> list[str]:
    """A label for each path: its name, lengthened from the right until no other path has the same.

    Equal paths are one thing and share a label. A subscription is called by the first part of its guid where no other
    one begins with it: people tell the name at the end from others then, and rules that are named for it have room.
    """
    shown = ["" for _ in paths]
    begin = Counter(guid[:_FIRST_PART] for guid in {path[0].casefold() for path in paths if _has_guid(path)})
    paths = [
        with_short_guid(path) if _has_guid(path) and begin[path[0][:_FIRST_PART].casefold()] == 1 else path
        for path in paths
    ]
    waiting = set(range(len(paths)))
    for length in range(1, max(map(len, paths), default=0) + 1):
        tails = {at: "/".join(segment for segment in paths[at][-length:] if segment) for at in waiting}
        distinct = {(tails[at].casefold(), tuple(map(str.casefold, paths[at]))) for at in waiting}
        counts = Counter(tail for tail, _ in distinct)
        for at in list(waiting):
            shown[at] = tails[at]
            if counts[tails[at].casefold()] == 1:
                waiting.discard(at)
    return shown


def with_short_guid(path: tuple[str, ...]) -> tuple[str, ...]:
    """The path with the first part of its subscription's guid; the same where it has none."""
    return (path[0][:_FIRST_PART], *path[1:]) if _has_guid(path) else path


def _has_guid(path: tuple[str, ...]) -> bool:
    return len(path) > 1 and is_guid(path[0])
