"""A question that a draft puts to a person, and the questions about traffic that was set apart or waits in the draft.

A question's id comes from its kind and what it is about, never from numbers or order, so that tomorrow's draft asks
the same one, and finds its answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from nsgflow_core.ask.text.times import moment_words
from nsgflow_core.rules.draft.asking.answers import Answer, Choice
from nsgflow_core.rules.draft.asking.kinds import QUESTION_KINDS
from nsgflow_core.rules.draft.asking.reasons import KINDS_ELSEWHERE, REASONS, WAITING_REASONS, ApartReason, Ask
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import count_distinct, first_of_each, group_numbers
from nsgflow_core.words.vocabulary import WITH_PORTS

SHOWN = 10
"""How many addresses a question lists, most flows first."""
LISTED_PORTS = 3
SETTLED_BY = ("denied_by", "denied_since", "allowed_until")
"""Of flows set apart: the deny that stays and stopped them last ("" for none), since when, and when last allowed."""

_MOMENTS = ("last_seen", "denied_since", "allowed_until")
_OF_A_QUESTION = ["src_ip", "dst_ip", "protocol", "port", "src_label", "dst_label", "flows", "denied_by", *_MOMENTS]
"""All columns that questions are about (`Ask.by`), or tell (PLACES)."""
NO_TIME = np.iinfo(np.int64).min
"""How numpy holds a moment that is missing: before all others."""
PUBLIC_SIDES = {"src": ["dst_label", "protocol", "port"], "dst": ["src_label", "protocol", "port"]}
"""A side that may be public, and what a question about it is about: the other side's label, and the service."""


@dataclass(frozen=True, slots=True)
class DraftQuestion:
    """Something for a person to decide, with what follows from either answer.

    `rule` names the drafted rule that it is about ("" for none), `deny` the rule that an allowing answer would undo,
    and `stopped_by` the one elsewhere that stops the flows whatever is answered.
    `addresses` are (address, flows) of the busiest who are concerned; `total` says how many there are. `standing` is
    what holds while nobody answered; `labels` are the words of the two answers.
    """

    id: str
    kind: str
    words: str
    yes: str
    no: str
    standing: Choice
    rule: str = ""
    deny: str = ""
    stopped_by: str = ""
    addresses: tuple[tuple[str, int], ...] = ()
    total: int = 0
    flows: int = 0
    labels: tuple[str, str] = ("Allow", "Leave out")
    answer: Answer | None = None

    @property
    def holds(self) -> Choice:
        """The answer that counts: what was said, or what holds while nobody said anything."""
        return self.answer.choice if self.answer else self.standing

    @property
    def unlisted(self) -> int:
        """How many are concerned beside those listed."""
        return self.total - len(self.addresses)

    def label(self, choice: Choice) -> str:
        """An answer in this question's own words."""
        return self.labels[0] if choice is Choice.ALLOW else self.labels[1]

    def follows(self, choice: Choice) -> str:
        """What an answer does, as a sentence."""
        return self.yes if choice is Choice.ALLOW else self.no


def question_id(kind: str, about: Iterable[object]) -> str:
    """Twelve hexadecimal digits that stand for a kind of question (of QUESTION_KINDS) about these things."""
    if kind not in QUESTION_KINDS:
        raise ValueError(f"'{kind}' is no kind of question: add it to asking/kinds.py.")
    return hashlib.sha256("\x1f".join([kind, *map(str, about)]).encode()).hexdigest()[:12]


def ask_about(set_apart: pd.DataFrame) -> tuple[pd.DataFrame, tuple[DraftQuestion, ...]]:
    """Flows with a reason, with a column `question` (an id; "" where one is only told), and the questions.

    `set_apart` has the columns of `observe`, `reason` and SETTLED_BY. What would undo a deny comes first, then as the
    table of reasons has them, then the most flows.
    """
    ids = np.full(len(set_apart), "", dtype=object)
    asked: list[DraftQuestion] = []
    of_reason = pd.Categorical(set_apart["reason"], categories=list(REASONS)).codes
    told = set_apart[_OF_A_QUESTION]
    for number, reason in enumerate(REASONS.values()):
        places = np.flatnonzero(of_reason == number)
        if reason.asks and len(places):
            group, found = _of_reason(told.iloc[places], reason, reason.asks)
            ids[places] = np.array([question.id for question in found], dtype=object)[group]
            asked += found
    order = {row.key: place for place, row in enumerate(REASONS.values())}
    asked.sort(key=lambda each: (not (each.deny or each.stopped_by), order[each.kind], -each.flows, each.id))
    return set_apart.assign(question=ids), tuple(asked)


def ask_in_the_draft(flows: pd.DataFrame, doubts: pd.Series[str]) -> tuple[pd.DataFrame, tuple[DraftQuestion, ...]]:
    """The flows of a draft with `question` (an id, or "") and `waits` (alone, for an answer), and the questions.

    `doubts` are the words of DRAFTED_REASONS, "" for flows that nothing is asked about.
    """
    is_asked = (doubts != "").to_numpy()
    ids, waits = np.full(len(flows), "", dtype=object), np.zeros(len(flows), dtype=np.bool_)
    asked, questions = ask_about(flows.loc[is_asked, _OF_A_QUESTION].assign(reason=doubts[is_asked].astype("object")))
    ids[is_asked] = asked["question"]
    waits[is_asked] = asked["reason"].isin(WAITING_REASONS)
    flows = flows.drop(columns=list(SETTLED_BY)).assign(question=ids, waits=waits)
    return flows.reset_index(drop=True), questions


