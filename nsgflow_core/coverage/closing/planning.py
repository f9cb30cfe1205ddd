"""What would close the gaps: each flow log as it should be, once, whatever the number of gaps that it closes."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from nsgflow_core.coverage.closing.wanted import Verb, WantedLog, Wish
from nsgflow_core.coverage.finding.migration import MigrationStep
from nsgflow_core.coverage.finding.seen import SetupSeen
from nsgflow_core.coverage.gap import Gap
from nsgflow_core.coverage.kinds import GapClosing
from nsgflow_core.coverage.setup import Setup, is_live, region_key
from nsgflow_core.inventory.things.log_places import StorageAccount, Workspace
from nsgflow_core.words import arm_id

WATCHER_GROUP = "NetworkWatcherRG"
_LONGEST_NAME = 80
_NO_NAME = re.compile(r"[^A-Za-z0-9._]+")
"""What a flow log's name cannot have (Microsoft Learn, "Naming rules": letters, digits, periods, hyphens)."""
_VERBS = {GapClosing.DELETE: Verb.DELETE, GapClosing.RETIRE: Verb.OFF, GapClosing.CHANGE: Verb.CHANGE}


def wanted_logs(
    seen: SetupSeen, gaps: Iterable[Gap], steps: Iterable[MigrationStep], wish: Wish
) -> tuple[WantedLog, ...]:
    """The flow logs that close the gaps which lines can close; in the order of the gaps."""
    created: dict[str, list[Gap]] = defaultdict(list)
    changed: dict[str, list[Gap]] = defaultdict(list)
    for each in gaps:
        if each.kind.closing is GapClosing.CREATE:
            for target in each.also or (each.target_id,):
                if target and "/networksecuritygroups/" not in target.casefold():
                    created[arm_id.key(target)].append(each)
        elif each.kind.closing is not GapClosing.NONE and each.flow_log:
            changed[arm_id.key(each.flow_log.flow_log_id or each.flow_log.name)].append(each)
    ready = {id(step.log): step.parity is not None and not step.parity["only_nsg"] for step in steps}
    planner = _Planner(seen.setup, wish)
    made = [planner.create(key, held) for key, held in created.items()]
    return (*made, *(planner.change(held, ready) for held in changed.values()))


