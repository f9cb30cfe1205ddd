"""The kinds of gaps: one row each, with what it hides, how it is found and what closes it.

Sources of the facts: Microsoft Learn, "Virtual network flow logs", "NSG flow logs overview", "Migrate from NSG flow
logs to virtual network flow logs" (2026-02-25), "Traffic analytics" (2025-08); REST reference "Flow Logs".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """How much a finding hides, the most first. What is TOLD is no gap: it is said so that nobody wonders."""

    NOTHING = "Nothing is logged"
    PARTLY = "Partly logged"
    KEEPING = "Logged, not well kept"
    TOLD = "No gap"

    @property
    def is_gap(self) -> bool:
        """False for what is only told."""
        return self is not Weight.TOLD


class GapClosing(StrEnum):
    """What closes a gap; lines are written for all but NONE."""

    CREATE = "switch on a VNet flow log"
    CHANGE = "change the flow log"
    RETIRE = "switch off the NSG flow log"
    DELETE = "delete the flow log"
    NONE = ""


@dataclass(frozen=True, slots=True)
class GapKind:
    """One kind of gap. `says` is its sentence, of {subject} and {detail}."""

    key: str
    title: str
    weight: Weight
    says: str
    hides: str
    found: str
    advice: str
    closing: GapClosing


_BY_FILES = "the files: flow logs against VNets, subnets and NICs"
_BY_SETTINGS = "the flow log's own settings"
_BY_ARRIVAL = "the files against what arrived"
_BY_OTHERS = "what other NICs logged of its addresses"
RETIREMENT = "30 September 2027"
"""When Azure ends NSG flow logs; since 30 June 2025 none can be made (Microsoft Learn, nsg-flow-logs-retirement)."""

_ROWS = (
    GapKind(
        "vnet-without-log", "VNet without a flow log", Weight.NOTHING,
        "{subject} has no flow log{detail}.",
        "all that its machines send, receive and are denied, but what the logs of the other ends show",
        _BY_FILES, "Set a flow log on the VNet.", GapClosing.CREATE,
    ),
    GapKind(
        "subnet-uncovered", "Subnet without a flow log", Weight.NOTHING,
        "{subject} has no flow log, while other parts of its VNet have{detail}.",
        "all that its machines send, receive and are denied, but what the logs of the other ends show",
        _BY_FILES, "Set a flow log on the VNet, or on this subnet.", GapClosing.CREATE,
    ),
    GapKind(
        "nic-uncovered", "NIC without a flow log", Weight.NOTHING,
        "{subject} has no flow log, while other NICs of its subnet have{detail}.",
        "all that this machine sends, receives and is denied, but what the logs of the other ends show",
        _BY_FILES, "Set a flow log on its VNet, or on this NIC.", GapClosing.CREATE,
    ),
    GapKind(
        "log-off", "Flow log switched off", Weight.NOTHING,
        "{subject} is switched off{detail}.", "all traffic since it was switched off",
        _BY_SETTINGS, "Switch it on.", GapClosing.CHANGE,
    ),
    GapKind(
        "log-failed", "Flow log that failed", Weight.NOTHING,
        "{subject} was not set up: its state is {detail}.", "all traffic of its target",
        _BY_SETTINGS, "Set it up again.", GapClosing.CHANGE,
    ),
    GapKind(
        "nothing-arrived", "Nothing arrived", Weight.NOTHING,
        "{subject} is on, and nothing of it arrived{detail}.",
        "all traffic of its target, or its storage account was not imported",
        _BY_ARRIVAL, "Look into its storage account, and import it.", GapClosing.NONE,
    ),
    GapKind(
        "silent-since", "Silent since", Weight.NOTHING,
        "{subject} has been silent since {detail}.", "all traffic since",
        _BY_ARRIVAL, "See whether its storage keys were renewed (that stops logging until it is set anew), or import.",
        GapClosing.NONE,
    ),
    GapKind(
        "nic-silent", "NIC that others alone saw", Weight.NOTHING,
        "{subject} logged nothing, though its subnet is covered: {detail}.",
        "what this machine is denied, and what it exchanges with ends that log nothing themselves",
        _BY_OTHERS, "See whether its VM size supports flow logs, and whether its blobs were imported.", GapClosing.NONE,
    ),
    GapKind(
        "log-filtered", "Filtered flow log", Weight.PARTLY,
        "{subject} logs only what its filter lets through: {detail}.", "all that the filter leaves out",
        _BY_SETTINGS, "Take the filter away.", GapClosing.CHANGE,
    ),
    GapKind(
        "record-types", "Record types left out", Weight.PARTLY,
        "{subject} leaves out {detail}.", "these parts of each flow: counts of flows and bytes are too small",
        _BY_SETTINGS, "Log all record types.", GapClosing.CHANGE,
    ),
    GapKind(
        "hours-missing", "Hours without a log", Weight.PARTLY,
        "{subject}: no log in {detail}.", "all traffic of these hours",
        "what others logged in that hour, and the NIC's own other days", "Import these hours.", GapClosing.NONE,
    ),
    GapKind(
        "unread", "Blobs that could not be read", Weight.PARTLY,
        "{subject}: {detail}.", "what these blobs hold", "the ledger of what was imported",
        "Import them again; a damaged blob stays so.", GapClosing.NONE,
    ),
    GapKind(
        "version-1", "NSG flow log of version 1", Weight.PARTLY,
        "{subject} is of version 1{detail}.", "bytes, packets and how long a flow lasted",
        _BY_SETTINGS, "Set a VNet flow log in its place.", GapClosing.CREATE,
    ),
    GapKind(
        "nsg-log-alone", "NSG flow log without a successor", Weight.PARTLY,
        f"{{subject}} has no VNet flow log beside it{{detail}}: it ends on {RETIREMENT}.",
        "traffic where no NSG is set, admin rules, encryption; and from that day on everything",
        _BY_FILES, "Set a flow log on its VNets, compare for some days, then switch it off.", GapClosing.CREATE,
    ),
    GapKind(
        "nsg-log-knows-more", "Flows that only the NSG flow log has", Weight.PARTLY,
        "{subject} has {detail}.", "these flows, once the NSG flow log is off",
        "the hours in which both logs hold the same NIC", "See what the VNet flow log leaves out before you switch "
        "the NSG flow log off.", GapClosing.NONE,
    ),
    GapKind(
        "storage-elsewhere", "Storage account in another region", Weight.PARTLY,
        "{subject} goes to {detail}.", "perhaps all of it: Azure takes only an account in the region of the target",
        "the flow log, its target and its storage account in the files", "Choose an account in its region.",
        GapClosing.CHANGE,
    ),
    GapKind(
        "storage-gone", "Storage account that is not there", Weight.PARTLY,
        "{subject} goes to {detail}.", "perhaps all of it: a log without its account is lost",
        "the flow log and the storage accounts in the files", "Choose an account in its region.", GapClosing.CHANGE,
    ),
    GapKind(
        "storage-unfit", "Storage account of a kind that takes no flow logs", Weight.PARTLY,
        "{subject} goes to {detail}.", "perhaps all of it: only standard accounts of general purpose version 2 will do",
        "the flow log and the storage accounts in the files", "Choose a standard StorageV2 account.", GapClosing.CHANGE,
    ),
    GapKind(
        "retention-short", "Kept too short", Weight.KEEPING,
        "{subject} is kept for {detail}.", "older traffic: a draft of rules wants a month at least, with its month end",
        _BY_SETTINGS, "Keep it longer.", GapClosing.CHANGE,
    ),
    GapKind(
        "analytics-off", "Traffic Analytics off", Weight.KEEPING,
        "{subject} is not read by Traffic Analytics{detail}.", "the workspace's view: KQL, alerts, threat lists",
        _BY_SETTINGS, "Switch Traffic Analytics on.", GapClosing.CHANGE,
    ),
    GapKind(
        "workspace-missing", "Traffic Analytics without a workspace", Weight.KEEPING,
        "{subject} is to be read by Traffic Analytics, {detail}.", "the workspace's view: KQL, alerts, threat lists",
        "the flow log and the workspaces in the files", "Name a workspace.", GapClosing.CHANGE,
    ),
    GapKind(
        "target-gone", "Flow log of what is gone", Weight.KEEPING,
        "{subject} is set on {detail}, which is not there any more.", "nothing: it only misleads",
        _BY_FILES, "Delete it.", GapClosing.DELETE,
    ),
    GapKind(
        "double-log", "Logged twice", Weight.KEEPING,
        "{subject} runs beside the VNet flow log {detail}.", "nothing: it is paid for twice",
        _BY_FILES, "Switch the NSG flow log off once the VNet flow log has all its flows.", GapClosing.RETIRE,
    ),
    GapKind(
        "kept-for-ever", "Kept for ever", Weight.TOLD,
        "{subject} is kept for ever (retention 0){detail}.", "nothing: its storage grows each month",
        _BY_SETTINGS, "Set a retention, or a lifecycle rule on the storage account.", GapClosing.CHANGE,
    ),
    GapKind(
        "analytics-hourly", "Traffic Analytics each hour", Weight.TOLD,
        "{subject} is read by Traffic Analytics each {detail} minutes.", "nothing: the workspace is an hour behind",
        _BY_SETTINGS, "Each 10 minutes, where you alert on it; that costs more.", GapClosing.CHANGE,
    ),
    GapKind(
        "quiet", "Quiet, and rightly so", Weight.TOLD,
        "{subject} logged nothing: {detail}.", "nothing that can be told",
        "machines that are off, no machine at all, or closer flow logs", "", GapClosing.NONE,
    ),
    GapKind(
        "quiet-since", "Quiet since", Weight.TOLD,
        "{subject} has been quiet since {detail}.", "perhaps nothing: nobody met its machines since",
        _BY_ARRIVAL, "", GapClosing.NONE,
    ),
    GapKind(
        "private-endpoint", "Private endpoints", Weight.TOLD,
        "{subject} holds {detail}.", "what arrives at them from ends that log nothing themselves",
        "NICs and subnets in the files", "Log the subnets of those who use them.", GapClosing.NONE,
    ),
    GapKind(
        "unsupported", "Services without flow logs", Weight.TOLD,
        "{subject} is delegated to {detail}, of which Azure writes no flow log.", "what arrives there",
        "the delegations of subnets in the files", "Use the service's own logs.", GapClosing.NONE,
    ),
    GapKind(
        "log-not-in-files", "Arrived, but not in the files", Weight.TOLD,
        "{subject} logs, and no file tells its flow log{detail}.", "nothing: its settings cannot be judged",
        _BY_ARRIVAL, "Add the output of az network watcher flow-log list for its region.", GapClosing.NONE,
    ),
    GapKind(
        "target-not-in-files", "Target in no file", Weight.TOLD,
        "{subject} is set on {detail}, which no file describes.", "nothing: it cannot be compared",
        _BY_FILES, "Add the VNets, NSGs or NICs of that subscription.", GapClosing.NONE,
    ),
    GapKind(
        "peer-not-in-files", "Peered VNet in no file", Weight.TOLD,
        "{subject} is peered with {detail}, which no file describes.", "whether that VNet is logged",
        "the peerings in the files", "Add the VNets and flow logs of that subscription.", GapClosing.NONE,
    ),
    GapKind(
        "storage-not-in-files", "Storage account in no file", Weight.TOLD,
        "{subject} goes to {detail}, which no file describes.", "whether the account is there, and in its region",
        "the flow log and the storage accounts in the files", "Add az storage account list of that subscription.",
        GapClosing.NONE,
    ),
)  # fmt: skip
GAP_KINDS: dict[str, GapKind] = {row.key: row for row in _ROWS}
"""Every kind, by its key, the heaviest first."""