def _of_reason(flows: pd.DataFrame, reason: ApartReason, asks: Ask) -> tuple[Codes, list[DraftQuestion]]:
    """Which question each flow belongs to, and the questions of one reason."""
    by = list(dict.fromkeys([*asks.by, "denied_by"]))
    group = group_numbers(*(flows[column] for column in by))
    firsts = flows.iloc[first_of_each(group)]
    known = _known(flows, group)
    concerned = busiest_of_each(flows, group, "src_ip", len(firsts))
    made = []
    is_elsewhere = reason.key in KINDS_ELSEWHERE
    for place, about in enumerate(firsts[by].itertuples(index=False)):
        words = {name: values[place] for name, values in known.items()}
        addresses, total = concerned[place]
        deny = str(firsts["denied_by"].iloc[place])
        made.append(
            DraftQuestion(
                question_id(reason.key, about), reason.key, asks.question.format(**words), asks.yes, asks.no,
                asks.standing, deny="" if is_elsewhere else deny, stopped_by=deny if is_elsewhere else "",
                addresses=addresses, total=total, flows=known["total"][place],
            )
        )  # fmt: skip
    return group, made


def _known(flows: pd.DataFrame, group: Codes) -> dict[str, list[Any]]:
    """What a question may say (PLACES) of each group of flows, as text; and `total`, the number of flows."""
    first = first_of_each(group)
    ends: dict[str, list[Any]] = {}
    for end, word in (("src", "source"), ("dst", "destination")):
        address, label = (flows[f"{end}_{part}"] for part in ("ip", "label"))
        addresses, labels = (count_distinct(group, each, len(first)).tolist() for each in (address, label))
        ends[f"{word}s"] = [counted(many, word) for many in addresses]
        ends[word] = [
            str(one) if hosts == 1 else str(place) if places == 1 else counted(places, "place")
            for one, place, hosts, places in zip(address.iloc[first], label.iloc[first], addresses, labels, strict=True)
        ]
    total = np.zeros(len(first), dtype=np.int64)
    np.add.at(total, group, flows["flows"].to_numpy())
    return {
        **ends,
        "total": total.tolist(),
        "flows": [counted(flow, "flow") for flow in total.tolist()],
        "services": _services(flows, group),
        "deny": [str(name) for name in flows["denied_by"].iloc[first]],
        **{name: _latest_moments(flows[name], group, len(first)) for name in _MOMENTS},
    }


def _latest_moments(times: pd.Series[Any], group: Codes, size: int) -> list[str]:
    """The latest moment of each group, to the minute and of UTC; "" where it has none."""
    latest = np.full(size, NO_TIME, dtype=np.int64)
    np.maximum.at(latest, group, times.to_numpy(dtype="datetime64[us]").astype(np.int64))
    moments = pd.to_datetime(latest.view("datetime64[us]"), utc=True)
    return ["" if pd.isna(moment) else moment_words(moment) for moment in moments]


def _services(flows: pd.DataFrame, group: Codes) -> list[str]:
    """Protocol and ports of each group: "TCP 443, 8443", or "12 TCP ports between 50100 and 50111"."""
    first = first_of_each(group_numbers(group, flows["protocol"], flows["port"], in_order=False))
    rows = zip(group[first].tolist(), flows["protocol"].iloc[first], flows["port"].iloc[first], strict=True)
    found: dict[tuple[int, str], list[int]] = {}
    for number, protocol, port in sorted((number, str(protocol), int(port)) for number, protocol, port in rows):
        found.setdefault((number, protocol), []).append(port)
    words: dict[int, list[str]] = {}
    for (number, protocol), ports in found.items():
        words.setdefault(number, []).append(_ports_in_words(protocol, ports))
    return [" and ".join(each) for each in words.values()]


def _ports_in_words(protocol: str, ports: Sequence[int]) -> str:
    if protocol not in WITH_PORTS:
        return protocol
    if len(ports) <= LISTED_PORTS:
        return f"{protocol} {', '.join(map(str, ports))}"
    return f"{len(ports):,} {protocol} ports between {ports[0]} and {ports[-1]}"


def busiest_addresses(flows: pd.DataFrame, side: str) -> tuple[tuple[tuple[str, int], ...], int]:
    """The busiest addresses of one side with their flows, and how many there are."""
    (found,) = busiest_of_each(flows, np.zeros(len(flows), dtype=np.int64), side, 1)
    return found


def busiest_of_each(
    flows: pd.DataFrame, group: Codes, end: str, size: int
) -> list[tuple[tuple[tuple[str, int], ...], int]]:
    """Of each group from 0 to size-1, the addresses of one end with the most flows, and how many addresses it has."""
    ends = pd.Categorical(flows[end])
    words, pair_of = ends.categories.to_numpy(dtype=object), group_numbers(group, ends, in_order=False)
    first = first_of_each(pair_of)
    groups, codes, sums = group[first], ends.codes[first].astype(np.int64), np.zeros(len(first), dtype=np.int64)
    np.add.at(sums, pair_of, flows["flows"].to_numpy())
    by_text = np.empty(len(words), dtype=np.int64)
    by_text[np.argsort(words)] = np.arange(len(words))
    order = np.lexsort((by_text[codes], -sums, groups))
    edges = np.searchsorted(groups[order], np.arange(size + 1))
    return [
        (tuple((str(words[codes[at]]), int(sums[at])) for at in order[start:end][:SHOWN]), int(end - start))
        for start, end in pairwise(edges.tolist())
    ]
