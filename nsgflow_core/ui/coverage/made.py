"""What the page works on, made once for a store, a window and an inventory: the findings, and what closes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd
import streamlit as st

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.coverage.closing.planning import wanted_logs
from nsgflow_core.coverage.closing.wanted import WantedLog, Wish
from nsgflow_core.coverage.cost.monthly import costs_frame
from nsgflow_core.coverage.cost.prices import Prices, known_prices
from nsgflow_core.coverage.cost.volume import Volumes
from nsgflow_core.coverage.truth import Truth, find_truth
from nsgflow_core.ui.frame import known, session
from nsgflow_core.ui.memory.answers import KeptAnswers

_FOUND = KeptAnswers(128 << 20)
"""Those of stores that all sessions may read."""
_PRICES = "_coverage_prices"
WINDOWS = {"all": 0, "30": 30, "7": 7}
"""Days before the newest entry that are looked at; 0 looks at all."""


@dataclass(frozen=True)
class CoverageDesk:
    """The findings, the flow logs that would close them, and what all that costs."""

    truth: Truth
    wanted: tuple[WantedLog, ...]
    costs: pd.DataFrame
    prices: Prices


def truth_of(window: str, keep_days: int) -> Truth:
    """The findings in the session's store and what is known of its network; logs kept for fewer days are gaps."""
    shown = session.active()
    inventory = known.inventory(known.settings_of(shown.store))
    held = session.extent()
    days, last = WINDOWS[window], held.recent_until or datetime.now(UTC)
    asked = FlowFilter(last - timedelta(days=days)) if days else FlowFilter()
    store = shown.store if held.tuples else None
    key = f"coverage/{asked.since}/{keep_days}/{known.fingerprint(inventory)}"

    def find() -> Truth:
        return find_truth(store, asked, inventory, keep_days=keep_days)

    return session.kept_once(_FOUND, shown.store.identity, key, find, "Comparing files and logs…")


def desk_of(truth: Truth, wish: Wish) -> CoverageDesk:
    """What closes the findings as wished, with its costs."""
    wanted = wanted_logs(truth.seen, truth.gaps, truth.steps, wish)
    return CoverageDesk(truth, wanted, costs_frame(Volumes(truth.seen), wanted, prices()), prices())


def prices() -> Prices:
    """The prices that this session gave, else ours."""
    held = st.session_state.get(_PRICES)
    return held if isinstance(held, Prices) else known_prices()


def keep_prices(given: Prices | None) -> None:
    """From now on, in this session, these prices; None for ours."""
    st.session_state[_PRICES] = given
