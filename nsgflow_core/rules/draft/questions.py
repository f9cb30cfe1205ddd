"""What a draft asks about its own rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from nsgflow_core.rules.draft.asking.answering import pair_id, pair_mask, range_id, whole_internet_id
from nsgflow_core.rules.draft.asking.answers import Answer, Choice
from nsgflow_core.rules.draft.asking.kinds import NEW_PORTS, WHOLE_INTERNET
from nsgflow_core.rules.draft.asking.question import PUBLIC_SIDES, DraftQuestion, busiest_addresses, busiest_of_each
from nsgflow_core.rules.draft.asking.reasons import REASON_OF_KIND, UNNAMED_STRANGER, Ask, Meanwhile
from nsgflow_core.rules.draft.asking.way_out import close_internet
from nsgflow_core.rules.draft.fit import Fit
from nsgflow_core.rules.draft.jump_hosts.asked import jump_host_questions
from nsgflow_core.rules.draft.new_ports.openings import ranges_opened
from nsgflow_core.rules.draft.new_ports.range import RangeKind
from nsgflow_core.rules.draft.tags.asked import tag_questions
from nsgflow_core.rules.draft.traffic import Material
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.prefixes import INTERNET
from nsgflow_core.words.sets.group_numbers import first_of_each, group_numbers
from nsgflow_core.words.vocabulary import WITH_PORTS


def questions_of(material: Material, fit: Fit, names: list[str]) -> tuple[DraftQuestion, ...]:
    """All questions of a draft with their answers: about traffic set apart or waiting, the Internet, the way out, new
    ports, tags, and at the end what is drafted as others are."""
    given = {answer.question: answer for answer in material.answers}
    internet = _whole_internet(material, fit, names)
    traffic = _not_settled(_with_rules(material, fit, names), material.flows, given)
    last = [each for each in traffic if _asks_of(each).meanwhile is Meanwhile.DRAFTED]
    found = [each for each in traffic if each not in last]
    found += [*internet, *close_internet(material), *_new_ports(material, fit, names), *_may_be_new_ports(material)]
    found += [*tag_questions(material, fit, names), *jump_host_questions(material, fit, names)]
    found += [*_not_asked_already(last, material, {each.id for each in internet})]
    return tuple(replace(question, answer=given.get(question.id)) for question in found)


def _asks_of(question: DraftQuestion) -> Ask:
    asks = REASON_OF_KIND[question.kind].asks
    assert asks is not None, question.kind
    return asks


def _with_rules(material: Material, fit: Fit, names: list[str]) -> list[DraftQuestion]:
    """The questions about traffic, each with the first rule that admits what it is about, where one does."""
    numbers, ids = pd.factorize(material.flows["question"])
    rule_of = {each: names[fit.member[place]] for each, place in zip(ids, first_of_each(numbers), strict=True) if each}
    return [replace(question, rule=rule_of.get(question.id, "")) for question in material.asked]


def _not_settled(asked: list[DraftQuestion], flows: pd.DataFrame, given: Mapping[str, Answer]) -> list[DraftQuestion]:
    """Without those of which all flows are of jump hosts that a person let into more than that."""
    reaches = flows["reaches"].to_numpy(bool)
    settled, open_still = (set(flows.loc[rows, "question"].unique()) for rows in (reaches, ~reaches))
    settled -= open_still | set(given)
    return [each for each in asked if each.id not in settled]


def _not_asked_already(asked: list[DraftQuestion], material: Material, internet: set[str]) -> list[DraftQuestion]:
    """Without those about services of which it is asked whether the whole Internet may use them."""
    flows = material.flows.loc[material.flows["question"] != "", ["question", *PUBLIC_SIDES["src"]]]
    firsts = flows.drop_duplicates("question").itertuples(index=False, name=None)
    covered = {question for question, *about in firsts if whole_internet_id("src", about) in internet}
    return [each for each in asked if each.kind != UNNAMED_STRANGER.key or each.id not in covered]


def _whole_internet(material: Material, fit: Fit, names: list[str]) -> list[DraftQuestion]:
    """Whether a service should be open to the Internet, or to the public addresses that were seen."""
    flows, found = material.flows, []
    for side, opening_side in (("src", "sources"), ("dst", "destinations")):
        tagged = np.array([INTERNET in getattr(opening, opening_side) for opening in fit.openings], dtype=bool)
        public = (flows[f"{side}_label"] == INTERNET).to_numpy()
        chosen = np.flatnonzero(public & (tagged[fit.member] | flows["listed"].to_numpy()))
        if not len(chosen):
            continue
        met, columns = flows.iloc[chosen], PUBLIC_SIDES[side]
        group = group_numbers(*(met[column] for column in columns))
        firsts = first_of_each(group)
        for place, concerned in enumerate(busiest_of_each(met, group, f"{side}_ip", len(firsts))):
            about = tuple(met[columns].iloc[firsts[place]])
            rule = names[fit.member[chosen[firsts[place]]]]
            flow_count = int(met["flows"].to_numpy()[group == place].sum())
            found.append(_internet_question(side, about, rule, concerned, flow_count))
    return found


def _internet_question(
    side: str, about: tuple[object, ...], rule: str, concerned: tuple[tuple[tuple[str, int], ...], int], flows: int
) -> DraftQuestion:
    (label, protocol, port), (addresses, total) = about, concerned
    service = f"{protocol} {port}" if protocol in WITH_PORTS else str(protocol)
    words = (
        f"{service} of {label} open to the whole Internet? {counted(flows, 'flow')} came from"
        if side == "src"
        else f"{service} from {label} open to the whole Internet? {counted(flows, 'flow')} went to"
    )
    return DraftQuestion(
        whole_internet_id(side, about),
        WHOLE_INTERNET,
        f"{words} {counted(total, 'public address')}.",
        "The rule says Internet: any public address.",
        "The rule lists the public addresses that were seen, and no others.",
        Choice.ALLOW,
        rule,
        addresses=addresses,
        total=total,
        flows=flows,
        labels=("Keep Internet", "List the addresses"),
    )


def _new_ports(material: Material, fit: Fit, names: list[str]) -> list[DraftQuestion]:
    """Whether the marked ranges stay: what was seen on which days, and what to do about it."""
    flows = material.flows
    opened = {
        each: place
        for place, held in ranges_opened(fit.openings, fit.member, flows, material.ranges).items()
        for each in held
    }
    answers = {answer.question for answer in material.answers}
    found = []
    for number, each in enumerate(material.ranges):
        asked = range_id(each)
        place = opened.get(number)
        if place is None and asked not in answers:
            continue
        members = flows[(fit.member == place) & (flows["range"] == number)] if place is not None else flows.iloc[:0]
        rule = names[place] if place is not None else ""
        found.append(_about_ports(asked, each.sentence, rule, members, _RANGE[each.kind is RangeKind.MAPPED]))
    return found


def _may_be_new_ports(material: Material) -> list[DraftQuestion]:
    """Pairs whose ports may be new every day, where the logs are too short to tell, or show no answers."""
    why = "One day cannot tell whether tomorrow's are new" if material.window_days < 2 else _NO_ANSWERS
    flows, found = material.flows, []
    for source, destination, protocol, ports in material.asked_pairs.itertuples(index=False, name=None):
        words = (
            f"{source} used {counted(int(ports), f'{protocol} port')} on {destination}, each on one day alone. {why}: "
            "if they are, pin the service's range and allow that."
        )
        members = flows[pair_mask(flows, (source, destination, protocol))]
        found.append(_about_ports(pair_id((source, destination, protocol)), words, "", members, _SEEN_PORTS))
    return found


def _about_ports(asked: str, words: str, rule: str, members: pd.DataFrame, ways: tuple[str, str, str]) -> DraftQuestion:
    addresses, total = busiest_addresses(members, "src_ip")
    return DraftQuestion(
        asked,
        NEW_PORTS,
        words,
        *ways[:2],
        Choice.ALLOW,
        rule,
        addresses=addresses,
        total=total,
        flows=int(members["flows"].sum()),
        labels=("Keep it", ways[2]),
    )


_NO_ANSWERS = "These logs do not show answers, so this may be a scan, or a service whose ports are new every day"
_OPEN = "The whole range stays open for these hosts."
_RANGE = (
    (_OPEN, "The range is not opened: its flows are set apart.", "Set it apart"),
    (_OPEN, "The ports that were seen stay in the draft, and no others.", "Only those seen"),
)
"""Of ports that are new every day, and of those that last until a server starts again."""
_SEEN_PORTS = (
    "The ports that were seen stay in the draft.",
    "They are set apart, and no rule admits them.",
    "Set it apart",
)