@dataclass
class _Planner:
    setup: Setup
    wish: Wish
    taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.taken |= {log.name.casefold() for log in self.setup.logs}

    def create(self, target: str, gaps: list[Gap]) -> WantedLog:
        """A new flow log on a VNet, subnet or NIC."""
        target_id = next(
            (each for gap in gaps for each in (*gap.also, gap.target_id) if arm_id.key(each) == target), target
        )
        subscription = arm_id.part(target_id, "subscriptions")
        region = self._region(target_id) or next((gap.region for gap in gaps if gap.region), "")
        workspace_id = self._workspace(region, subscription) if self.wish.interval_minutes else ""
        return WantedLog(
            Verb.CREATE, self._name(target_id), target_id, region, subscription, self._watcher(subscription, region)[0],
            self._watcher(subscription, region)[1], self._storage(region, subscription), self.wish.retention_days,
            self.wish.interval_minutes, workspace_id, self._known(workspace_id), None, _why(gaps),
            changes=_kinds(gaps),
        )  # fmt: skip

    def change(self, gaps: list[Gap], ready: dict[int, bool]) -> WantedLog:
        """A flow log that is there, as it should be."""
        log, kinds = gaps[0].flow_log, _kinds(gaps)
        assert log
        closings = {gap.kind.closing for gap in gaps}
        verb = next(verb for closing, verb in _VERBS.items() if closing in closings)
        region = self.setup.region_of(log)
        subscription = arm_id.part(log.flow_log_id, "subscriptions") or arm_id.part(log.target_id, "subscriptions")
        interval = log.interval_minutes or 60 if log.workspace_id else 0
        workspace_id = log.workspace_id
        if kinds & {"analytics-off", "workspace-missing"} and self.wish.interval_minutes:
            interval, workspace_id = self.wish.interval_minutes, self._workspace(region, subscription)
        if "analytics-hourly" in kinds and self.wish.interval_minutes:
            interval = self.wish.interval_minutes
        keeps_storage = not kinds & {"storage-elsewhere", "storage-gone", "storage-unfit"}
        days = log.retention_days if log.retention_days is not None else self.wish.retention_days
        watcher, group = self._watcher(subscription, region)
        return WantedLog(
            verb, log.name, log.target_id, region, subscription,
            arm_id.part(log.flow_log_id, "networkWatchers") or watcher,
            arm_id.part(log.flow_log_id, "resourceGroups") or group,
            log.storage_id if keeps_storage else self._storage(region, subscription),
            max(days, self.wish.retention_days) if "retention-short" in kinds else days,
            interval, workspace_id, self._known(workspace_id), log, _why(gaps),
            is_ready=verb is not Verb.OFF or ready.get(id(log), False), changes=kinds,
        )  # fmt: skip

    def _region(self, target_id: str) -> str:
        home = arm_id.key(target_id).partition("/subnets/")[0]
        return next((region_key(v.location) for v in self.setup.vnets if arm_id.key(v.vnet_id) == home), "")

    def _watcher(self, subscription: str, region: str) -> tuple[str, str]:
        """The network watcher of a region and its group: the one that other flow logs there use, or Azure's name."""
        for log in self.setup.logs:
            watcher = arm_id.part(log.flow_log_id, "networkWatchers")
            is_there = arm_id.part(log.flow_log_id, "subscriptions").casefold() == subscription.casefold()
            if watcher and is_there and self.setup.region_of(log) == region:
                return watcher, arm_id.part(log.flow_log_id, "resourceGroups")
        return f"NetworkWatcher_{region or 'REGION'}", WATCHER_GROUP

    def _storage(self, region: str, subscription: str) -> str:
        """The account to write to: as wished, the one most used in that region, or any that fits; "" for none."""
        if self.wish.storage_id:
            return self.wish.storage_id
        accounts = {arm_id.key(each.account_id): each for each in self.setup.inventory.of(StorageAccount)}
        fit = {key for key, account in accounts.items() if _fits(account, region)}
        live = [log for log in self.setup.logs if is_live(log) and self.setup.region_of(log) == region]
        used = [
            log.storage_id for log in live if log.storage_id and (not accounts or arm_id.key(log.storage_id) in fit)
        ]
        return _most_used(used, subscription) or _most_used([accounts[key].account_id for key in fit], subscription)

    def _workspace(self, region: str, subscription: str) -> str:
        """The workspace to fill: as wished, the one most used, in that region first; "" for none."""
        if self.wish.workspace_id:
            return self.wish.workspace_id
        held = self.setup.inventory.of(Workspace)
        keys = {arm_id.key(each.workspace_id) for each in held}
        live = [log for log in self.setup.logs if is_live(log) and log.workspace_id]
        live = [log for log in live if not keys or arm_id.key(log.workspace_id) in keys]
        near = [log.workspace_id for log in live if self.setup.region_of(log) == region]
        found = _most_used(near, subscription) or _most_used([log.workspace_id for log in live], subscription)
        return found or _most_used([each.workspace_id for each in held], subscription)

    def _known(self, workspace_id: str) -> Workspace | None:
        held = self.setup.inventory.of(Workspace)
        return next((each for each in held if arm_id.means(workspace_id, each.workspace_id, each.name)), None)

    def _name(self, target_id: str) -> str:
        """As the portal names it, {resource}-{group}-flowlog, of letters that a name may have; numbered where taken."""
        parent = arm_id.part(target_id, "virtualNetworks") if "/subnets/" in target_id.casefold() else ""
        words = (parent, arm_id.last(target_id), arm_id.part(target_id, "resourceGroups"))
        base = _NO_NAME.sub("-", "-".join(filter(None, words))).strip("-.")[: _LONGEST_NAME - len("-flowlog-99")]
        names = (f"{base}-flowlog{f'-{number}' if number > 1 else ''}" for number in range(1, len(self.taken) + 2))
        name = next(name for name in names if name.casefold() not in self.taken)
        self.taken.add(name.casefold())
        return name


def _fits(account: StorageAccount, region: str) -> bool:
    """True for an account that takes the flow logs of a region."""
    is_general = account.account_kind.casefold() in ("", "storagev2") and "premium" not in account.sku.casefold()
    return is_general and region_key(account.location) == region


def _most_used(ids: Iterable[str], subscription: str) -> str:
    """The id that most use, one of the same subscription first; "" for none."""
    counts = Counter(arm_id.key(each) for each in ids)
    spelled = {arm_id.key(each): each for each in ids}
    near = [key for key in counts if arm_id.part(key, "subscriptions") == subscription.casefold()]
    best = max(near or counts, key=lambda key: (counts[key], key), default="")
    return spelled.get(best, "")


def _why(gaps: list[Gap]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(gap.says for gap in gaps))


def _kinds(gaps: list[Gap]) -> frozenset[str]:
    return frozenset(gap.kind.key for gap in gaps)
