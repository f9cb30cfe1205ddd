"""What a dossier is about, gathered before its chapters are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property

import pandas as pd

from nsgflow_core import COMMAND
from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.text.times import zone_words
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.export import ExportTarget
from nsgflow_core.rules.export.shells import any_shell
from nsgflow_core.rules.review.applying import Decided
from nsgflow_core.rules.review.plan import Plan, plan_draft
from nsgflow_core.stores.base import FlowStore


@dataclass(frozen=True)
class Case:
    """A decided draft, the traffic it was replayed on, and how it all came to be.

    `space` is what names in rules stand for, `known` what the network is. `outcomes` is the replay of the decided rules
    on the window (see `replay_scope`). `command` makes the dossier again; `made_at` is UTC; times are
    written in `zone`.
    """

    store: FlowStore
    flow_filter: FlowFilter
    decided: Decided
    space: AddressSpace
    known: Inventory
    outcomes: pd.DataFrame
    target: ExportTarget
    command: str
    made_at: datetime
    zone: tzinfo = UTC

    @property
    def draft(self) -> Draft:
        """The draft as decided."""
        return self.decided.draft

    @property
    def existing(self) -> RuleSet | None:
        """The NSG as it is, where it is known."""
        return self.draft.material.existing

    @cached_property
    def plan(self) -> Plan | None:
        """What the draft changes in the NSG as it is, where that is known."""
        return None if self.existing is None else plan_draft(self.existing, self.draft, self.space)


def command_for(
    made: Draft, asked: float, flow_filter: FlowFilter, files: Sequence[str] = (), zone: tzinfo = UTC
) -> str:
    """The command that makes the dossier of a draft again; `files` are further options that name files or stores."""
    options = made.material.options
    scope = ("--nsg", made.scope.nsg) if made.scope.nsg else ("--subnet", made.scope.subnet)
    words = [*COMMAND.split(), "rules", "dossier", *scope]
    words += ["--direction", str(made.direction), "--exactness", f"{asked:g}"]
    words += [
        *_filter_words(flow_filter),
        *_option_words(options),
        *files,
        *_zone_words(zone),
        "--review",
        "kept",
        "-o",
        "dossier.html",
    ]
    return any_shell(words)


def _zone_words(zone: tzinfo) -> list[str]:
    return [] if zone is UTC else [f"--time-zone={zone_words(zone)}"]


def _filter_words(flow_filter: FlowFilter) -> list[str]:
    words: list[str] = []
    for key, text in flow_filter.to_params().items():
        column = DIMENSIONS.get(key)
        if key in ("since", "until"):
            words += [f"--{key}", text]
        elif key == "either_way":
            words.append("--either-way")
        elif column is not None and column.option is not None:
            words += [column.option.flag, text]
        else:
            words += ["--where", f"{key}={text}"]
    return words


def _option_words(options: DraftOptions) -> list[str]:
    standard, words = DraftOptions(), list[str]()
    if options.internet != standard.internet:
        words += ["--internet", options.internet]
    if options.service_tags != standard.service_tags:
        words += ["--service-tags-as", options.service_tags]
    if options.subnet_threshold != standard.subnet_threshold:
        words += ["--subnet-threshold", str(options.subnet_threshold)]
    for flag, is_on in (
        ("--close-internet", options.close_internet),
        ("--allow-icmp", options.allow_icmp),
        ("--keep-ephemeral", options.keep_ephemeral),
    ):
        if is_on:
            words.append(flag)
    return words
