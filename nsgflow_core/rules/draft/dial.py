"""The dial from exact to simple: rungs, each of which opens at least what the rung above it opens.

A rung says what stands for an address (`grouping/sides.py`) and for ports that are new every day, and over which
flows the sides are multiplied out. What each one opens beyond what was seen is measured, never guessed
(`over_permission.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from nsgflow_core.errors import BadFilter
from nsgflow_core.rules.draft.grouping.nearly import join_nearly
from nsgflow_core.rules.draft.merging import PORTS, OpeningColumns, SetTable, join
from nsgflow_core.rules.draft.seen.evidence import ALWAYS_APART, NORMAL
from nsgflow_core.rules.draft.seen.guarded import kinds_of_ports
from nsgflow_core.rules.draft.tokens import is_tag
from nsgflow_core.words.prefixes import INTERNET, Family
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import count_distinct, first_of_each, group_numbers
from nsgflow_core.words.vocabulary import WITH_PORTS, Direction


class Product(StrEnum):
    """Over which flows the sides of a rule are multiplied out."""

    NONE = "each flow"
    SERVICE = "each service between two labels"
    PEERS = "each label of the protected side"
    PROTOCOL = "each protocol"


@dataclass(frozen=True, slots=True)
class Rung:
    """One position of the dial. `subnets` is when a subnet or group stands for its hosts: 0 never, 1 always, -1 where
    enough of them were seen. `ranges`: whether a range stands for ports that are new every day."""

    exactness: float
    name: str
    meaning: str
    internet: bool
    subnets: int
    product: Product
    ranges: bool = True


RUNGS: tuple[Rung, ...] = (
    Rung(1.0, "exact", "Every address and port as it was seen; nothing else is opened.", False, 0, Product.NONE, False),
    Rung(
        0.9,
        "exact inside",
        "As exact, but Internet where many public addresses met one service.",
        True,
        0,
        Product.NONE,
        False,
    ),
    Rung(
        0.75,
        "named subnets",
        "A subnet or group stands for its hosts where enough did the same and new pairs come; a range for new ports.",
        True,
        -1,
        Product.NONE,
    ),
    Rung(0.6, "host groups", "Hosts of one service are joined, also pairs not seen.", True, -1, Product.SERVICE),
    Rung(0.4, "whole subnets", "Always the subnet (or the /24) instead of an address.", True, 1, Product.SERVICE),
    Rung(0.2, "peers", "All peers of a subnet may use all its ports.", True, 1, Product.PEERS),
    Rung(0.0, "simplest", "One rule a protocol: all peers, all ports seen.", True, 1, Product.PROTOCOL),
)
DEFAULT_EXACTNESS = 0.75


@dataclass(frozen=True, slots=True)
class Opening:
    """What one rung will admit: tokens of each side, single ports, and why it is kept apart (0, or a review class).

    `family` is that of its addresses; `ahead_of` the deny that it stands directly ahead of ("": behind all that stay).
    Up to `port_gap` unseen ports may lie inside a range.
    """

    protocol: str
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    ports: tuple[int, ...]
    apart: int
    family: Family
    ahead_of: str
    port_gap: int


def rung_at(exactness: float) -> Rung:
    """The simplest rung that is not simpler than asked, so that the dial never opens more. Raises BadFilter."""
    if not 0 <= exactness <= 1:
        raise BadFilter(f"An exactness of {exactness} has no meaning.", "Choose from 0 (simplest) to 1 (exact).")
    return min((rung for rung in RUNGS if rung.exactness >= exactness), key=lambda rung: rung.exactness)


def openings(
    flows: pd.DataFrame, rung: Rung, direction: Direction, port_gap: int, nearly: float = 0.0
) -> tuple[list[Opening], Codes]:
    """The openings of a rung, and which of them admits each flow.

    Flows have labels, tokens, `apart`, `family` and `ahead_of`; those of two address families, or on two
    sides of a deny that stays, never share one. `nearly`: of the pairs seen so many unseen ones are opened, where the
    rung counts what was seen, to join openings of one service (`grouping/nearly.py`).
    """
    if flows.empty:
        return [], np.zeros(0, dtype=np.int64)
    tables = (SetTable(), SetTable(), SetTable())
    coded = {name: _sorted_codes(flows[name]) for name in ("src_token", "dst_token")}
    sources, destinations = (coded[name][0].astype(np.int64) for name in coded)
    ports = np.where(flows["protocol"].isin(WITH_PORTS), flows["port"], 0).astype(np.int64)
    classes = flows["apart"].to_numpy(np.int64)
    if rung.product not in (Product.NONE, Product.SERVICE):
        classes = np.where(np.isin(classes, ALWAYS_APART), classes, 0)
    protocols, denies = (_sorted_codes(flows[name])[0] for name in ("protocol", "ahead_of"))
    kinds = group_numbers(protocols, classes, flows["family"], denies)
    tagged = [_tag_numbers(words)[codes] for codes, words in coded.values()]
    keys = _product_keys(flows, rung, direction, (sources, destinations, ports), tagged)
    first, kind_each, sides = _multiply_out(group_numbers(kinds, *keys), kinds, (sources, destinations, ports), tables)
    tags = [frozenset(_tag_sets(coded[name][1], table)) for name, table in zip(coded, tables[:2], strict=False)]
    joined = join(OpeningColumns(kind_each, sides, first), tables, (*tags, frozenset()))
    if nearly and rung.subnets < 0 and rung.product is Product.NONE:
        services = _joinable(flows, joined, classes, tagged)
        if (services >= 0).any():
            ends = zip(("src_ip", "dst_ip"), (sources, destinations), coded.values(), strict=True)
            hosts = [count_distinct(tokens, flows[ip], len(words)) for ip, tokens, (_, words) in ends]
            joined = join_nearly(joined, tables, (hosts[0], hosts[1]), services, nearly * len(flows))
    examples = flows.iloc[first_of_each(kinds)].assign(apart=classes[first_of_each(kinds)])
    words = {name: list(map(str, held)) for name, (_, held) in coded.items()}
    return _written(joined, tables, examples, words, port_gap), joined.member


def _written(
    joined: OpeningColumns,
    tables: tuple[SetTable, SetTable, SetTable],
    examples: pd.DataFrame,
    words: dict[str, list[str]],
    port_gap: int,
) -> list[Opening]:
    """The openings in words; `examples` has a flow of each class."""
    held = list(zip(*(examples[name] for name in ("protocol", "apart", "family", "ahead_of")), strict=True))
    made = []
    for n in range(len(joined)):
        protocol, apart, family, ahead_of = held[int(joined.apart[n])]
        *ends, port = (table.sets[int(side[n])] for table, side in zip(tables, joined.sides, strict=True))
        source, destination = (tuple(words[name][code] for code in end) for name, end in zip(words, ends, strict=True))
        version: Family = 6 if family == 6 else 4
        made.append(Opening(str(protocol), source, destination, port, int(apart), version, str(ahead_of), port_gap))
    return made


def _joinable(flows: pd.DataFrame, joined: OpeningColumns, classes: Codes, tagged: Sequence[Codes]) -> Codes:
    """Of each opening the number of its two labels, -1 where it must stay as it is.

    Joined are normal flows inside, without a tag and on no guarded port, between two labels: the next rung opens those.
    """
    of_one = group_numbers(joined.apart, joined.sides[PORTS], in_order=False)
    has_like = (np.bincount(of_one) > 1)[of_one]
    found = np.full(len(joined), -1, dtype=np.int64)
    rows = np.flatnonzero(has_like[joined.member])
    if not len(rows):
        return found
    held, member = flows[["src_label", "dst_label", "protocol", "port"]].iloc[rows], joined.member[rows]
    labels = group_numbers(held["src_label"], held["dst_label"], in_order=False)
    plain = (classes[rows] == NORMAL) & (tagged[0][rows] == 0) & (tagged[1][rows] == 0) & (kinds_of_ports(held) == "")
    plain &= (held["src_label"] != INTERNET).to_numpy() & (held["dst_label"] != INTERNET).to_numpy()
    found[member] = labels
    stays = np.bincount(member, weights=~plain | (labels != found[member]), minlength=len(joined)) > 0
    return np.where(stays, -1, found)


def _sorted_codes(column: pd.Series[Any]) -> tuple[Codes, list[str]]:
    """A column as numbers in the order of its words, and the words."""
    held = pd.Categorical(column)
    words = [str(word) for word in held.categories]
    order = sorted(range(len(words)), key=words.__getitem__)
    places = np.empty(len(words), dtype=np.int64)
    places[order] = np.arange(len(words))
    return places[held.codes], [words[place] for place in order]


def _product_keys(
    flows: pd.DataFrame,
    rung: Rung,
    direction: Direction,
    sides: tuple[Codes, Codes, Codes],
    tagged: Sequence[Codes],
) -> list[Codes]:
    """Columns of numbers: flows of the same ones (and the same class) become one opening, multiplied out."""
    if rung.product is Product.NONE:
        return list(sides)
    public = (flows["src_label"] == INTERNET).to_numpy() * 2 + (flows["dst_label"] == INTERNET).to_numpy()
    columns = [*tagged, public]
    if rung.product is Product.SERVICE:
        columns += [pd.factorize(flows["src_label"])[0], pd.factorize(flows["dst_label"])[0], sides[2]]
    elif rung.product is Product.PEERS:
        local = "dst_label" if direction is Direction.INBOUND else "src_label"
        columns += [pd.factorize(flows[local])[0]]
    return columns


def _multiply_out(
    group: Codes, apart: Codes, sides: tuple[Codes, Codes, Codes], tables: tuple[SetTable, SetTable, SetTable]
) -> tuple[Codes, Codes, tuple[Codes, Codes, Codes]]:
    """One opening per group of flows: which opening each flow is in, and the openings' classes and sides."""
    first, made = first_of_each(group), []
    for codes, table in zip(sides, tables, strict=True):
        numbers = table.singles(codes)
        held = numbers[first]
        others = numbers != held[group]
        pairs = np.unique(group[others] * len(table.sets) + numbers[others])
        held_by, members = np.divmod(pairs, len(table.sets))
        for several, of_it in zip(*_runs(held_by, members), strict=True):
            held[several] = table.union([int(held[several]), *of_it.tolist()])
        made.append(held)
    return group, apart[first], (made[0], made[1], made[2])


def _runs(held_by: Codes, members: Codes) -> tuple[list[int], list[Codes]]:
    """Each group of sorted ones, and its members."""
    starts = np.flatnonzero(np.diff(held_by, prepend=-1))
    return held_by[starts].tolist(), np.split(members, starts[1:]) if len(starts) else []


def _tag_numbers(words: Sequence[str]) -> Codes:
    """Of each token a number of its own where it is a tag, 0 where it is none."""
    return np.array([place if is_tag(word) else 0 for place, word in enumerate(words, 1)], dtype=np.int64)


def _tag_sets(words: Sequence[str], table: SetTable) -> list[int]:
    """The numbers of the sets that hold a tag."""
    return [table.number((place,)) for place, word in enumerate(words) if is_tag(word)]
