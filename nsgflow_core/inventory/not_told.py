"""Files that an engineer has at hand and that do not tell what is needed: what of them is of use, and what to give.

Sources: Microsoft Learn, "az network manager" (extension virtual-network-manager), REST reference "Resources - List".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from nsgflow_core import COMMAND
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.document import HOW
from nsgflow_core.inventory.shapes.fields import Fields, name_of, text
from nsgflow_core.inventory.things import THINGS
from nsgflow_core.words import arm_id
from nsgflow_core.words.numbers import first_of
from nsgflow_core.words.visible import in_short

_FLOW_LOGS = ("networksecuritygroupflowevent", "flowlogflowevent")
_IMPORT_IT = (
    "The file is a flow log, which tells traffic and not what the network is. Import the folder that it is from: "
    f"'{COMMAND} import FOLDER', or 'Folder on this machine' or 'Storage account' on Connect."
)
_NAMED = 3
"""So many of what is named only are told by name."""
_LISTED_BY = {
    kinds.VNET: "az network vnet list",
    kinds.NSG: "az network nsg list",
    kinds.ROUTE_TABLE: "az network route-table list",
    kinds.NIC: "az network nic list",
    kinds.VM: "az vm list -d",
    kinds.FLOW_LOG: "az network watcher flow-log list",
}
_CONFIG = "az network manager security-admin-config"
_ADMIN_RULES = (
    f"Admin rules are what '{_CONFIG} rule-collection list' and '{_CONFIG} rule-collection rule list' print, of each "
    "collection, or 'az network manager list-effective-security-admin-rule' of one VNet."
)
_IN_PLACE_OF: tuple[tuple[str, str, str], ...] = (
    (
        f"{kinds.NETWORK_MANAGER}/networkgroups",
        "network groups by name",
        "Their VNets are what 'az network manager group static-member list' prints.",
    ),
    (
        f"{kinds.NETWORK_MANAGER}/connectivityconfigurations",
        "connectivity configurations",
        "They decide on no packet; the peerings that they make are in 'az network vnet list'.",
    ),
    (
        f"{kinds.NETWORK_MANAGER}/routingconfigurations",
        "routing configurations",
        "They decide on no packet; the routes that they set are in 'az network route-table list'.",
    ),
    (
        f"{kinds.NETWORK_MANAGER}/securityuserconfigurations",
        "security user configurations",
        "The rules that they set are in the NSGs: 'az network nsg list'.",
    ),
    (kinds.NETWORK_MANAGER, "network managers or their configurations, without a rule", _ADMIN_RULES),
    (
        kinds.EFFECTIVE_ROUTE,
        "the effective routes of a NIC, without its name",
        "What VirtualNetwork means there is what 'az network nic list-effective-nsg' prints; routes that people set "
        "are in 'az network route-table list'.",
    ),
    (kinds.DEPLOYMENT_STATUS, "which configurations are deployed, without a rule", _ADMIN_RULES),
)
"""Of types that begin so, the first that fits: what they are, and what to give in their place."""


def nsg_names(resources: Iterable[Fields]) -> Iterator[Fields]:
    """What NSGs are called that are named only, by their ids and guids, so that logs have names."""
    named = [each for each in resources if _named(each) == kinds.NSG]
    labels = arm_id.labels([arm_id.path(text(each, "id"), name_of(each)) for each in named])
    for nsg, label in zip(named, labels, strict=True):
        for key in ("id", "resourceguid"):
            if text(nsg, key):
                yield {"type": kinds.NSG_NAME, "aclid": text(nsg, key), "name": label}


def not_told_words(resources: Sequence[Fields], *, is_all: bool) -> Iterator[str]:
    """A sentence for what a file names without telling what it is, and what is no part of a network.

    Other resources are passed over where the file has more than them (`is_all` False).
    """
    names: dict[str, list[str]] = {}
    for each in resources:
        if kind := _named(each):
            names.setdefault(kind, []).append(in_short(name_of(each)))
    for kind, called in names.items():
        what = f"{len(called):,} {THINGS[kind].words(len(called))}"
        few = first_of(called, _NAMED)
        yield f"The file only names {what} ({few}). Give what '{_LISTED_BY[kind]} -o json' prints."
    others = {each["type"] for each in resources} - THINGS.keys() - {kinds.NAMED}
    untold = [each for each in resources if not each["type"]]
    if any(map(_is_flow_log, untold)):
        yield _IMPORT_IT
    elif untold:
        yield f"The file holds something that is no part of a network. {HOW}"
    if is_all:
        yield from _other_words(sorted(others - {""}))


def _is_flow_log(resource: Fields) -> bool:
    """True for a blob of flow logs (Microsoft Learn, "Flow logging for network security groups", "Log format")."""
    records = resource.get("records")
    first = records[0] if isinstance(records, list) and records else None
    return isinstance(first, dict) and str(first.get("category", "")).casefold() in _FLOW_LOGS


def _other_words(types: Sequence[str]) -> Iterator[str]:
    instead = dict.fromkeys(row for each in types if (row := _row_of(each)))
    yield from (f"The file tells {what}. {how}" for _, what, how in instead)
    if rest := [each for each in types if _row_of(each) is None]:
        yield f"The file describes other resources only: {', '.join(rest)}. {HOW}"


def _row_of(kind: str) -> tuple[str, str, str] | None:
    return next((row for row in _IN_PLACE_OF if kind.startswith(row[0])), None)


def _named(resource: Fields) -> str:
    """The kind of a resource that is named only; "" for any other."""
    return str(resource["of"]) if resource["type"] == kinds.NAMED else ""
