"""Names told apart: short ones that still read differently, as estates name subnets alike; near and free ones; and
several names of which one holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from itertools import chain, count, pairwise

_CUT = "…"
_WITHIN = "/"
_OR = " or "
"""Between the names of what an address may be of, as where two networks have the same space."""
_BETWEEN = "-_./:· "
"""What stands between the words of a name."""
_COMPARED = 200
"""Letters of a name that are compared with others: what comparing costs grows with their square."""

_SUBSCRIPTION = re.compile(r"(?<![\w-])([0-9a-f]{8})(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=/)", re.IGNORECASE)
"""The id of a subscription in front of a name: one of two that are called alike."""


def told_apart(names: Iterable[str], most: int) -> Mapping[str, str]:
    """Each name in at most `most` letters (8 or more): its beginning, its two ends, or from where it differs.

    A name with its place in front (subscription/group/network/name) is told by its end before all of these, and where
    namesakes are among them by its two ends: the name itself is seen. Of several names, "dev/web or prod/web", the
    first is told so, and how many more there are: the end of the last would read as if it were the one.

    The first of these ways is taken in which no two read alike; where all leave some, the last of those that leave
    fewest.
    """
    every = sorted(set(names))
    long = [name for name in every if len(name) > most]
    whole = {name: name for name in every}
    differs = _where_they_differ(every)
    ways: tuple[Callable[[str], str], ...] = (
        lambda name: _first(name, most),
        lambda name: _ends(name, most) if _WITHIN in name else name[: most - 1] + _CUT,
        lambda name: name[: most - 1] + _CUT,
        lambda name: _ends(name, most),
        lambda name: _first(name, most) if _OR in name else _CUT + name[1 - most :],
        lambda name: _from(name, differs[name], most),
    )
    best, apart = whole, 0
    for way in ways:
        told = whole | {name: way(name) for name in long}
        if (different := len(set(told.values()))) >= apart:
            best, apart = told, different
        if apart == len(every):
            break
    return best


def subscriptions_in_short(text: str) -> str:
    """A sentence with each subscription that stands before a name told by its first eight letters: "aaaaaaaa…/rg/vnet".

    It is left as it is where two of its subscriptions would read alike.
    """
    ids = {found[0].lower() for found in _SUBSCRIPTION.finditer(text)}
    are_apart = len({each[:8] for each in ids}) == len(ids)
    return _SUBSCRIPTION.sub(rf"\1{_CUT}", text) if are_apart else text


def _where_they_differ(ordered: list[str]) -> dict[str, int]:
    """Of each name the first letter that tells it from all others."""
    differs = dict.fromkeys(ordered, 0)
    for one, other in pairwise(ordered):
        alike = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
        differs[one], differs[other] = max(differs[one], alike), max(differs[other], alike)
    return differs


def _first(name: str, most: int) -> str:
    """A name by its end, or its beginning where no place stands in front; of several the first, and how many more."""
    first, *others = names_in(name)
    more = f" +{len(others)}" if others else ""
    room = most - len(more)
    if len(first) <= room:
        return first + more
    return (_CUT + first[1 - room :] if _WITHIN in first else first[: room - 1] + _CUT) + more


def _ends(name: str, most: int) -> str:
    begin = (most - 1) * 2 // 5
    return name[:begin] + _CUT + name[begin + 1 - most :]


def _from(name: str, at: int, most: int) -> str:
    """A few letters of its beginning, and the word in which it differs, with what follows."""
    begin = name[: most // 4]
    room = most - len(begin) - 2
    at = min(at, len(name) - 1)
    starts = 1 + max(name.rfind(each, 0, at) for each in _BETWEEN)
    starts = max(starts if at - starts < room else at, len(begin))
    rest = name[starts:]
    if len(rest) > room + 1:
        return begin + _CUT + rest[:room] + _CUT
    return name[: min(len(begin) + room + 1 - len(rest), starts)] + _CUT + rest


def any_of(names: Iterable[str]) -> str:
    """Names of which one holds as one text, in their order: "dev/web or prod/web"."""
    return _OR.join(names)


def names_in(text: str) -> list[str]:
    """The names of a text that `any_of` made; of one name that alone."""
    return text.split(_OR)


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, or the first of "name-2", "name-3"... that is not among those taken (in lower case)."""
    names = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(each for each in names if each.casefold() not in taken)


def nearest(name: str, known: Iterable[str], most: int = 3, likeness: float = 0.6) -> list[str]:
    """Known names that are spelled nearly like this one whatever their case, as they are written; the nearest first.

    `likeness` is 1 for the same letters and 0 for none in common.
    """
    of_lower = {each.casefold(): each for each in known}
    return [of_lower[each] for each in get_close_matches(name.casefold()[:_COMPARED], of_lower, most, likeness)]
