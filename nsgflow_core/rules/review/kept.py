"""Decisions as JSON: with the store, by scope and direction, and as a file that people hand on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from nsgflow_core.ask.text.times import format_time, parse_time
from nsgflow_core.errors import BadFilter, BadInventory, BadRuleSet, refuse_secrets
from nsgflow_core.inventory import kept
from nsgflow_core.inventory.kept import Settings
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.shapes.document import json_values
from nsgflow_core.inventory.shapes.given import decoded
from nsgflow_core.rules.draft.asking.answers import Answer, Choice, Signature
from nsgflow_core.rules.review.decisions import Approval, Decisions, RuleDecision, changed_words
from nsgflow_core.words.visible import in_short
from nsgflow_core.words.vocabulary import Direction

_APPROVAL = "verdict"
"""What files of decisions call the approval."""
_RULES, _ANSWERS = "decisions", "answers"
T = TypeVar("T")


def settings_key(scope: Scope, direction: Direction) -> str:
    """Where the decisions of a scope and direction are kept."""
    kind = "nsg" if scope.nsg else "subnet"
    return f"rule-decisions/{direction}/{kind}/{scope.name.casefold()}"


def load_decisions(store: Settings, scope: Scope, direction: Direction) -> Decisions:
    """The decisions kept for a scope and direction; none when nothing was decided. Raises BadRuleSet when damaged."""
    text = store.setting(settings_key(scope, direction))
    return read_decisions(text) if text else Decisions()


def save_decisions(store: Settings, scope: Scope, direction: Direction, decisions: Decisions) -> None:
    """Keep the decisions of a scope and direction, in place of those before.

    Raises BadRuleSet where one tells a secret, and then nothing is kept.
    """
    written = write_decisions(decisions)
    refuse_secrets("The review", written, BadRuleSet)
    about = f"{direction} of {scope.name}: {changed_words(_before(store, scope, direction), decisions)}"
    store.save_setting(settings_key(scope, direction), written, about)


def change_decisions(
    store: Settings,
    scope: Scope,
    direction: Direction,
    change: Callable[[Decisions], Decisions],
    tried: Callable[[Decisions], T],
) -> T:
    """Change what is kept by now, after trying it: what others decided since somebody last looked stays.

    Raises what `change` and `tried` raise, BadRuleSet where one tells a secret, and then nothing is kept; StoreBusy.
    """

    def make() -> tuple[Decisions, T]:
        made = change(_before(store, scope, direction))
        return made, tried(made)

    key = settings_key(scope, direction)
    return kept.change(store, key, make, lambda made: save_decisions(store, scope, direction, made[0]))[1]


def _before(store: Settings, scope: Scope, direction: Direction) -> Decisions:
    try:
        return load_decisions(store, scope, direction)
    except BadRuleSet:  # damaged: what is kept now takes its place
        return Decisions()


def write_decisions(decisions: Decisions) -> str:
    """The decisions as JSON that `read_decisions` reads back."""
    document = {
        _RULES: [_written_rule(made) for made in decisions.rules],
        _ANSWERS: [_written_answer(made) for made in decisions.answers],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _written_rule(made: RuleDecision) -> dict[str, Any]:
    return {
        "rule": made.rule,
        _APPROVAL: str(made.approval),
        "name": made.name,
        "note": made.note,
        **{side: list(getattr(made, side)) for side in ("sources", "destinations", "ports")},
        "owner": made.owner,
        "ticket": made.ticket,
        "expires": made.expires.isoformat() if made.expires else "",
        **_written_signature(made.signature),
    }


def _written_answer(made: Answer) -> dict[str, Any]:
    return {
        "question": made.question,
        "choice": str(made.choice),
        "about": made.about,
        "note": made.note,
        **_written_signature(made.signature),
    }


def _written_signature(signature: Signature) -> dict[str, str]:
    return {"by": signature.by, "at": format_time(signature.at)}


def read_decisions(content: str | bytes) -> Decisions:
    """Decisions from JSON, as it is kept or as a file, also of versions that knew rules alone, without authors.

    Raises BadRuleSet when it is none.
    """
    try:
        (document,) = json_values(decoded(content))
        if isinstance(document, list):
            document = {_RULES: document}
        rules = [_rule(item) for item in document.get(_RULES) or ()]
        answers = [_answer(item) for item in document.get(_ANSWERS) or ()]
        return Decisions().with_rules(*rules).with_answers(*answers)
    except (BadInventory, BadFilter, ValueError, TypeError, KeyError, AttributeError) as error:
        why = "it has not the form of one, or a word that none has"
        if isinstance(error, BadInventory | BadFilter):
            why = error.message.rstrip(".")
        raise BadRuleSet(
            f"The review of rules cannot be read: {why}.",
            "Decide again on the Rules page, or give the file as it was downloaded.",
        ) from None


def _rule(item: Mapping[str, Any]) -> RuleDecision:
    def words(key: str) -> tuple[str, ...]:
        return tuple(str(word) for word in item.get(key) or ())

    return RuleDecision(
        rule=str(item["rule"]),
        approval=Approval(item.get(_APPROVAL) or ""),
        name=_text(item, "name"),
        note=_text(item, "note"),
        sources=words("sources"),
        destinations=words("destinations"),
        ports=words("ports"),
        owner=_text(item, "owner"),
        ticket=_text(item, "ticket"),
        expires=read_day(_text(item, "expires")),
        signature=_signature(item),
    )


def _answer(item: Mapping[str, Any]) -> Answer:
    return Answer(
        question=str(item["question"]),
        choice=Choice(item["choice"]),
        note=_text(item, "note"),
        about=_text(item, "about"),
        signature=_signature(item),
    )


def _signature(item: Mapping[str, Any]) -> Signature:
    at: datetime | None = parse_time(_text(item, "at"))
    return Signature(_text(item, "by"), at)


def _text(item: Mapping[str, Any], key: str) -> str:
    return str(item.get(key) or "")


def read_day(text: str) -> date | None:
    """A day like 2027-03-31; None for an empty text. Raises BadFilter for what is no day."""
    moment = parse_time(text) if len(text.strip()) == len("2027-03-31") or not text.strip() else None
    if text.strip() and moment is None:
        raise BadFilter(f"'{in_short(text)}' is no day.", "Write it like 2027-03-31.")
    return moment.date() if moment else None


def read_last_day(text: str, today: date) -> date | None:
    """The last day on which a rule is wanted, as a person gives it now. Raises BadFilter for one that is over."""
    day = read_day(text)
    if day is not None and day < today:
        raise BadFilter(f"{day} is over.", "Give the last day on which the rule is wanted, or reject the rule.")
    return day
