"""What flow logs cost a month: those that are there, and those that would close the gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from nsgflow_core.coverage.closing.wanted import Verb, WantedLog
from nsgflow_core.coverage.cost.prices import Prices
from nsgflow_core.coverage.cost.volume import Volume, Volumes
from nsgflow_core.coverage.setup import is_live
from nsgflow_core.inventory.things.flow_logs import FlowLog
from nsgflow_core.words import arm_id

DAYS_A_MONTH = 365 / 12
_DIGITS = 4
FOR_EVER_MONTHS = 12
"""What is kept for ever grows each month: it is told as it is after a year."""
COLUMNS = (
    *("flow_log", "what", "subscription", "entries", "gb"),
    *("collection", "storage", "analytics", "workspace", "total", "basis"),
)
NOW, ADDS, SAVES = "now", "would add", "would save"
PARTS = ("collection", "storage", "analytics", "workspace")
_Row = tuple[str, str, str, int, float, float, float, float, float, float, str]


@dataclass(frozen=True, slots=True)
class Cost:
    """One flow log's cost a month, before what is free in its subscription."""

    volume: Volume
    collection: float
    storage: float
    analytics: float
    workspace: float

    @property
    def total(self) -> float:
        """All parts."""
        return self.collection + self.storage + self.analytics + self.workspace

    def less(self, other: Cost, volume: Volume) -> Cost:
        """What this costs more than another."""
        parts = ((getattr(self, name) - getattr(other, name)) for name in PARTS)
        return Cost(volume, *parts)


def cost_of(volume: Volume, retention_days: int | None, interval_minutes: int, prices: Prices) -> Cost:
    """The cost of a flow log that writes so much, once its storage is filled for its retention (None: for ever)."""
    months = retention_days / DAYS_A_MONTH if retention_days else FOR_EVER_MONTHS
    fast = "analytics_10_gb" if 0 < interval_minutes <= 10 else "analytics_60_gb"
    analysed = volume.gb if interval_minutes else 0.0
    return Cost(
        volume,
        volume.gb * prices["collection_gb"],
        volume.gb * months * prices["storage_gb_month"],
        analysed * prices[fast],
        analysed * prices["workspace_share"] * prices["workspace_gb"],
    )


def costs_frame(volumes: Volumes, wanted: Iterable[WantedLog], prices: Prices) -> pd.DataFrame:
    """One row a flow log, columns COLUMNS: those that are on, and what each wanted one would add or save.

    The last rows are what Azure gives free in each subscription; amounts are in the currency of the prices.
    """
    live = [log for log in volumes.seen.setup.logs if is_live(log)]
    rows = [_row(log.name, NOW, log.flow_log_id or log.target_id, as_it_is(volumes, log, prices)) for log in live]
    rows += [_wanted_row(volumes, log, prices) for log in wanted if log.verb is not Verb.DELETE]
    rows += list(_free(rows, prices))
    amounts = dict.fromkeys(("gb", *PARTS, "total"), "float64")
    texts = dict.fromkeys(("flow_log", "what", "subscription", "basis"), "str")
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"entries": "int64", **amounts, **texts})
    frame[[*amounts]] = frame[[*amounts]].round(_DIGITS) + 0.0  # what is saved of nothing is 0, not -0
    return frame


def as_it_is(volumes: Volumes, log: FlowLog, prices: Prices) -> Cost:
    """What a flow log costs now; nothing where it is off."""
    volume = volumes.of_log(log) if is_live(log) else Volume(0, 0.0, "off")
    interval = (log.interval_minutes or 60) if log.workspace_id else 0
    return cost_of(volume, log.retention_days, interval, prices)


def _wanted_row(volumes: Volumes, log: WantedLog, prices: Prices) -> _Row:
    """What a flow log as it is wanted adds to what it costs now."""
    if log.existing is None:
        cost = cost_of(volumes.of_target(log.target_id), log.retention_days, log.interval_minutes, prices)
        return _row(log.name, ADDS, log.target_id, cost)
    now = as_it_is(volumes, log.existing, prices)
    volume = volumes.of_log(log.existing)
    if not volume.entries and log.verb is not Verb.OFF:
        volume = volumes.of_target(log.target_id)
    after = cost_of(volume, log.retention_days, log.interval_minutes, prices)
    if log.verb is Verb.OFF:
        after = cost_of(Volume(0, 0.0, volume.basis), log.retention_days, 0, prices)
    change = Volume(after.volume.entries - now.volume.entries, after.volume.gb - now.volume.gb, volume.basis)
    return _row(log.name, SAVES if after.total < now.total else ADDS, log.log_id, after.less(now, change))


def _row(name: str, what: str, some_id: str, cost: Cost) -> _Row:
    subscription = arm_id.part(some_id, "subscriptions")
    parts = (cost.collection, cost.storage, cost.analytics, cost.workspace)
    return (name, what, subscription, cost.volume.entries, cost.volume.gb, *parts, cost.total, cost.volume.basis)


def _free(rows: list[_Row], prices: Prices) -> Iterator[_Row]:
    """What is free in each subscription of what it collects now, and more of it by what would be added."""
    free = prices["collection_free_gb"]
    for subscription in dict.fromkeys(row[2] for row in rows):
        now = sum(row[4] for row in rows if row[2] == subscription and row[1] == NOW)
        after = sum(row[4] for row in rows if row[2] == subscription)
        for what, gb in ((NOW, min(free, now)), (ADDS, min(free, max(0.0, after)) - min(free, now))):
            if gb > 0:
                amount = -gb * prices["collection_gb"]
                basis = f"{free:g} GB are free in a subscription each month"
                yield ("free of charge", what, subscription, 0, 0.0, amount, 0.0, 0.0, 0.0, amount, basis)


def cost_totals(costs: pd.DataFrame) -> tuple[float, float]:
    """(what all of it costs a month now, what the wanted logs add to that), in whole cents."""
    is_now = costs["what"] == NOW
    now, more = (round(float(costs.loc[rows, "total"].sum()), 2) + 0.0 for rows in (is_now, ~is_now))
    return now, more
