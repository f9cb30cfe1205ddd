"""An answer of a store, and where it is empty why."""

from __future__ import annotations

from argparse import Namespace

import pandas as pd

from nsgflow_core.analysis.unmet.names import unknown_names
from nsgflow_core.analysis.unmet.window import outside_words
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.commands.telling import clock
from nsgflow_core.commands.telling.output import print_notes
from nsgflow_core.commands.telling.written import nothing_told, print_frame
from nsgflow_core.exports.base import AsksOrigin
from nsgflow_core.stores.base import FlowStore


def print_answer(
    frame: pd.DataFrame, arguments: Namespace, store: FlowStore, filtered: FlowFilter, told: AsksOrigin = nothing_told
) -> None:
    """The answer to a question about a part of a store's flows; where it is empty, also why."""
    print_frame(frame, arguments.format, told)
    if frame.empty:
        print_unmet(store, filtered)


def print_unmet(store: FlowStore, filtered: FlowFilter) -> None:
    """Which names of a filter nobody has, and where the logs end of which its window holds none."""
    outside = outside_words(store.extent, filtered, clock.zone())
    print_notes(*unknown_names(store, filtered), *filter(None, [outside]))
