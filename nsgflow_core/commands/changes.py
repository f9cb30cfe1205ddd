"""changes: what is new, gone, louder or quieter in a window, against an earlier one."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from functools import partial

from nsgflow_core.analysis.compared import ended, periods
from nsgflow_core.analysis.compared.changes import IN_ALL, SUBJECTS
from nsgflow_core.analysis.provenance import origin_of
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.commands.given.numbers import MOST_ROWS, whole
from nsgflow_core.commands.given.stores import add_store_options, open_store, with_names
from nsgflow_core.commands.given.traffic import add_where_options, flow_filter
from nsgflow_core.commands.questions import add_answer_options
from nsgflow_core.commands.telling import clock
from nsgflow_core.commands.telling.answers import print_answer
from nsgflow_core.commands.telling.output import print_notes
from nsgflow_core.errors import BadFilter
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.visible import in_short
from nsgflow_core.words.vocabulary import Decision


def add_changes(parser: ArgumentParser) -> None:
    """changes [--of WHAT] [--after SINCE/UNTIL] [--before just|week|all|SINCE/UNTIL]."""
    add_store_options(parser)
    add_where_options(parser)
    add_answer_options(parser)
    told = "; ".join(f"{name}: {row.title}" for name, row in SUBJECTS.items())
    parser.add_argument("--of", choices=tuple(SUBJECTS), default="services", help=f"default services ({told})")
    parser.add_argument("--after", metavar="SINCE/UNTIL", help="the later window (default: the newest day)")
    earlier = "; ".join(f"{name}: {words[0].lower()}{words[1:]}" for name, words in periods.EARLIER.items())
    parser.add_argument(
        "--before", default="just", metavar="WINDOW", help=f"the earlier one: SINCE/UNTIL, or a word ({earlier})"
    )
    parser.add_argument(
        "--by", choices=("address", "subnet"), default="address", help="what ends of services are (default address)"
    )
    parser.add_argument("--limit", type=whole(1, MOST_ROWS), metavar="N", help="only the first N of each change")


def run_changes(arguments: Namespace) -> int:
    """What changed, a row each; with --decision Denied, services that were denied. Both windows on standard error."""
    asked, store = flow_filter(arguments), open_store(arguments)
    of = _subject(arguments, asked)
    before, after = _windows(arguments, asked.without("decision"), store)
    question = SUBJECTS[of].asked(before, after, arguments.by, arguments.limit)
    made = with_names(question, store, arguments)
    found = made.ask(store)
    kept = found.drop(columns=IN_ALL)
    kept.attrs = dict(found.attrs)
    told = partial(origin_of, store, "Changes", made, datetime.now(UTC), clock.zone())
    print_answer(kept, arguments, store, asked, told)
    ends = ended.in_words(ended.ended(ended.last_entries(after).ask(store)), clock.zone()) if of == "logs" else []
    silent = [f"Silent while others went on: {each}." for each in ends]
    print_notes(f"{_in_words(after)} against {_in_words(before)}.", *silent)
    return 0


def _subject(arguments: Namespace, asked: FlowFilter) -> str:
    """What is compared; `--decision Denied` asks for denied services."""
    decisions = asked.values_of("decision")
    if len(decisions) > 1:
        raise BadFilter("Changes are of allowed or of denied flows.", "Give --decision once.")
    is_denied = decisions == (str(Decision.DENIED),)
    return "denials" if is_denied and arguments.of == "services" else str(arguments.of)


def _windows(arguments: Namespace, asked: FlowFilter, store: FlowStore) -> tuple[FlowFilter, FlowFilter]:
    """The earlier and the later window. A store that cannot say what it holds is asked only where it matters."""
    is_word = arguments.before in periods.EARLIER
    if arguments.after:
        after = _within(asked, arguments.after)
    else:
        after = periods.now(asked.within(None, None), store.extent())
    if not is_word:
        return _within(asked, arguments.before), after
    held = store.extent()
    return periods.before(periods.now(after, held), arguments.before, held), after


def _within(flow_filter: FlowFilter, window: str) -> FlowFilter:
    since, slash, until = window.partition("/")
    if not slash:
        raise BadFilter(
            f"'{in_short(window)}' is not a window.",
            f"Write it like 2026-11-01/2026-11-08, or for the earlier one: {', '.join(periods.EARLIER)}.",
        )
    return flow_filter.within(clock.moment(since), clock.moment(until))


def _in_words(part: FlowFilter) -> str:
    if part.since and part.until:
        return periods.in_words(part, clock.zone())
    return FlowFilter(part.since, part.until).describe(clock.zone())
