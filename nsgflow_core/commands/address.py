"""address: who one address is, what it talks to, who talks to it, what is denied by which rule, and what is new."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from datetime import timedelta

import pandas as pd

from nsgflow_core import COMMAND
from nsgflow_core.analysis import traffic
from nsgflow_core.analysis.address.about import About, about, flows_by_decision
from nsgflow_core.analysis.address.elsewhere import called_elsewhere
from nsgflow_core.analysis.address.known import Known, known_of
from nsgflow_core.analysis.address.parts import PARTS, Part
from nsgflow_core.analysis.address.rollup import by_port
from nsgflow_core.analysis.address.searching import Found, find_subject
from nsgflow_core.analysis.address.subject import Subject, at_port_typed
from nsgflow_core.analysis.address.words import (
    candidate_words,
    denied_as_well,
    facts,
    handed_over,
    new_words,
    title,
    unseen,
)
from nsgflow_core.analysis.unmet.names import unknown_names
from nsgflow_core.analysis.windows import Window, interval_for, length_of
from nsgflow_core.ask.text.times import moment_words
from nsgflow_core.commands.given.network_files import kept_with, read_inventory
from nsgflow_core.commands.given.numbers import MOST_ROWS, whole
from nsgflow_core.commands.given.stores import add_store_options, open_store
from nsgflow_core.commands.given.traffic import add_filter_options, flow_filter
from nsgflow_core.commands.telling import clock
from nsgflow_core.commands.telling.aligned import aligned, room, within
from nsgflow_core.commands.telling.output import print_lines, print_notes
from nsgflow_core.commands.telling.sparks import sparks, together
from nsgflow_core.commands.telling.written import add_output_options, print_frame, tables
from nsgflow_core.errors import BadFilter
from nsgflow_core.stores.base import Extent, FlowStore, held
from nsgflow_core.words.lengths import duration
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.visible import in_short
from nsgflow_core.words.vocabulary import Decision

TEXT = "text"
_SHOWN = 20
_MOST_TOLD = 8
_SIGNS, _BESIDE_SIGNS, _FEW_SIGNS = 72, 26, 24
"""In a line over time at most, the letters of its words, and as many as there are in the narrowest terminal."""
_SPARE = ("service", "name", "last_seen", "subnet", "first_seen")
"""Columns that a narrow terminal does without, one after the other."""
_INDENT = "  "
_COLUMNS = ("name", "subnet", "protocol", "port", "service", "rules", "flows", "first_seen", "last_seen", "new")


def add_address(parser: ArgumentParser) -> None:
    """address ADDR|CIDR|SUBNET|NAME [--by address|port] [--limit N]."""
    words = "an address (ADDR:PORT: and that port alone), a prefix, a subnet, or a name or part of it"
    parser.add_argument("subject", metavar="ADDR|CIDR|SUBNET|NAME", help=words)
    add_store_options(parser)
    add_filter_options(parser, leave_out=("--src", "--dst", "--decision"))
    parser.add_argument("--by", choices=("address", "port"), default="address", help="a line each (default address)")
    words = f"lines of each part with --format {TEXT} (default {_SHOWN})"
    parser.add_argument("--limit", type=whole(1, MOST_ROWS), metavar="N", default=_SHOWN, help=words)
    add_output_options(parser, {TEXT: "", **tables()})


def run_address(arguments: Namespace) -> int:
    """As text who it is and its four parts; as CSV or JSON one row a service."""
    store = open_store(arguments)
    inventory = kept_with(store).merged(read_inventory(arguments, *arguments.inventory))
    subnets = store.subnets if store.subnets.subnets else inventory.subnet_map
    with held(store):
        extent = store.extent()
        subject = _one(
            find_subject(arguments.subject, inventory, subnets.names, lambda asked: asked.ask(store)), arguments, store
        )
        part = at_port_typed(arguments.subject, flow_filter(arguments))
        told = about(subject, part, extent, lambda asked: asked.ask(store), unknown=store.unsupported)
        when = list(_over_time(told, store)) if arguments.format == TEXT else []
    known = known_of(subject, inventory, subnets)
    if arguments.format == TEXT:
        print_lines(*_lines(told, known, extent, when, arguments))
    else:
        print_frame(_table(told, arguments.by), arguments.format)
        if told.seen is None:
            print_notes(" ".join(unseen(told, known, extent, clock.zone())))
    if told.seen is None:
        print_notes(*unknown_names(store, part))
    if told.partial:
        print_notes(f"partial result: {told.partial}")
    return 0


def _one(found: Found, arguments: Namespace, store: FlowStore) -> Subject:
    """The subject. Raises BadFilter where the text is nobody's, or may be several's."""
    if found.subject:
        return found.subject
    quoted = f"'{in_short(arguments.subject)}'"
    if not found.candidates and (elsewhere := called_elsewhere(arguments.subject, store.values)):
        told = " or ".join(f"--{name} {in_short(value)}" for name, value in elsewhere[:_MOST_TOLD])
        raise BadFilter(f"No address is called {quoted}.", f"Ask for flows with {told}, as in {COMMAND} flows.")
    if not found.candidates:
        hint = "Write an address, a prefix, a subnet, or a name or part of it that the inventory or the log knows."
        raise BadFilter(f"Nothing is called {quoted}.", hint)
    told = ", ".join(in_short(candidate_words(each)) for each in found.candidates[:_MOST_TOLD])
    more = len(found.candidates) - _MOST_TOLD
    raise BadFilter(f"{quoted} may be several.", f"Ask for one of: {told}{f' and {more:,} more' if more > 0 else ''}.")


def _lines(told: About, known: Known, extent: Extent, when: list[str], arguments: Namespace) -> Iterator[str]:
    yield title(known, told)
    for what, value in facts(known, told, clock.zone()):
        yield f"  {what:<12}{value}"
    if changed := handed_over(told, clock.zone()):
        yield f"  {changed}"
    yield ""
    if told.seen is None:
        yield from unseen(told, known, extent, clock.zone())
        return
    yield told.subject.either_way(told.flow_filter).describe(clock.zone())
    yield new_words(told) + (f": {counted(len(told.news), 'service')}." if told.compared else ".")
    yield from when
    for part in PARTS:
        yield from _part_lines(told, part, arguments)


def _over_time(told: About, store: FlowStore) -> Iterator[str]:
    """How many flows there were when, a line of signs a decision; nothing where it was not seen."""
    if told.seen is None:
        return
    window = Window(told.seen.first, told.seen.last + timedelta(microseconds=1))
    interval = interval_for(window, store.unsupported)
    found = traffic.over_time(told.subject.either_way(told.flow_filter), interval).ask(store)
    whole, length = window.whole(interval), length_of(interval)
    starts = pd.date_range(whole.since, whole.until, freq=length, inclusive="left")
    counts = found.pivot_table("flows", interval, "decision", "sum").reindex(starts).fillna(0).astype("int64")
    signs = min(_SIGNS, max(room() - _BESIDE_SIGNS, _FEW_SIGNS)) if room() else _SIGNS
    for place, decision in enumerate(Decision):
        each, sums = together(counts.get(decision, pd.Series(0, starts)).tolist(), signs)
        if not place:
            yield ""
            start = moment_words(whole.since, clock.zone())
            yield f"Over time, either way, {duration(each * length, twice=())} a sign, from {start}"
        yield f"  {decision:<8}  {sparks(sums)}  {f'at most {max(sums):,}' if any(sums) else 'none'}"


def _part_lines(told: About, part: Part, arguments: Namespace) -> Iterator[str]:
    rows, in_all = told.of(part), told.in_all[part.key]
    yield ""
    if rows.empty:
        yield f"{part.nothing}."
        return
    flows = flows_by_decision(rows)[part.decision]
    cut = f", the {len(rows):,} busiest of {in_all:,}" if in_all > len(rows) else ""
    yield f"{part.title}: {counted(in_all, 'service')}, {counted(flows, 'flow')}{cut}{denied_as_well(told, part)}"
    shown = by_port(rows, part) if arguments.by == "port" else _seen_from(rows, part)
    across = max(room() - len(_INDENT), 0)
    fitting, left_out = within(shown.head(arguments.limit), across, _SPARE)
    yield from (f"{_INDENT}{line}" for line in aligned(fitting, across))
    if left_out:
        yield f"{_INDENT}Not shown: {', '.join(left_out)}: a wider terminal, or --format csv."
    if len(shown) > arguments.limit:
        yield f"{_INDENT}… and {len(shown) - arguments.limit:,} more: --limit, or --format csv."


def _seen_from(rows: pd.DataFrame, part: Part) -> pd.DataFrame:
    """The columns that a person reads: the other end, and its own where that is several's."""
    own, end = part.way.own, part.way.other_end
    name, label = f"{end}_name", end
    named = rows.rename(columns={part.way.peer: "address", name: "name", label: "subnet"})
    leading = [own] if rows[own].nunique() > 1 else []
    telling = [each for each in _COLUMNS if each in named and (each not in ("name", "new") or named[each].any())]
    return named[[*leading, "address", *telling]]


def _table(told: About, by: str) -> pd.DataFrame:
    """One frame of all parts."""
    if by == "address":
        return told.services.sort_values(["way", "decision", "flows"], ascending=[False, True, False], kind="stable")
    parts = [by_port(told.of(part), part).assign(way=str(part.way), decision=str(part.decision)) for part in PARTS]
    frame = pd.concat(parts, ignore_index=True)
    return frame[["way", "decision", *(name for name in frame.columns if name not in ("way", "decision"))]]
