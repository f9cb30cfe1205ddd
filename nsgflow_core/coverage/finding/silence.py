"""Flow logs and NICs of which nothing arrived, or nothing any more: which of them are gaps, and which are only quiet.

A machine that is off logs nothing, and a blob exists only where there was traffic. So a silence is a gap where other
ends met the silent one, where a log that never paused for long has, or where nothing of a whole log ever came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

import pandas as pd

from nsgflow_core.coverage.finding.seen import SetupSeen, addresses_of, named_nic, names_in_words, others_saw
from nsgflow_core.coverage.finding.settings import about_log
from nsgflow_core.coverage.gap import Gap, gap
from nsgflow_core.coverage.setup import SubnetPlace, is_live, is_of_nsg
from nsgflow_core.inventory.things.flow_logs import FlowLog
from nsgflow_core.inventory.things.nics import Nic
from nsgflow_core.rules.proof.hours import HOUR
from nsgflow_core.words import arm_id
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.vocabulary import LogKind

STEADY_PAUSE = 6
"""Hours: a log that never paused longer is missed after three times its longest pause, and this at least."""
WEEKEND = 72
"""Hours: a log that pauses at night may pause from Friday evening to Monday morning, which is 62."""
A_DAY = 24
SEVERAL = 4
"""A few entries of other ends in one hour may lie at its edge, or be answered by whoever has the address since."""


def find_silence(seen: SetupSeen) -> Iterator[Gap]:
    """The gaps of what did not arrive; nothing where nothing at all arrived."""
    if seen.arrived.is_empty:
        return
    for log in seen.setup.logs:
        if is_live(log) and arm_id.key(log.target_id) in seen.setup.ids:
            yield from _of_log(seen, log)


def arrived_of(seen: SetupSeen, log: FlowLog) -> pd.DataFrame:
    """What arrived of a flow log, by its target; where the source names no targets, by its NICs and subnets."""
    arrived = seen.arrived
    named = arrived.of_target(log.target_id)
    if len(named) or arrived.targets:
        return named
    rows = arrived.of_kind(LogKind.NSG if is_of_nsg(log) else LogKind.VNET)
    rows = rows if len(rows) else arrived.logged
    macs = {nic.mac for nic, _ in seen.setup.nics_of(log) if nic.mac}
    macs |= {mac for place in seen.setup.covered_by(log) for mac in seen.macs_in.get(place.key, ())}
    return rows[rows["mac"].isin(macs)]


def _of_log(seen: SetupSeen, log: FlowLog) -> Iterator[Gap]:
    rows = arrived_of(seen, log)
    if rows.empty:
        yield _nothing(seen, log)
        return
    since = _silent_since(seen, log, rows)
    if since:
        yield since
    if not is_of_nsg(log):
        yield from _nics(seen, log)


def _nothing(seen: SetupSeen, log: FlowLog) -> Gap:
    """A flow log of which nothing arrived: quiet where nothing could."""
    nics, places = seen.setup.nics_of(log), seen.setup.covered_by(log)
    entries = sum(seen.entries_of_others(nic) for nic, _ in nics) or sum(seen.met.get(place.key, 0) for place in places)
    if seen.setup.is_followed(log):
        return about_log(seen.setup, "quiet", log, "nothing of it arrived, and a VNet flow log has taken its place")
    if seen.arrived.was_read(log):
        return about_log(seen.setup, "quiet", log, "its blobs are there, and hold no entry")
    if entries < SEVERAL:
        why = _why_quiet(seen, log, nics, places)
        if why:
            return about_log(seen.setup, "quiet", log, why)
    return about_log(seen.setup, "nothing-arrived", log, others_saw(entries), entries)


def _why_quiet(
    seen: SetupSeen, log: FlowLog, nics: tuple[tuple[Nic, SubnetPlace], ...], places: tuple[SubnetPlace, ...]
) -> str:
    """Why a flow log may well have nothing to log; "" where it should have."""
    setup = seen.setup
    if nics:
        off = [nic for nic, _ in nics if arm_id.key(nic.nic_id) in setup.off]
        return f"{_machines(len(off))} off" if len(off) == len(nics) else ""
    if not is_of_nsg(log) and not places and "/networkinterfaces/" not in log.target_id.casefold():
        held = setup.places_in.get(arm_id.key(log.target_id), ())
        return "all parts of its target have closer flow logs" if held else "its target has no subnet"
    if setup.tells("networkinterfaces", arm_id.part(log.target_id, "subscriptions")):
        return "no NIC of the files is there"
    return ""


def _machines(count: int) -> str:
    return "its machine is" if count == 1 else f"its {count:,} machines are"


def _silent_since(seen: SetupSeen, log: FlowLog, rows: pd.DataFrame) -> Gap | None:
    """A flow log that stopped while others went on."""
    end = seen.arrived.last
    logged = rows["hour"].drop_duplicates().sort_values()
    last: datetime = logged.iloc[-1].to_pydatetime()
    if end is None or end - last < STEADY_PAUSE * HOUR:
        return None
    pauses = logged.diff().dropna().dt.total_seconds() // HOUR.total_seconds() - 1
    longest = int(pauses.max()) if len(pauses) else 0
    silent = int((end - last) / HOUR)
    nics = seen.setup.nics_of(log)
    is_off = bool(nics) and all(arm_id.key(nic.nic_id) in seen.setup.off for nic, _ in nics)
    addresses = {address for nic, _ in nics for address in addresses_of(nic)} or _own_addresses(seen, rows)
    entries = _met_after(seen, addresses, last + HOUR)
    is_steady = longest <= 2 and len(logged) >= A_DAY
    is_missed = silent >= max(STEADY_PAUSE, 3 * longest) if is_steady else silent > max(WEEKEND, 2 * longest)
    said = f"{last + HOUR:%Y-%m-%d %H:%M} UTC ({counted(silent, 'hour')} of this window)"
    if seen.setup.is_followed(log):
        return about_log(seen.setup, "quiet-since", log, f"{said}; a VNet flow log has taken its place")
    if entries >= SEVERAL or (is_missed and not is_off):
        return about_log(seen.setup, "silent-since", log, said + others_saw(entries), entries)
    if silent >= A_DAY:
        return about_log(seen.setup, "quiet-since", log, said + ("; its machines are off" if is_off else ""))
    return None


def _own_addresses(seen: SetupSeen, rows: pd.DataFrame) -> set[str]:
    own = seen.arrived.hours.own
    return set(own.loc[own["nic"].isin(list(rows["mac"].unique())), "address"].unique())


def _met_after(seen: SetupSeen, addresses: set[str], since: datetime) -> int:
    """Entries of other ends, well inside their hour, that show that somebody was there after a moment."""
    met = seen.arrived.hours.met
    kept = met["is_answered"] & met["is_inside"] & (met["hour"] >= since) & met["address"].isin(addresses)
    return int(met.loc[kept, "tuples"].sum())


def _nics(seen: SetupSeen, log: FlowLog) -> Iterator[Gap]:
    """The NICs that a flow log covers and that logged nothing: those that others met, and how many are only quiet."""
    quiet: dict[str, list[Nic]] = defaultdict(list)
    region = seen.setup.region_of(log)
    for nic, place in seen.setup.nics_of(log):
        if seen.logged_by(nic):
            continue
        entries = seen.entries_of_others(nic)
        if entries >= SEVERAL and arm_id.key(nic.nic_id) not in seen.setup.off:
            said = f"{counted(entries, 'entry')} of others show that it is there"
            yield gap(
                "nic-silent", named_nic(nic), said, target_id=nic.nic_id, region=region, flow_log=log, entries=entries
            )
        else:
            quiet[place.key].append(nic)
    for key, nics in quiet.items():
        place = seen.setup.place_of[key]
        off = sum(arm_id.key(nic.nic_id) in seen.setup.off for nic in nics)
        why = f"{off:,} of these machines are off" if off else "nobody met them, so their machines may be off"
        names = f"{counted(len(nics), 'NIC')} of {seen.name(place)}: {names_in_words([nic.name for nic in nics])}"
        yield gap("quiet", names, why, region=region, flow_log=log)


def silent_after(seen: SetupSeen, gaps: list[Gap]) -> dict[str, datetime]:
    """MAC of what logged -> when the flow log that it wrote fell silent, for those of `silent-since`."""
    found: dict[str, datetime] = {}
    for each in gaps:
        if each.kind.key == "silent-since" and each.flow_log:
            rows = arrived_of(seen, each.flow_log)
            found |= dict.fromkeys(rows["mac"].unique(), rows["hour"].max().to_pydatetime() + timedelta(hours=1))
    return found
