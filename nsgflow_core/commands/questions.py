"""required-ports, denied, flows, summarize: questions to a store, answered as CSV or JSON."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pandas as pd

from nsgflow_core import COMMAND
from nsgflow_core.analysis import denied, required_ports, traffic
from nsgflow_core.analysis.denied_stories import stories
from nsgflow_core.analysis.provenance import origin_of
from nsgflow_core.analysis.question import Composed, Question, asking
from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.measures import MEASURES
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.commands.given.numbers import MOST_ROWS, whole
from nsgflow_core.commands.given.stores import add_store_options, open_store, with_names
from nsgflow_core.commands.given.traffic import add_filter_options, flow_filter
from nsgflow_core.commands.telling import clock
from nsgflow_core.commands.telling.answers import print_answer, print_unmet
from nsgflow_core.commands.telling.written import add_output_options, print_in_parts
from nsgflow_core.errors import BadFilter
from nsgflow_core.exports import FILE_FORMATS
from nsgflow_core.stores.base import FlowStore, Query, held
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.services.registry import REGISTRY_DATE

MOST_SINGLE_ROWS = 2_000_000
"""Of a table that is made in memory before it is written: as many took 1.9 GB, 1.3 GB are those of half as many. What
is written as it comes (CSV, JSON) has no end: 10 M took 0.7 GB."""
MOST_GROUPS = 5_000_000
"""The same of groups: 8.2 M of nine dimensions took 3.4 GB."""


def add_question_options(parser: ArgumentParser) -> None:
    """What every question takes."""
    add_store_options(parser)
    add_filter_options(parser)
    add_answer_options(parser)


def add_answer_options(parser: ArgumentParser) -> None:
    """--names and --format."""
    parser.add_argument(
        "--names",
        action="store_true",
        help=f"with names of addresses, and of services by IANA's registry ({REGISTRY_DATE})",
    )
    add_output_options(parser)


def add_limit(parser: ArgumentParser, words: str) -> None:
    """--limit N, in these words."""
    parser.add_argument("--limit", type=whole(1, MOST_ROWS), metavar="N", help=words)


def add_required_ports(parser: ArgumentParser) -> None:
    """required-ports [--by subnet|address] [--limit N]."""
    add_question_options(parser)
    add_limit(parser, "only the N busiest rows")
    parser.add_argument("--by", choices=("subnet", "address"), default="subnet", help="what ends are (default subnet)")


def run_required_ports(arguments: Namespace) -> int:
    """One row per source, destination, protocol and port that was allowed and used."""
    answer(required_ports.services(flow_filter(arguments), arguments.by, arguments.limit), arguments)
    return 0


def add_denied(parser: ArgumentParser) -> None:
    """denied [--by rule|story] [--limit N]."""
    add_question_options(parser)
    add_limit(parser, "only the N busiest rows; of stories the first N, those inside before others")
    words = "a row a rule and port (default), or a row a source, rule and destination with sweeps as one"
    parser.add_argument("--by", choices=("rule", "story"), default="rule", help=words)


def run_denied(arguments: Namespace) -> int:
    """One row per NSG, rule, direction, protocol and port that was denied, or per story."""
    if arguments.by == "story":
        store = open_store(arguments)
        asked = flow_filter(arguments)
        with held(store):
            told = stories(asked, lambda question: question.ask(store))
        print_answer(told.table.head(arguments.limit), arguments, store, asked)
        return 0
    answer(denied.by_rule_and_port(flow_filter(arguments), arguments.limit), arguments)
    return 0


def add_flows(parser: ArgumentParser) -> None:
    """flows [--limit N]."""
    add_question_options(parser)
    add_limit(parser, "only the newest N rows")


def run_flows(arguments: Namespace) -> int:
    """Single rows as they were logged, newest first."""
    question = traffic.rows(RowsQuery(flow_filter(arguments), limit=arguments.limit))
    if FILE_FORMATS[arguments.format].in_parts and not _bounds_itself(arguments):
        store = open_store(arguments)
        asked = with_names(question, store, arguments)
        if not print_in_parts(traffic.rows_in_parts(store, asked), arguments.format):
            print_unmet(store, flow_filter(arguments))
        return 0
    _refuse_too_many(arguments)
    answer(question, arguments)
    return 0


def _bounds_itself(arguments: Namespace) -> bool:
    """True for a workspace and a cluster, which end a large answer themselves and say so."""
    return bool(arguments.workspace or arguments.cluster)


def _refuse_too_many(arguments: Namespace) -> None:
    """Raise BadFilter for more single rows than fit into memory at once, before they take it."""
    if _bounds_itself(arguments) or (arguments.limit or MOST_SINGLE_ROWS + 1) <= MOST_SINGLE_ROWS:
        return
    found = int(traffic.entries(flow_filter(arguments)).ask(open_store(arguments))["tuples"].sum())
    if min(found, arguments.limit or found) > MOST_SINGLE_ROWS:
        raise BadFilter(
            f"{counted(found, 'log entry')} meet this; more than {MOST_SINGLE_ROWS:,} are not written at once.",
            "Say --limit N, or a shorter window (--since, --until). CSV takes them all, and so does "
            f"'{COMMAND} export'.",
        )


def add_summarize(parser: ArgumentParser) -> None:
    """summarize --by DIM,DIM --measure M,M [--order M] [--limit N]."""
    add_question_options(parser)
    parser.add_argument("--by", default="", metavar="DIM,DIM", help=f"group by: {', '.join(DIMENSIONS)}")
    parser.add_argument("--measure", default="flows", metavar="M,M", help=f"compute: {', '.join(MEASURES)}")
    parser.add_argument("--order", metavar="NAME", help="sort by this column (measures from large to small)")
    add_limit(parser, "only the first N rows")


def run_summarize(arguments: Namespace) -> int:
    """Any dimensions and measures."""
    names = {key: _split(getattr(arguments, key)) for key in ("by", "measure")}
    if not names["measure"]:
        raise BadFilter("No measure is named.", f"Choose from: {', '.join(MEASURES)}.")
    query = FlowQuery(
        flow_filter(arguments),
        by=names["by"],
        measures=names["measure"],
        order=arguments.order,
        limit=arguments.limit,
    )
    store = answer(Question.of_flows("summarize", query), arguments)
    if not query.by:
        print_unmet(store, query.filter)  # a total is a row, also where no flow met the filter
    return 0


def answer(question: Question | Composed, arguments: Namespace) -> FlowStore:
    """Ask the store that the options name, and print; that store."""
    store = open_store(arguments)
    asked = with_names(question, store, arguments)
    title = question.name.replace("_", " ").replace(".", " ").capitalize()
    told = partial(origin_of, store, title, asked, datetime.now(UTC), clock.zone())
    found = asked.answered(asking(store) if _bounds_itself(arguments) else _bounded(asking(store)))
    print_answer(found, arguments, store, flow_filter(arguments), told)
    return store


def _bounded(answer: Callable[[Query], pd.DataFrame]) -> Callable[[Query], pd.DataFrame]:
    """Who answers the same, but refuses more groups than fit into memory at once. Raises BadFilter."""

    def bounded(query: Query) -> pd.DataFrame:
        if not isinstance(query, FlowQuery) or (query.limit or MOST_GROUPS + 1) <= MOST_GROUPS:
            return answer(query)
        found = answer(replace(query, limit=MOST_GROUPS + 1))
        if len(found) > MOST_GROUPS:
            raise BadFilter(
                f"The answer has more than {counted(MOST_GROUPS, 'row')}: so many are not written at once.",
                "Say --limit N, a shorter window (--since, --until), or fewer dimensions.",
            )
        return found

    return bounded


def _split(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
