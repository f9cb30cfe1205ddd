"""rules held-out and proof: what speaks for a draft before anybody applies it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from nsgflow_core.commands.given.stores import open_store
from nsgflow_core.commands.rules.decided import DraftInHand, add_decisions, asked_of, case, options_of
from nsgflow_core.commands.rules.draft_options import (
    add_draft_options,
    day_or_last,
)
from nsgflow_core.commands.rules.rule_files import network
from nsgflow_core.commands.telling.output import print_notes
from nsgflow_core.commands.telling.written import add_output_options, print_frame
from nsgflow_core.rules.draft.draft import Draft, draft
from nsgflow_core.rules.proof.completeness import completeness
from nsgflow_core.rules.proof.days import Calendar
from nsgflow_core.rules.proof.held_out import HeldOutProof, prove
from nsgflow_core.rules.proof.learning import learn
from nsgflow_core.rules.replay.held_out import hold_out
from nsgflow_core.rules.replay.of_scope import replay_scope

EACH = "each"


def add_held_out(parser: ArgumentParser) -> None:
    """rules held-out --nsg NAME|--subnet NAME --direction D [--day DAY], and what `rules draft` takes."""
    add_draft_options(parser)
    words = (
        "the day to hold out: last, 2026-11-24, or each in turn, of which only what changes is shown (default: last)"
    )
    parser.add_argument("--day", metavar="DAY", default="last", help=words)
    add_output_options(parser)


def run_held_out(arguments: Namespace) -> int:
    """Draft from the days before a day (or from all other days), and replay that day."""
    if arguments.day.strip().lower() == EACH:
        proof = _proved(case(arguments))[1]
        print_frame(proof.outcomes(), arguments.format)
        print_notes(*(each.sentence for each in proof.days), proof.sentence, *proof.notes)
        return 0
    store = open_store(arguments)
    scope, direction, asked, existing = asked_of(arguments, store)
    held = hold_out(asked, store.extent(), day_or_last(arguments.day))
    known = network(arguments, store)
    options, space = options_of(arguments, scope, existing, known), known.space(existing)
    made = draft(
        store, held.earlier(asked), scope, direction,
        exactness=arguments.exactness, options=options, existing=existing, space=space,
    )  # fmt: skip
    outcomes = replay_scope(store, made.rule_set, held.later(asked), scope, direction, known, existing)
    print_frame(outcomes, arguments.format)
    print_notes(held.sentence(outcomes), *(made.warnings if not made.own_rules else ()))
    return 0


def add_proof(parser: ArgumentParser) -> None:
    """rules proof --nsg NAME|--subnet NAME --direction D, and what `rules draft` takes."""
    add_draft_options(parser)
    add_decisions(parser)
    add_output_options(parser)


def run_proof(arguments: Namespace) -> int:
    """Each day left out in turn, what each day taught, and which kinds of day the window lacks."""
    about = case(arguments)
    made, proof = _proved(about)
    logs = completeness(about.store, about.flow_filter, about.network.known, made.scope, made.direction)
    learned = learn(made)
    days = proof.frame()
    shown = days.merge(learned.frame().drop(columns=["pairs", "services", "rules"]), on="day", how="left")
    shown.attrs = days.attrs
    print_frame(shown, arguments.format)
    print_notes(proof.sentence, *proof.notes, learned.sentence, Calendar(proof.window).sentence, logs.sentence)
    return 0


def _proved(about: DraftInHand) -> tuple[Draft, HeldOutProof]:
    """The draft of the whole window, and its days left out in turn."""
    made = about.decided().drafted
    return made, prove(about.store, about.flow_filter, made)
