"""What the flow logs' own settings leave out, and where they go: filters, retention, storage, Traffic Analytics.

Sources: Microsoft Learn, "Virtual network flow logs" (filtering: `enabledFilteringCriteria`, `recordTypes` of B, C, E
and D), "NSG flow logs overview" (storage: same region, standard, general purpose v2; retention 0 keeps for ever).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nsgflow_core.coverage.finding.seen import SetupSeen, names_in_words
from nsgflow_core.coverage.gap import Gap, gap
from nsgflow_core.coverage.setup import Setup, has_failed, is_live, is_of_nsg, kind_in, region_key
from nsgflow_core.inventory.things.flow_logs import FlowLog
from nsgflow_core.inventory.things.log_places import StorageAccount, Workspace
from nsgflow_core.words import arm_id
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.visible import in_short

Found = Callable[..., Gap]
KEEP_DAYS = 30
"""A month: a draft of rules needs its end, with its closing jobs."""
FAST_MINUTES = 10
_RECORDS = {"B": "beginnings", "C": "continuations", "E": "ends", "D": "denials"}
_VERSION_1 = 1


def find_settings(seen: SetupSeen, keep_days: int = KEEP_DAYS) -> Iterator[Gap]:
    """The gaps of each flow log's settings; `keep_days` is how long it is to be kept at least."""
    for log in seen.setup.logs:
        where = _target_gap(seen.setup, log)
        if where:
            yield where
        if where is None or not where.kind.weight.is_gap:
            yield from _of_settings(seen.setup, log, keep_days) if is_live(log) else _off(seen.setup, log)


def named_log(log: FlowLog) -> str:
    """Like "NSG flow log nsg-web-flowlog"."""
    return f"{'NSG flow log' if is_of_nsg(log) else 'flow log'} {log.name}"


def about_log(
    setup: Setup, key: str, log: FlowLog, detail: str = "", entries: int = 0, also: tuple[str, ...] = ()
) -> Gap:
    """A gap of that kind about a flow log."""
    region = setup.region_of(log)
    return gap(
        key, named_log(log), detail, target_id=log.target_id, region=region, flow_log=log, entries=entries, also=also
    )


def _target_gap(setup: Setup, log: FlowLog) -> Gap | None:
    """A target that is gone, or of which no file tells; None where it is there."""
    if not log.target_id or arm_id.key(log.target_id) in setup.ids:
        return None
    subscription, target = arm_id.part(log.target_id, "subscriptions"), _named_target(log)
    if setup.tells(kind_in(log.target_id), subscription):
        return about_log(setup, "target-gone", log, target)
    of = f"{target} of subscription {subscription}" if subscription else target
    return about_log(setup, "target-not-in-files", log, of)


def _named_target(log: FlowLog) -> str:
    """Like "subnet vnet-shop/snet-web" or "NSG nsg-web"."""
    name, parent = arm_id.last(log.target_id), arm_id.part(log.target_id, "virtualNetworks")
    if "/subnets/" in log.target_id.casefold():
        return f"subnet {parent}/{name}"
    words = {"networksecuritygroups": "NSG", "networkinterfaces": "NIC", "virtualnetworks": "VNet"}
    return f"{words.get(kind_in(log.target_id), 'target')} {name}"


def _off(setup: Setup, log: FlowLog) -> Iterator[Gap]:
    """A flow log that is off or failed: a gap, or told where another one logs all that it would."""
    state = "it was not set up" if has_failed(log) else "it is off"
    if is_of_nsg(log):
        if setup.is_followed(log):
            yield about_log(setup, "quiet", log, f"{state}, and a VNet flow log has taken its place")
        return  # it cannot be what closes the gap: the VNet's own gap names it
    cover = setup.live_on(log.target_id) or _wider(setup, log)
    parts = setup.places_in.get(arm_id.key(log.target_id), ())
    bare = [place for place in parts if not setup.covering(place)]
    if cover or (parts and not bare):
        by = f"{named_log(cover)} covers its target" if cover else "flow logs of its subnets cover its target"
        yield about_log(setup, "quiet", log, f"{state}, and {by}")
        return
    about = f" ({_named_target(log)})"
    if parts and len(bare) < len(parts):
        about = (
            f" (VNet {arm_id.last(log.target_id)}); nothing else logs {names_in_words([each.label for each in bare])}"
        )
    key, detail = ("log-failed", log.state + about) if has_failed(log) else ("log-off", about)
    yield about_log(setup, key, log, detail)


