"""The files given to a command that say what the network is: read once a run, and what is wrong with them said once."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from argparse import _ArgumentGroup as ArgumentGroup
from pathlib import Path

from nsgflow_core.commands.telling.output import print_notes
from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.files import read, told_words
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.kept import Settings, load
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.document import HOW
from nsgflow_core.inventory.shapes.given import read_given
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.base import FlowStore, keeps
from nsgflow_core.words.prefixes import is_prefix
from nsgflow_core.words.visible import path_text

NO_RULES = "none"
"""What --rules of a draft says in place of a file: no NSG, also where one is kept with the store."""


def add_inventory_option(group: ArgumentParser | ArgumentGroup, words: str = "for this run") -> None:
    """--inventory: any files, as often as one likes."""
    group.add_argument(
        "--inventory",
        metavar="FILE",
        type=Path,
        nargs="+",
        action="extend",
        default=[],
        help=f"any files that say what the network is, {words} (see the command inventory)",
    )


def kept_with(store: FlowStore) -> Inventory:
    """What is kept with a store; nothing with one that keeps none."""
    keeping = keeps(store)
    return load(keeping) if isinstance(keeping, Settings) else Inventory()


def keeps_files(store: FlowStore) -> bool:
    """True for a store with which files are kept: a workspace, a cluster and a lake keep none."""
    return isinstance(keeps(store), Settings)


def refuse_shared_names(arguments: Namespace, given: Inventory, store: FlowStore) -> None:
    """Raise BadInventory for a condition on a name that several NSGs have: they go by longer labels.

    NSGs are those of the files given for this run, or else those kept with the store, and those of the logs.
    """
    asked = _nsgs_asked(arguments)
    names = given if given.nsg_names or not asked else kept_with(store)
    for name in asked:
        if names.nsg_of(Scope(nsg=name)) is None and len(longer := store.nsgs_named(name)) > 1:
            raise BadInventory(f"Several NSGs are named '{name}': {', '.join(longer)}.", "Ask for one of these.")


def label_asked(subnets: SubnetMap, name: str) -> str:
    """The label of the subnet that a person names: by it, by ARM id, or by a longer path; what is none as it is.

    Raises BadInventory for a name that several subnets have, or that flows do not tell from others.
    """
    if is_prefix(name):
        return name
    longer = subnets.longer_labels(label := subnets.label_of(name))
    if len(longer) == 1:
        raise BadInventory(f"Flows do not tell '{name}' from what shares its prefix.", f"Ask for '{longer[0]}'.")
    if longer:
        raise BadInventory(f"Several subnets are named '{name}': {', '.join(longer)}.", "Ask for one of these.")
    return label


def _nsgs_asked(arguments: Namespace) -> list[str]:
    given = getattr(arguments, "nsg", None) or []
    texts = [given] if isinstance(given, str) else given
    return [name for text in texts for each in text.split(",") if (name := each.strip("! "))]


def subnets_file(arguments: Namespace) -> Inventory:
    """What the file of --subnets tells; nothing when none is named. Raises BadInventory when it has no subnet."""
    return file_with(arguments, arguments.subnets, "no subnet", kinds.VNET)


def nsg_names_file(arguments: Namespace) -> Inventory:
    """What the file of --nsg-names tells; nothing when none is named. Raises BadInventory when it has no name."""
    found = file_with(arguments, arguments.nsg_names, "no name of an NSG", kinds.NSG, kinds.NSG_NAME)
    if arguments.nsg_names and not found.nsg_names:
        raise BadInventory(f"{path_text(arguments.nsg_names)}: no NSG in the file has a name and a resourceGuid.", HOW)
    return found


def rules_given_for(arguments: Namespace) -> Inventory:
    """The NSGs of the file of --rules, where the command has that option and it names a file."""
    named = getattr(arguments, "rules", None)
    return file_with(arguments, None if named == NO_RULES else named, "no network security group", kinds.NSG)


def file_with(arguments: Namespace, path: Path | None, none: str, *wanted: str) -> Inventory:
    """What a file tells, which must hold one of these kinds; nothing when no file is named. Raises BadInventory."""
    if path is None:
        return Inventory()
    found = read_inventory(arguments, path)
    name = path_text(path)
    counts = found.counts(name)
    if not any(kind in counts for kind in wanted):
        raise BadInventory(f"{name} holds {told_words(found, name)}, and {none}.", HOW)
    return found


def read_inventory(arguments: Namespace, *paths: Path) -> Inventory:
    """What files of any kind tell of the network; what of them cannot be used is noted on standard error, once a run.

    Raises BadInventory for a file of which nothing can be used.
    """
    held: dict[Path, Inventory] = vars(arguments).setdefault("files_read", {})
    for path in paths:
        if path not in held:
            held[path] = _read_and_say(path)
    found = Inventory()
    for path in paths:
        found = found.merged(held[path])
    return found


def _read_and_say(path: Path) -> Inventory:
    found = read([(path_text(path), read_given(path))])
    said = [each.sentence for each in found.findings]
    if not found.entries:
        raise BadInventory(f"{path_text(path)}: {said[0]}")
    for sentence in said:
        print_notes(f"{path_text(path)}: {sentence}")
    return found
