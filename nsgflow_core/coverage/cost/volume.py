"""How much a flow log writes in a month: measured by what arrived, or estimated from what others logged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from nsgflow_core.coverage.finding.seen import SetupSeen
from nsgflow_core.coverage.finding.silence import arrived_of
from nsgflow_core.coverage.setup import SubnetPlace, is_of_nsg
from nsgflow_core.inventory.things.flow_logs import FlowLog
from nsgflow_core.inventory.things.nics import Nic
from nsgflow_core.rules.proof.hours import HOUR
from nsgflow_core.words import arm_id
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.vocabulary import LogKind

HOURS_A_MONTH = 730
BYTES_AN_ENTRY = 330
"""Of a VNet flow log with its records around it, measured on the sample estate (320 to 420), where no ledger tells."""
GB = 10**9
_CONTAINERS = {LogKind.VNET: "flowlogflowevent", LogKind.NSG: "networksecuritygroup"}


@dataclass(frozen=True, slots=True)
class Volume:
    """What one flow log writes in a month, in entries and GB of JSON, and how that is known."""

    entries: int
    gb: float
    basis: str


@dataclass(frozen=True)
class Volumes:
    """Volumes of flow logs that are, and of those that could be."""

    seen: SetupSeen

    def of_log(self, log: FlowLog) -> Volume:
        """What a flow log that is there writes, extrapolated from the hours since its first entry of the window."""
        rows = arrived_of(self.seen, log) if not self.seen.arrived.is_empty else self.seen.arrived.logged
        if rows.empty or self.seen.arrived.last is None:
            return self._volume(0, LogKind.VNET, "nothing of it arrived")
        hours = int((self.seen.arrived.last - rows["hour"].min().to_pydatetime()) / HOUR) + 1
        kind = LogKind.NSG if is_of_nsg(log) else LogKind.VNET
        return self._volume(
            int(rows["tuples"].sum()) * HOURS_A_MONTH // hours, kind, f"measured over {counted(hours, 'hour')}"
        )

    def of_target(self, target_id: str) -> Volume:
        """What a flow log on a VNet, subnet or NIC would write.

        By what is logged of it already (an NSG flow log), else by what the other ends logged, else by the median NIC.
        """
        setup, key = self.seen.setup, arm_id.key(target_id)
        places = setup.places_in.get(key, ()) or tuple(filter(None, [setup.place_of.get(key)]))
        nics = [nic for place in places for nic in setup.nics_in.get(place.key, ())]
        nics = nics or [nic for nic in setup.nics if arm_id.key(nic.nic_id) == key]
        own = sum(self.seen.own.get(place.key, 0) for place in places)
        if own:
            return self._rate(own, "measured by what else logs it")
        met = sum(self.seen.entries_of_others(nic) for nic in nics) if not places else 0
        met = met or sum(self.seen.met.get(place.key, 0) for place in places)
        if met:
            return self._rate(met, "at least: by what other ends logged with it")
        return self._by_median(nics, places)

    def _by_median(self, nics: list[Nic], places: tuple[SubnetPlace, ...]) -> Volume:
        if self._median is None:
            return self._volume(0, LogKind.VNET, "unknown: nothing else is logged to compare with")
        if nics:
            return self._rate(int(self._median * len(nics)), f"{counted(len(nics), 'NIC')} like the median one logged")
        count = max(1, len(places))
        return self._rate(int(self._median * count), f"{counted(count, 'subnet')} of one median NIC each")

    @cached_property
    def _median(self) -> float | None:
        rows = self.seen.arrived.of_kind(LogKind.VNET)
        rows = rows if len(rows) else self.seen.arrived.logged
        return None if rows.empty else float(rows.groupby("mac")["tuples"].sum().median())

    def _rate(self, entries: int, basis: str) -> Volume:
        first, last = self.seen.arrived.first, self.seen.arrived.last
        hours = int((last - first) / HOUR) + 1 if first and last else 1
        return self._volume(entries * HOURS_A_MONTH // hours, LogKind.VNET, f"{basis}, over {counted(hours, 'hour')}")

    def _volume(self, entries: int, kind: LogKind, basis: str) -> Volume:
        return Volume(entries, entries * self.bytes_an_entry(kind) / GB, basis)

    def bytes_an_entry(self, kind: LogKind) -> float:
        """Bytes of JSON for an entry of that kind of log, by the ledger; BYTES_AN_ENTRY where it does not tell."""
        return self._measured.get(kind, BYTES_AN_ENTRY)

    @cached_property
    def _measured(self) -> dict[LogKind, float]:
        blobs = self.seen.arrived.blobs
        if blobs is None:
            return {}
        found = {}
        for kind, word in _CONTAINERS.items():
            rows = blobs[blobs["container"].fillna("").astype("str").str.casefold().str.contains(word, regex=False)]
            if rows["tuples"].sum() and rows["bytes_read"].sum():
                found[kind] = float(rows["bytes_read"].sum() / rows["tuples"].sum())
        return found
