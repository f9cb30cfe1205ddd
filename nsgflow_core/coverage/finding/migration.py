"""The NSG flow logs: what must be on before Azure ends them, what runs twice, and which flows they alone have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from nsgflow_core.coverage.arrived import spellings
from nsgflow_core.coverage.finding.seen import SetupSeen, names_in_words
from nsgflow_core.coverage.finding.settings import about_log
from nsgflow_core.coverage.gap import Gap
from nsgflow_core.coverage.parity import Parity
from nsgflow_core.coverage.setup import is_live, is_of_nsg
from nsgflow_core.inventory.things.flow_logs import FlowLog
from nsgflow_core.inventory.things.vnet import Vnet
from nsgflow_core.words import arm_id
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.vocabulary import LogKind

MIGRATION = (
    "nsg", "flow_log", "version", "vnets", "successor", "since", "until", "both", "only_nsg", "only_vnet", "next_step",
)  # fmt: skip
ENDED_HOURS = 24
"""An NSG flow log that no file tells, and of which nothing arrived for a day, was switched off."""


@dataclass(frozen=True)
class MigrationStep:
    """One NSG flow log on its way: what follows it, and what to do next."""

    log: FlowLog
    vnets: tuple[Vnet, ...]
    bare: tuple[Vnet, ...]
    """Its VNets without a VNet flow log."""
    successors: tuple[str, ...]
    parity: pd.Series | None
    is_told: bool = True
    """False where no file tells the flow log: its entries do."""

    @property
    def next_step(self) -> str:
        """What to do next, in words."""
        if self.bare or not self.successors:
            return "switch on a VNet flow log" + (
                f" on {names_in_words([vnet.name for vnet in self.bare])}" if self.bare else ""
            )
        if self.parity is None:
            return "import some days of both, and compare"
        if self.parity["only_nsg"]:
            return "look into the flows that it alone has"
        return "switch it off"


def migration_steps(seen: SetupSeen, parity: Parity) -> tuple[MigrationStep, ...]:
    """Each NSG flow log that is on, by the files or by what arrived until now."""
    setup = seen.setup
    logs = [log for log in setup.logs if is_of_nsg(log) and is_live(log)]
    told = {spelling for log in setup.logs if is_of_nsg(log) for spelling in spellings(log.target_id)}
    steps = [_step(seen, parity, log, is_told=True) for log in logs]
    nsg_rows = seen.arrived.of_kind(LogKind.NSG)
    for target, rows in nsg_rows[nsg_rows["target"] != ""].groupby("target"):
        end = seen.arrived.last
        if str(target) not in told and end and (end - rows["hour"].max()).total_seconds() < ENDED_HOURS * 3600:
            known = next(
                (each.nsg_id for each in setup.inventory.rule_sets if str(target) in spellings(each.nsg_id)), ""
            )
            log = FlowLog(f"of {arm_id.last(known or str(target))}", "", known or str(target))
            steps.append(_step(seen, parity, log, is_told=False))
    return tuple(steps)


def _step(seen: SetupSeen, parity: Parity, log: FlowLog, *, is_told: bool) -> MigrationStep:
    setup = seen.setup
    vnets = setup.vnets_of_nsg(log.target_id)
    bare = tuple(vnet for vnet in vnets if not _is_followed(seen, log, vnet))
    names = [each.name for vnet in vnets for each in [setup.live_on(vnet.vnet_id)] if each]
    if not names and vnets and not bare:
        names = ["arrived, in no file"] if not setup.logs else ["on its subnets"]
    row = next((found for each in spellings(log.target_id) if (found := parity.of(each)) is not None), None)
    if not names and row is not None:
        names, bare = ["arrived, in no file"], ()
    return MigrationStep(log, vnets, bare, tuple(dict.fromkeys(names)), row, is_told)


def _is_followed(seen: SetupSeen, log: FlowLog, vnet: Vnet) -> bool:
    """True when a VNet flow log covers all subnets of the VNet that the NSG guards, by the files or by what arrived."""
    setup, wanted = seen.setup, arm_id.key(log.target_id)
    if setup.live_on(vnet.vnet_id) or len(seen.arrived.of_target(vnet.vnet_id)):
        return True
    guarded = [
        place
        for place in setup.places_in.get(arm_id.key(vnet.vnet_id), ())
        if wanted in setup.nsgs_on.get(place.key, ())
        or any(wanted in setup.nsgs_on.get(arm_id.key(nic.nic_id), ()) for nic in setup.nics_in.get(place.key, ()))
    ]
    return bool(guarded) and all(setup.covering(place) or seen.logs_vnet(place) for place in guarded)


def find_migration(seen: SetupSeen, steps: tuple[MigrationStep, ...]) -> Iterator[Gap]:
    """The gaps of NSG flow logs that are on."""
    for step in steps:
        also = tuple(vnet.vnet_id for vnet in step.bare)
        if step.bare or not step.successors:
            vnets = f" ({names_in_words([seen.vnet(vnet) for vnet in step.bare])})" if step.bare else ""
            yield about_log(seen.setup, "nsg-log-alone", step.log, vnets, also=also)
            continue
        said = f"{names_in_words(step.successors)}{_measured(step.parity)}"
        yield about_log(seen.setup, "double-log", step.log, said)
        if step.parity is not None and step.parity["only_nsg"]:
            row = step.parity
            both = int(row["both"])
            said = f"{counted(int(row['only_nsg']), 'flow')} that the VNet flow log has not, beside {both:,} of both"
            yield about_log(seen.setup, "nsg-log-knows-more", step.log, said)


def _measured(parity: pd.Series | None) -> str:
    if parity is None:
        return " (nothing of both arrived for the same NIC, so they cannot be compared)"
    share = int(parity["both"]) / max(1, int(parity["both"]) + int(parity["only_nsg"]))
    more = f", {counted(int(parity['only_vnet']), 'flow')} more" if parity["only_vnet"] else ""
    return f", which has {share:.1%} of its flows{more}" if share < 1 else f", which has all its flows{more}"


def migration_frame(steps: tuple[MigrationStep, ...]) -> pd.DataFrame:
    """One row an NSG flow log, columns MIGRATION; counts are missing where nothing could be compared."""
    rows = []
    for step in steps:
        counts = [None if step.parity is None else step.parity[name] for name in MIGRATION[5:10]]
        names = ", ".join(vnet.name for vnet in step.vnets)
        version = step.log.version
        rows.append((arm_id.last(step.log.target_id), step.log.name, version, names, ", ".join(step.successors),
                     *counts, step.next_step))  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(MIGRATION))
    for name in ("since", "until"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    numbers = dict.fromkeys(("version", "both", "only_nsg", "only_vnet"), "Int64")
    texts = dict.fromkeys(("nsg", "flow_log", "vnets", "successor", "next_step"), "str")
    return frame.astype({**numbers, **texts})
