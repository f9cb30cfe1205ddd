"""What every export format gets and gives: rules with their story, and one text file.

Exports write text; nothing here reaches Azure. Every name, note and address is escaped for the language it lands in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.rule import Rule, RuleSet
from nsgflow_core.rules.accepts.limits import TODAY, Limits
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.draft.seen.evidence import Evidence
from nsgflow_core.rules.export.steps import RuleStep, steps
from nsgflow_core.rules.review.decisions import RuleDecision
from nsgflow_core.rules.review.plan import Plan
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.visible import visible


@dataclass(frozen=True, slots=True)
class ExportTarget:
    """Where the rules are to go: the NSG's resource group and name, and its subscription where that is known."""

    resource_group: str = "my-resource-group"
    nsg_name: str = "my-nsg"
    subscription: str = ""


@dataclass(frozen=True)
class Sheet:
    """What an exporter writes.

    `rules`: to create or overwrite. `replaced`: by their names, what those of the same name were before. `removed`:
    rules to delete. `left`: rules that the plan removes and this part of it leaves. `evidence` is by rule name.
    `heading`: sentences for the top of the file. `subject`: what it is all from. `plan`: None where the NSG as it is is
    not known. `decided`: by rule names, what people decided on them. `limits`: how many rules the NSG takes.
    """

    target: ExportTarget
    rules: tuple[Rule, ...]
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    replaced: Mapping[str, Rule] = field(default_factory=dict)
    removed: tuple[Rule, ...] = ()
    left: tuple[Rule, ...] = ()
    heading: tuple[str, ...] = ()
    subject: Draft | RuleSet = field(kw_only=True)
    plan: Plan | None = None
    decided: Mapping[str, RuleDecision] = field(default_factory=dict)
    limits: Limits = TODAY

    @cached_property
    def steps(self) -> list[RuleStep]:
        """The order in which Azure takes the changes."""
        return steps([*self.replaced.values(), *self.removed], self.rules, self._room)

    @property
    def steps_back(self) -> list[RuleStep]:
        """The order in which Azure takes them back, wherever they broke off: where what is new and what was there have
        no room together, all that is new goes first."""
        new = len(self.rules) - len(self.replaced)
        has_room = self._room is None or self._room >= new
        return steps(self.rules, [*self.removed, *self.replaced.values()], None if has_room else -new)

    @property
    def _room(self) -> int | None:
        """How many more rules the NSG takes than it holds as it is; None where that is not known."""
        if self.plan is None:
            return None
        return self.limits.rules - len(self.plan.before) - len(self.plan.existing.left_out)

    @property
    def in_order(self) -> list[Rule]:
        """The rules to write in that order."""
        return [step.rule for step in self.steps if step.creates]

    @property
    def removed_first(self) -> list[Rule]:
        """What must be gone before the rules are written, as its priority or its place goes to one of them."""
        return [step.rule for step in self.steps if step.ahead]

    @property
    def removed_last(self) -> list[Rule]:
        """What goes after the rules are written."""
        return [step.rule for step in self.steps if not step.creates and not step.ahead]

    def story(self, rule: Rule) -> list[str]:
        """The evidence of a rule as lines for comments, each free of line breaks."""
        found = self.evidence.get(rule.name)
        if found is None:
            return []
        if not found.flows:
            return ["Evidence: not seen in the logs."]
        ends = f"{counted(found.sources, 'source')}, {counted(found.destinations, 'destination')}"
        lines = [f"Evidence: {found.sentence}; {ends}."]
        if found.confidence:
            lines.append(f"Confidence: {found.confidence}.")
        lines += [f"Review: {reason}." for reason in found.review]
        return [one_line(line) for line in lines]


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One way to write rules. A new one is a file with its `write` and a row in EXPORTS, and nothing elsewhere."""

    key: str
    label: str
    """The words on screen."""
    extension: str
    media_type: str
    language: str | None
    """What the page colours its preview as (a language of Prism.js); None for plain text."""
    writes_changes: bool
    """True where only the changes against an NSG make sense; False for a table or document of the whole."""
    write: Callable[[Sheet], str]


def one_line(text: str) -> str:
    """The text without line breaks and control characters, and with direction marks visible: safe in any comment."""
    return visible(" ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split()))


def one_or_several(terms: tuple[str, ...]) -> str | list[str]:
    """One term by itself (an address, a tag, `*`), or several prefixes: the singular and the plural field."""
    return terms[0] if len(terms) == 1 else list(terms)


def ports_text(ranges: tuple[object, ...]) -> str | list[str]:
    """One range by itself, or several."""
    return str(ranges[0]) if len(ranges) == 1 else [str(ports) for ports in ranges]


def identifier(name: str, taken: set[str]) -> str:
    """A name for a resource in Terraform or Bicep: letters, digits and `_`, a letter first, not yet taken."""
    word = re.sub(r"[^A-Za-z0-9_]", "_", name) or "rule"
    word = word if word[0].isalpha() else f"rule_{word}"
    candidate, number = word, 2
    while candidate.casefold() in taken:
        candidate, number = f"{word}_{number}", number + 1
    taken.add(candidate.casefold())
    return candidate


MAX_TEMPLATE_RESOURCES = 800
"""Resources in one ARM template (Microsoft Learn, "ARM template best practices", limits)."""


def check_template_size(sheet: Sheet) -> None:
    """Raises BadRuleSet when one ARM or Bicep file cannot hold the rules."""
    if len(sheet.rules) >= MAX_TEMPLATE_RESOURCES:
        raise BadRuleSet(
            f"{len(sheet.rules)} rules do not fit in one template, which takes {MAX_TEMPLATE_RESOURCES} resources.",
            "Export as Terraform or az, or turn the dial towards simple.",
        )
