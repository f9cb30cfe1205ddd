"""Names in a table, which people give as long as they like: short, and told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

import pandas as pd

from nsgflow_core.words.apart import told_apart
from nsgflow_core.words.prefixes import is_prefix
from nsgflow_core.words.several import Several

RULES = "rules"
NAMES: Mapping[str, int | None] = {
    **dict.fromkeys(("source", "destination", "source_name", "destination_name", "nsg", "rule", "flow_log", "blob")),
    **dict.fromkeys(("decided_by", "logged_rule")),
    RULES: 29,
}
"""Columns of names; with the letters that fit where a column's width is set."""
_LEAST: Mapping[str, int] = {"flow_log": 24, RULES: 26, "blob": 60}
"""Letters at least, also on a phone, of names beside which there are numbers, or which stand behind all else; of a blob
its hour and NIC, which tell it from the others of a flow log."""
_A_LETTER = 7
"""Pixels of one of a rule's name, mostly less."""
_MORE, _OF_NSG = " +{}", 5
"""How many rules follow the first; letters of its NSG at least, with the line between."""


def shortened(cells: pd.DataFrame, letters: int, spare: int = 0) -> pd.DataFrame:
    """The same cells with names of so many letters at most; rules take also what pixels are to spare."""
    short = cells.copy()
    for name in (each for each in cells.columns if each in NAMES):
        texts, most = cells[name].dropna().astype(str), max(min(letters, NAMES[name] or letters), _LEAST.get(name, 0))
        most += spare // _A_LETTER if name == RULES else 0
        if len(texts) and int(texts.str.len().max()) > most:
            told = _first_rules(texts, most) if name == RULES else _told_apart(texts, most)
            short[name] = cells[name].astype(object).map(told)
    return short


@lru_cache(maxsize=4096)
def stays_whole(text: str) -> bool:
    """True for an address or a prefix among names: it is read whole or not at all."""
    return is_prefix(text)


def _told_apart(texts: Iterable[str], most: int) -> dict[str, str]:
    """Names in so many letters, but of addresses and prefixes."""
    each = set(texts)
    prefixes = {text for text in each if stays_whole(text)}
    return {**told_apart(each - prefixes, most), **{text: text for text in prefixes}}


def _first_rules(lists: Iterable[str], most: int) -> dict[str, str]:
    """Texts of rules, `nsg/rule; nsg/rule`, each as its first rule, as much of its NSG as fits, and how many more."""
    each = {text: text.split(Several.separator) for text in lists}
    least = most - len(_MORE.format(9)) - _OF_NSG
    rules = told_apart((found[0].rpartition("/")[2] for found in each.values()), least)
    more = {text: _MORE.format(len(found) - 1) if len(found) > 1 else "" for text, found in each.items()}
    return {text: _behind_nsg(found[0], rules, most - len(more[text])) + more[text] for text, found in each.items()}


def _behind_nsg(pair: str, rules: Mapping[str, str], most: int) -> str:
    nsg, slash, rule = pair.rpartition("/")
    room = most - len(rules[rule]) - len(slash)
    return (nsg if len(nsg) <= room else f"{nsg[: room - 1]}…") + slash + rules[rule]
