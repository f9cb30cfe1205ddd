"""What logs call an NSG, and what it is called here: told apart by its ARM id or guid, compared without case.

NSG flow logs write ids in upper case, VNet flow logs a guid or an id in mixed case, Traffic Analytics an id in lower
case or `subscription/group/name`. Platform traffic has the all-zero guid and a drop by encryption policy the word
`unspecified`: there an NSG decided nothing.
Sources: Microsoft Learn, "NSG flow logs overview", "Virtual network flow logs overview", "Traffic Analytics schema".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nsgflow_core.words import arm_id

NO_NSG: Final = "none"
"""Shown where no NSG decided."""


@dataclass(frozen=True, slots=True)
class LoggedNsg:
    """One spelling of a log for an NSG, and how that NSG is shown."""

    logged: str
    key: str
    """What all spellings of one id have in common; "" for no NSG."""
    nsg_id: str
    """The one spelling of the id that is shown; "" for no NSG."""
    label: str
    """Its name: the loaded one, else that of the id in mixed case, lengthened where two NSGs share it."""
    name: str
    """Its own name in lower case, which finds it too; "" where that is the label of an NSG."""
    path: str
    """The same with its resource group: `group/name`."""


def logged_nsgs(spellings: Iterable[str], names: Mapping[str, str]) -> tuple[LoggedNsg, ...]:
    """Every spelling with how its NSG is shown, sorted; `names` are loaded ones, by id, guid or name in lower case.

    Loaded ids that no log spells are among them, so that a question can name an NSG by any of its ids.
    """
    loaded = {key: name for each, name in names.items() if (key := arm_id.nsg_key(each))}
    spelled: dict[str, list[str]] = {}
    for each in [*sorted({*spellings, *loaded} - {""}), ""]:
        spelled.setdefault(arm_id.nsg_key(each), []).append(each)
    _join_bare_names(spelled)
    ids = {key: arm_id.best_spelling(each) for key, each in spelled.items()}
    labels = _labels(spelled, loaded)
    taken = {label.lower() for label in labels.values()}
    of_label: dict[str, list[str]] = {}
    for key, label in labels.items():
        of_label.setdefault(label, []).append(ids[key])
    shown = {label: arm_id.best_spelling(each) for label, each in of_label.items()} | {NO_NSG: ""}
    found = []
    for key, every in spelled.items():
        path = key.split("/")[-2:] if key.count("/") == 2 else [key]
        name, longer = ("" if text in taken else text for text in (path[-1], "/".join(path)))
        found += [LoggedNsg(each, key, shown[labels[key]], labels[key], name, longer) for each in every]
    return tuple(sorted(found, key=lambda each: each.logged))


def asked_for(nsgs: Iterable[LoggedNsg], values: Iterable[str], *, by_id: bool) -> frozenset[str]:
    """The labels of the NSGs that texts name: by any id, and by label or a name that is no other one's label."""
    texts = {value.strip().lower() for value in values}
    keys = {arm_id.nsg_key(text) for text in texts}
    return frozenset(
        each.label
        for each in nsgs
        if each.key in keys or (not by_id and texts.intersection((each.label.lower(), each.name, each.path)))
    )


def _join_bare_names(spelled: dict[str, list[str]]) -> None:
    """A name without a path is of the one NSG whose id ends with it, if there is just one."""
    ending: dict[str, list[str]] = {}
    for key in spelled:
        if key.count("/") == 2:
            ending.setdefault(key.rpartition("/")[2], []).append(key)
    for bare in [key for key in spelled if key and "/" not in key and not arm_id.is_guid(key)]:
        full = ending.get(bare, ())
        if len(full) == 1:
            spelled[full[0]] += spelled.pop(bare)


def _best_name(spellings: Iterable[str]) -> str:
    """The name of the id that is shown, or of a shorter spelling where that alone has it in mixed case."""
    by_case: dict[int, list[str]] = {}
    for each in spellings:
        by_case.setdefault(arm_id.case_rank(arm_id.last(each)), []).append(each)
    return arm_id.last(arm_id.best_spelling(by_case[min(by_case)]))


def _labels(spelled: Mapping[str, Sequence[str]], loaded: Mapping[str, str]) -> dict[str, str]:
    """The label of each key: no two keys share one, but for those that the loaded names say are one NSG."""
    labels = {key: name for key in spelled if key and (name := loaded.get(key))} | {"": NO_NSG}
    waiting = {key: _best_name(each) for key, each in spelled.items() if key not in labels}
    by_name: dict[str, list[str]] = {}
    for key, name in waiting.items():
        by_name.setdefault(name.lower(), []).append(key)
    of_ids = {label.lower() for key, label in labels.items() if "/" in key} | {NO_NSG}
    known = {label.lower(): label for label in labels.values()} | {key: name for key, name in loaded.items() if key}
    for name, keys in by_name.items():
        if len(keys) == 1 and name not in of_ids and name in known:  # else two NSGs have that name
            labels[keys[0]] = known[name]
            waiting.pop(keys[0])
    taken = sorted({label.lower() for label in labels.values()})
    paths = {key: _path(arm_id.best_spelling(spelled[key]), name) for key, name in waiting.items()}
    made = arm_id.labels([*((label,) for label in taken), *paths.values()])[len(taken) :]
    whole = {key: "/".join(filter(None, path)) for key, path in paths.items()}
    return labels | {key: whole[key] if each.lower() in taken else each for key, each in zip(paths, made, strict=True)}


def _path(shown: str, name: str) -> tuple[str, ...]:
    parts = [part for part in shown.strip("/").split("/") if part]
    if arm_id.part(shown, "resourceGroups"):
        return arm_id.path(shown, name)
    return (*parts[:-1], name)