def _wider(setup: Setup, log: FlowLog) -> FlowLog | None:
    """The flow log, that is on, of what the target of a subnet's or NIC's flow log lies in."""
    key = arm_id.key(log.target_id)
    home = next((nic for nic in setup.nics if arm_id.key(nic.nic_id) == key), None)
    keys = [arm_id.key(each.subnet_id) for each in home.addresses] if home else [key]
    covers = (setup.covering(setup.place_of[each]) for each in keys if each in setup.place_of)
    return next((each for each in covers if each), None)


def _of_settings(setup: Setup, log: FlowLog, keep_days: int) -> Iterator[Gap]:
    """What a flow log that is on leaves out or keeps too short. An NSG flow log that is followed by one is left out."""

    def found(key: str, detail: str = "") -> Gap:
        return about_log(setup, key, log, detail)

    if is_of_nsg(log):
        if setup.is_followed(log):
            return
        if log.version == _VERSION_1:
            yield found("version-1", f" ({_named_target(log)})")
    if log.filters:
        yield found("log-filtered", in_short(log.filters))
    if log.record_types:
        kept = set(log.record_types.upper().replace(" ", "").split(","))
        if left_out := [words for code, words in _RECORDS.items() if code not in kept]:
            yield found("record-types", f"{' and '.join(left_out)} of flows")
    yield from _kept(log, keep_days, found)
    yield from _storage(setup, log, setup.region_of(log), found)
    yield from _analytics(setup, log, found)


def _kept(log: FlowLog, keep_days: int, found: Found) -> Iterator[Gap]:
    if log.retention_days == 0:
        yield found("kept-for-ever")
    elif log.retention_days is not None and log.retention_days < keep_days:
        yield found("retention-short", f"{counted(log.retention_days, 'day')}, wanted are {keep_days:,}")


def _storage(setup: Setup, log: FlowLog, region: str, found: Found) -> Iterator[Gap]:
    """Whether its storage account is there, in its region, and of a kind that takes flow logs."""
    accounts = setup.inventory.of(StorageAccount)
    if not (accounts and log.storage_id):
        return
    account = next((each for each in accounts if arm_id.means(log.storage_id, each.account_id, each.name)), None)
    subscription, name = arm_id.part(log.storage_id, "subscriptions"), arm_id.last(log.storage_id)
    if account is None:
        told = {arm_id.part(each.account_id, "subscriptions").casefold() for each in accounts}
        if subscription.casefold() in told:
            yield found("storage-gone", f"the account {name}, which is not among those of its subscription")
        else:
            yield found("storage-not-in-files", f"the account {name} of subscription {subscription}")
        return
    if account.location and region and region_key(account.location) != region:
        where = region_key(account.location)
        yield found("storage-elsewhere", f"the account {account.name} in {where}, and is itself of {region}")
    if account.account_kind and account.account_kind.casefold() != "storagev2":
        yield found("storage-unfit", f"the account {account.name} of kind {account.account_kind}")
    elif account.sku.casefold().startswith("premium"):
        yield found("storage-unfit", f"the account {account.name} of {account.sku}")


def _analytics(setup: Setup, log: FlowLog, found: Found) -> Iterator[Gap]:
    """Whether Traffic Analytics reads it, where to and how often."""
    if log.is_analysed and not log.workspace_id:
        yield found("workspace-missing", "and no workspace is named")
        return
    if not log.workspace_id:
        yield found("analytics-off")
        return
    workspaces = setup.inventory.of(Workspace)
    subscription = arm_id.part(log.workspace_id, "subscriptions").casefold()
    told = {arm_id.part(each.workspace_id, "subscriptions").casefold() for each in workspaces}
    is_there = any(arm_id.means(log.workspace_id, each.workspace_id, each.name) for each in workspaces)
    if subscription in told and not is_there:
        yield found("workspace-missing", f"and the workspace {arm_id.last(log.workspace_id)} is not there")
    elif log.interval_minutes and log.interval_minutes > FAST_MINUTES:
        yield found("analytics-hourly", f"{log.interval_minutes}")
