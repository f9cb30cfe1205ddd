"""The truth about coverage: all gaps of an estate, the migration of its NSG flow logs, and what was compared."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.coverage.arrived import ask_arrived, nothing_arrived
from nsgflow_core.coverage.finding.hours import find_hours, find_unread
from nsgflow_core.coverage.finding.migration import MigrationStep, find_migration, migration_frame, migration_steps
from nsgflow_core.coverage.finding.seen import SetupSeen
from nsgflow_core.coverage.finding.settings import KEEP_DAYS, find_settings
from nsgflow_core.coverage.finding.silence import find_silence
from nsgflow_core.coverage.finding.uncovered import find_uncovered
from nsgflow_core.coverage.gap import Gap, gaps_frame
from nsgflow_core.coverage.kinds import Weight
from nsgflow_core.coverage.parity import MOST_WINDOWS, Parity, ask_parity
from nsgflow_core.coverage.setup import Setup
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.rules.proof.hours import estate_of
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.numbers import counted

NO_FLOW_LOGS = (
    "No file tells the flow logs, so their settings cannot be judged: add the output of "
    "'az network watcher flow-log list --location REGION' for each region."
)
NO_VNETS = "No file tells the VNets, so what should be logged is not known: add the output of 'az network vnet list'."
NO_NICS = "No file tells the NICs, so a silent one cannot be told from an empty address: add 'az network nic list'."
_IN_WORDS = {
    Weight.NOTHING: "nothing is logged",
    Weight.PARTLY: "a part is missing",
    Weight.KEEPING: "all is logged, but not kept or read as it should be",
}
NOTHING_ARRIVED = "Nothing arrived in this window, so the files alone were judged."


@dataclass(frozen=True)
class Truth:
    """`found`: all findings, the heaviest first. `steps`: the NSG flow logs. `seen`: what it was found in."""

    found: tuple[Gap, ...]
    steps: tuple[MigrationStep, ...]
    parity: Parity
    seen: SetupSeen

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """The findings that are gaps."""
        return tuple(each for each in self.found if each.kind.weight.is_gap)

    @cached_property
    def told(self) -> tuple[Gap, ...]:
        """The findings that are none, said so that nobody wonders."""
        return tuple(each for each in self.found if not each.kind.weight.is_gap)

    @property
    def is_told(self) -> bool:
        """True where files tell both what is to be logged and the flow logs that do it."""
        return bool(self.seen.setup.vnets and self.seen.setup.logs)

    @property
    def sentence(self) -> str:
        """The verdict."""
        setup = self.seen.setup
        if not self.gaps:
            if not (setup.vnets or setup.logs):
                return "Nothing can be said: no file tells what should be logged."
            told = [
                counted(len(each), word) for each, word in ((setup.vnets, "VNet"), (setup.logs, "flow log")) if each
            ]
            if not self.is_told:
                return f"No gap was found in {told[0]}, but not all could be judged."
            return f"No gap in {' and '.join(told)}."
        counts = Counter(each.kind.weight for each in self.gaps)
        if len(counts) == 1:
            return f"{counted(len(self.gaps), 'gap')} where {_IN_WORDS[self.gaps[0].kind.weight]}."
        parts = [f"{counts[weight]:,} where {said}" for weight, said in _IN_WORDS.items() if counts[weight]]
        return f"{counted(len(self.gaps), 'gap')}: {', '.join(parts)}."

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be compared, and why."""
        setup, arrived = self.seen.setup, self.seen.arrived
        said = [
            *([NO_VNETS] if not setup.vnets else []),
            *([NO_FLOW_LOGS] if not setup.logs else []),
            *([NO_NICS] if not setup.nics else []),
            *([NOTHING_ARRIVED] if arrived.is_empty else []),
        ]
        if self.parity.left_out:
            windows = counted(self.parity.left_out, "further window")
            said.append(
                f"Both kinds of flow logs were compared in the {MOST_WINDOWS} windows of most NICs, not in {windows}: "
                "each is a question here. A local store of these flows, with its tables, compares all at once."
            )
        return (*said, *([f"The store's answer is not whole: {arrived.partial}"] if arrived.partial else []))

    def frame(self, *, everything: bool = True) -> pd.DataFrame:
        """One row a finding (columns of gap.COLUMNS), with what is no gap where `everything` is wanted."""
        return gaps_frame(self.found if everything else self.gaps)

    def migration(self) -> pd.DataFrame:
        """One row an NSG flow log, columns of migration.MIGRATION."""
        return migration_frame(self.steps)


def find_truth(
    store: FlowStore | None, window: FlowFilter, inventory: Inventory, *, keep_days: int = KEEP_DAYS
) -> Truth:
    """All findings of an estate in the window of a filter, whose conditions do not count; None judges files alone.

    `keep_days` is how long flow logs are to be kept at least. Raises what the store raises.
    """
    seen = SetupSeen(Setup(inventory), ask_arrived(store, window) if store else nothing_arrived())
    silent = list(find_silence(seen))
    found, parity = [*find_uncovered(seen), *find_settings(seen, keep_days), *silent], Parity.none()
    if store:
        estate = estate_of(store, window, None, inventory, seen.arrived.hours)
        with ThreadPoolExecutor(1, "hours") as beside:  # as long as the store's engine compares, Python looks at hours
            missing = beside.submit(lambda: list(find_hours(seen, estate, silent)))
            parity = ask_parity(store, window, seen.arrived)
        found += [*missing.result(), *find_unread(store, window)]
    steps = migration_steps(seen, parity)
    found += find_migration(seen, steps)
    return Truth(tuple(sorted(found, key=lambda each: each.order)), steps, parity, seen)
