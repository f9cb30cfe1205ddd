"""rules questions, answer and decide: what a draft asks, and what people decide about it, signed and kept."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from nsgflow_core.commands.rules.decided import KEPT, DraftInHand, add_decisions, case, keep_decisions
from nsgflow_core.commands.rules.draft_options import add_draft_options
from nsgflow_core.commands.telling.output import print_notes
from nsgflow_core.commands.telling.written import add_output_options, print_frame
from nsgflow_core.errors import BadFilter, BadRuleSet
from nsgflow_core.inventory.rule import Rule
from nsgflow_core.roles import os_user
from nsgflow_core.rules.draft.asking.answers import Choice
from nsgflow_core.rules.review.applying import Decided, as_decided
from nsgflow_core.rules.review.decisions import Approval, Decisions, RuleDecision, answer_to, signed
from nsgflow_core.rules.review.kept import read_last_day
from nsgflow_core.rules.review.tables import decisions_frame, questions_frame
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.visible import in_short

_SHORTEST_ID = 4


def add_questions(parser: ArgumentParser) -> None:
    """rules questions --nsg NAME|--subnet NAME --direction D, and what `rules draft` takes."""
    add_draft_options(parser)
    add_decisions(parser, standard=KEPT)
    add_output_options(parser)


def run_questions(arguments: Namespace) -> int:
    """What the draft asks, what follows from either answer, and who answered."""
    decided = case(arguments).decided()
    print_frame(questions_frame(decided.draft.questions), arguments.format)
    print_notes(*_waiting(decided))
    return 0


def add_answer(parser: ArgumentParser) -> None:
    """rules answer ID... --allow|--leave-out|--ask-again [--note TEXT] [--by NAME], and what `rules draft` takes."""
    parser.add_argument("ids", metavar="ID", nargs="+", help="as 'rules questions' lists them; their start is enough")
    said = parser.add_mutually_exclusive_group(required=True)
    said.add_argument("--allow", dest="choice", action="store_const", const=Choice.ALLOW, help="let it in, or leave it")
    words = "leave it out, or close it"
    said.add_argument("--leave-out", dest="choice", action="store_const", const=Choice.LEAVE_OUT, help=words)
    said.add_argument("--ask-again", dest="choice", action="store_const", const=None, help="take the answer back")
    _add_signature(parser)
    add_draft_options(parser)
    add_decisions(parser, standard=KEPT)
    add_output_options(parser)


def run_answer(arguments: Namespace) -> int:
    """Answer questions of the draft; they are printed as they stand now."""
    about = case(arguments, may_be_new=True)
    before = about.decided()
    asked = {question.id: question for question in before.draft.questions}
    known = [*asked, *(() if arguments.choice else (answer.question for answer in before.unasked))]
    ids = {_id_of(known, word) for word in arguments.ids}
    chosen = [question for each, question in asked.items() if each in ids]

    def change(decisions: Decisions) -> Decisions:
        if arguments.choice is None:
            return decisions.without_answers(ids)
        made = [answer_to(question, arguments.choice, arguments.note or "") for question in chosen]
        return decisions.with_answers(*(signed(answer, _author(arguments)) for answer in made))

    now = keep_decisions(arguments, about, change)
    print_frame(questions_frame(q for q in now.draft.questions if q.id in ids), arguments.format)
    print_notes(*_waiting(now))
    return 0


def add_decide(parser: ArgumentParser) -> None:
    """rules decide NAME...|--all-open|--forget-all [--accept|--reject|--reopen] [...]; without a rule it lists all."""
    parser.add_argument("names", metavar="NAME", nargs="*", help="rules as the draft names them")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--all-open", action="store_true", help="every rule that nobody decided on")
    which.add_argument("--forget-all", action="store_true", help="forget the review and all answers of this scope")
    said = parser.add_mutually_exclusive_group()
    for flag, approval in (("--accept", Approval.ACCEPT), ("--reject", Approval.REJECT), ("--reopen", Approval.OPEN)):
        said.add_argument(flag, dest="approval", action="store_const", const=approval)
    group = parser.add_argument_group("about the rule ('' takes it back)")
    group.add_argument("--rename", metavar="NAME", help="up to 80 letters, digits, _ . -")
    group.add_argument("--owner", metavar="NAME", help="who answers for the rule")
    group.add_argument("--ticket", metavar="ID", help="the change that it came with")
    group.add_argument("--expires", metavar="DAY", help="the last day on which it is wanted, 2027-03-31")
    for side in _SIDES:
        group.add_argument(f"--{side}", metavar="LIST", help=f"{side} to add, or one tag; separated by commas")
    _add_signature(parser)
    add_draft_options(parser)
    add_decisions(parser, standard=KEPT)
    add_output_options(parser)


_SIDES = ("sources", "destinations", "ports")


def _decided_before(about: DraftInHand, arguments: Namespace) -> Decided:
    """The draft as decided until now; what does not fit any more can be decided again. Raises BadRuleSet."""
    try:
        return about.decided()
    except BadRuleSet:
        if not (arguments.names or arguments.forget_all):
            raise
        return as_decided(about.material, about.exactness, replace(about.decisions, rules=()))


def run_decide(arguments: Namespace) -> int:
    """Decide on rules of the draft, signed and kept; every rule is printed with what was decided."""
    about = case(arguments, may_be_new=True)
    before = _decided_before(about, arguments)
    chosen = _chosen(before, arguments)

    def change(decisions: Decisions) -> Decisions:
        if arguments.forget_all:
            return decisions.without(about.decisions)
        made = [_decision(decisions.on(rule.name), arguments) for rule in chosen]
        return decisions.with_rules(*(signed(each, _author(arguments)) for each in made))

    if arguments.forget_all or chosen:
        before = keep_decisions(arguments, about, change)
    print_frame(decisions_frame(before.drafted.to_decide, before.decisions), arguments.format)
    print_notes(*_waiting(before))
    return 0


def _add_signature(parser: ArgumentParser) -> None:
    parser.add_argument("--note", metavar="TEXT", help="why")
    parser.add_argument("--by", metavar="NAME", help="who decides (default: the user who runs this)")


def _author(arguments: Namespace) -> str:
    named: str = (arguments.by or "").strip()
    return named or os_user().person.name


def _id_of(known: Sequence[str], word: str) -> str:
    found = [each for each in known if each.startswith(word.lower())]
    if len(found) == 1 and len(word) >= _SHORTEST_ID:
        return found[0]
    how_many = "several questions" if len(found) > 1 or found else "no question"
    raise BadFilter(f"'{in_short(word)}' names {how_many} of this draft.", "'rules questions' lists their ids.")


def _chosen(decided: Decided, arguments: Namespace) -> list[Rule]:
    """The drafted rules that the options name; none where they only ask for the list."""
    rules = decided.drafted.to_decide
    if arguments.all_open:
        return [rule for rule in rules if decided.decisions.on(rule.name).approval is Approval.OPEN]
    by_name = {rule.name: rule for rule in rules}
    for name in arguments.names:
        if name not in by_name:
            raise BadFilter(f"The draft has no rule '{in_short(name)}'.", "'rules draft' lists them.")
    return [by_name[name] for name in arguments.names]


def _decision(before: RuleDecision, arguments: Namespace) -> RuleDecision:
    """The decision on a rule with what the options change of it."""
    texts = {"note": arguments.note, "name": arguments.rename, "owner": arguments.owner, "ticket": arguments.ticket}
    changes: dict[str, object] = {name: text.strip() for name, text in texts.items() if text is not None}
    if arguments.approval is not None:
        changes["approval"] = arguments.approval
    if arguments.expires is not None:
        changes["expires"] = read_last_day(arguments.expires, datetime.now(UTC).date())
    for side in _SIDES:
        if (given := getattr(arguments, side)) is not None:
            changes[side] = tuple(word.strip() for word in given.split(",") if word.strip())
    return replace(before, **changes)  # type: ignore[arg-type]


def _waiting(decided: Decided) -> list[str]:
    """What is still open, and what was decided about things that this draft does not have."""
    open_questions = len(decided.draft.decisions_to_make)
    sentences = [f"{counted(open_questions, 'question')} to answer."] if open_questions else []
    return sentences + [answer.waits for answer in decided.unasked]
