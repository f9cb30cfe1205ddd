"""The inventory kept with a store: one text among its settings, and its subnet map and NSG names in use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Protocol, TypeGuard, TypeVar, runtime_checkable

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.entry import Entry
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.names.address_names import AddressNames
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.inventory.things.nsg_names import NsgName
from nsgflow_core.inventory.things.rule_sets import read_rule_sets
from nsgflow_core.inventory.things.vnet import Vnet, VnetSubnet
from nsgflow_core.words.prefixes import Prefix

INVENTORY_SETTING = "inventory"
_RULE_SETS = "rule-sets"
"""Where versions before 1.0 kept imported rules."""
EARLIER = "kept earlier"
"""The file's name for what a version kept that did not know from which file it was."""
_IN_PASSING = 3
T = TypeVar("T")


@runtime_checkable
class Settings(Protocol):
    """Small texts kept with a store (LocalStore) or a session."""

    def setting(self, key: str) -> str | None:
        """The text of a key; None when there is none."""
        ...

    def save_setting(self, key: str, text: str, about: str = "") -> None:
        """Keep a text under a key; `about` tells a store's history what changed in it."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """A block in which nobody else changes what is kept, and of which all is kept or nothing."""
        ...


class LabellingStore(Settings, Protocol):
    """A store that keeps the subnet map and the NSG names that it labels with (LocalStore)."""

    @property
    def subnets(self) -> SubnetMap:
        """The subnet map in use."""
        ...

    @property
    def nsg_names(self) -> dict[str, str]:
        """The NSG names in use."""
        ...

    @property
    def address_names(self) -> AddressNames:
        """What names addresses."""
        ...

    def save_address_names(self, names: AddressNames) -> None:
        """Keep what names addresses."""
        ...

    def save_subnets(self, subnets: SubnetMap) -> None:
        """Keep a subnet map."""
        ...

    def save_nsg_names(self, names: Mapping[str, str]) -> None:
        """Keep NSG names."""
        ...


def _labels(settings: Settings) -> TypeGuard[LabellingStore]:
    """Asked of a method: isinstance() of Python 3.11 reads each property of a protocol, and so the store's file."""
    return hasattr(settings, "save_nsg_names")


@lru_cache(maxsize=4)
def read(text: str) -> Inventory:
    """The inventory that was kept as this text: read once, however many ask, as 10,000 things take a second.

    Raises BadInventory for a text that is none.
    """
    return Inventory.from_json(text)


def load(settings: Settings) -> Inventory:
    """What is kept; from before there was an inventory, the subnet map, the NSG names and the imported rules.

    The sample estate labels with subnets that it keeps in no inventory: they count where no other VNet is kept, so
    that what is kept beside them does not take them away.
    """
    text = settings.setting(INVENTORY_SETTING)
    if text == "":
        return Inventory()
    held = read(text) if text else Inventory()
    rules = settings.setting(_RULE_SETS) if text is None else None
    items: list[tuple[str, object]] = [(kinds.NSG, each) for each in (read_rule_sets(rules) if rules else ())]
    if _labels(settings):
        if not any(entry.kind == kinds.VNET for entry in held.entries):
            items += [(kinds.VNET, each) for each in _vnets(settings.subnets)]
        if not held.entries:
            items += [(kinds.NSG_NAME, NsgName(key, name)) for key, name in settings.nsg_names.items()]
    earlier = Inventory(tuple(Entry(kind, item, EARLIER, None) for kind, item in items))
    return Inventory().merged(earlier).merged(held)


def change(settings: Settings, key: str, make: Callable[[], T], keep: Callable[[T], object]) -> T:
    """Make something of what is kept under a key, and keep it unless others changed that meanwhile: then make it anew.

    Others may be threads of this process or other processes. It is made before anything is held, so that a refusal
    leaves no trace and nobody waits for what takes long; where others keep on being quicker, they wait.
    """
    for _ in range(_IN_PASSING):
        seen, made = settings.setting(key), make()
        with settings.alone():
            if settings.setting(key) == seen:
                keep(made)
                return made
    with settings.alone():
        made = make()
        keep(made)
    return made


def take_in(settings: Settings, found: Inventory) -> Inventory:
    """Keep what files tell beside what is kept; what was kept before."""
    held, _ = change(
        settings,
        INVENTORY_SETTING,
        lambda: ((held := load(settings)), held.updated(found)),
        lambda made: keep(settings, made[1]),
    )
    return held


def keep(settings: Settings, inventory: Inventory) -> None:
    """Keep this inventory in place of what was kept; a store labels with it from now on."""
    told = inventory.address_names or _before(settings).address_names
    written = inventory.to_json() if inventory.entries or inventory.findings else ""
    settings.save_setting(INVENTORY_SETTING, written, files_words(settings, inventory))
    if _labels(settings):
        if inventory.subnet_map != settings.subnets:
            settings.save_subnets(inventory.subnet_map)
        if inventory.nsg_names != settings.nsg_names:
            settings.save_nsg_names(inventory.nsg_names)
        if told and inventory.address_names != settings.address_names:  # the sample has names in no inventory
            settings.save_address_names(inventory.address_names)


def files_words(settings: Settings, inventory: Inventory) -> str:
    """What keeping an inventory changes, by files, as the history tells it."""
    before = _before(settings)
    was = {(entry.identity, entry.file, entry.read) for entry in before.entries}
    given = sorted({each.file for each in inventory.entries if (each.identity, each.file, each.read) not in was})
    forgotten = sorted(set(before.files) - set(inventory.files))
    words = [f"{verb} {', '.join(files)}" for verb, files in (("Kept", given), ("Forgot", forgotten)) if files]
    return "; ".join(words) or "Nothing of it changed"


def _before(settings: Settings) -> Inventory:
    """What is kept so far; nothing where it cannot be read."""
    try:
        return load(settings)
    except BadInventory:
        return Inventory()


def _vnets(subnets: SubnetMap) -> Iterable[Vnet]:
    """VNets of a subnet map: one for each VNet name, and one without a name for the address space."""
    named: dict[str, dict[str, tuple[Prefix, ...]]] = {}
    for subnet in subnets.subnets:
        home = named.setdefault(subnet.vnet, {})
        home[subnet.name] = (*home.get(subnet.name, ()), subnet.prefix)
    if subnets.address_space:
        named.setdefault("", {})
    for name, held in named.items():
        space = () if name else subnets.address_space
        yield Vnet(name, "", space, tuple(VnetSubnet(subnet, prefixes) for subnet, prefixes in held.items()))
