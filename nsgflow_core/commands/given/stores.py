"""The store that the options of a command name, with what the files of this run say of the network."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nsgflow_core.analysis.naming import SomeQuestion, names_of_nics, tells_nics, with_names_behind
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.text.line import WINDOW
from nsgflow_core.commands.given.network_files import (
    add_inventory_option,
    kept_with,
    nsg_names_file,
    read_inventory,
    refuse_shared_names,
    rules_given_for,
    subnets_file,
)
from nsgflow_core.commands.telling import clock
from nsgflow_core.commands.telling.output import print_notes, show_progress
from nsgflow_core.errors import InputError
from nsgflow_core.inventory.names.address_names import AddressNames
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.sources import is_url, open_source
from nsgflow_core.stores.base import FlowStore

if TYPE_CHECKING:
    from nsgflow_core.stores.lake.store import LakeStore
    from nsgflow_core.stores.local.kept import KeptStore
    from nsgflow_core.stores.local.store import LocalStore


def add_store_options(parser: ArgumentParser) -> None:
    """--store, --workspace, --cluster, --lake, and the files that say what the network is."""
    group = parser.add_argument_group("where the flows are")
    group.add_argument("--store", metavar="FILE", type=Path, help="local store (default: NSGFLOW_STORE or user data)")
    group.add_argument("--workspace", metavar="ID", help="Log Analytics workspace id, in place of a local store")
    group.add_argument("--cluster", metavar="URL", help="Azure Data Explorer cluster or Eventhouse, with --database")
    group.add_argument("--database", metavar="DB", help="the database there that holds the flows")
    group.add_argument("--lake", metavar="FOLDER|URL", help="Parquet, or an export of NTANetAnalytics, where it lies")
    group.add_argument("--subnets", metavar="FILE", type=Path, help="'az network vnet list' JSON, or CSV name,prefix")
    group.add_argument("--nsg-names", metavar="FILE", type=Path, help="'az network nsg list' JSON, or CSV acl_id,name")
    add_inventory_option(group)


def add_kept_options(parser: ArgumentParser) -> None:
    """--store or --lake: where what people keep lies."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--store", metavar="FILE", type=Path, help="local store (default: NSGFLOW_STORE or user data)")
    where.add_argument("--lake", metavar="FOLDER|URL", help="what is kept for a folder of Parquet, in its place")


def kept_store(arguments: Namespace) -> KeptStore:
    """The local store, or the folder of Parquet, that the options name, with what people keep there."""
    if getattr(arguments, "lake", None):
        return _lake(arguments)
    return _local(arguments)


def flows_until(store: KeptStore) -> datetime | None:
    """Where the flows end that are asked there: a window that is said by its length ends there too."""
    from nsgflow_core.stores.lake.store import LakeStore

    if not isinstance(store, LakeStore):
        return store.extent().recent_until
    from nsgflow_core.stores.lake.traffic_analytics.store import answering

    return answering(store).extent().recent_until


def open_store(arguments: Namespace) -> FlowStore:
    """The store that the options name, with the subnets and NSG names of the files given for this run.

    Raises BadInventory when a condition names an NSG by a name that several have.
    """
    given = [f"--{name}" for name in ("store", "workspace", "cluster", "lake") if getattr(arguments, name)]
    if len(given) > 1:
        raise InputError(
            f"{'Both ' if len(given) == 2 else ''}{' and '.join(given)} are given.", "Choose one place to ask."
        )
    if bool(arguments.cluster) != bool(arguments.database):
        raise InputError("--cluster and --database belong together.", "Give both, or neither.")
    known = read_inventory(arguments, *arguments.inventory)
    subnets = known.merged(subnets_file(arguments)).subnet_map
    names = known.merged(nsg_names_file(arguments))
    labels = subnets if subnets.subnets or subnets.address_space else None
    held = known.address_names or None
    store = _opened(arguments, labels, names.nsg_names or None, held)
    told = rules_given_for(arguments).nsg_names
    if told and not (names.nsg_names or kept_with(store).nsg_names):
        store = _opened(arguments, labels, told, held)  # VNet logs know an NSG by its guid, which its rules file has
    refuse_shared_names(arguments, names, store)
    return store


def with_names(question: SomeQuestion, store: FlowStore, arguments: Namespace) -> SomeQuestion:
    """The same question with names, where --names asks for them."""
    if not arguments.names:
        return question
    if not tells_nics(question):
        return with_names_behind(question, store.unsupported)
    kept = getattr(store, "address_names", None) or read_inventory(arguments, *arguments.inventory).address_names
    return with_names_behind(question, store.unsupported, names_of_nics(kept))


def _opened(
    arguments: Namespace,
    subnets: SubnetMap | None,
    nsg_names: Mapping[str, str] | None,
    names: AddressNames | None,
) -> FlowStore:
    if arguments.workspace:
        from nsgflow_core.stores.log_analytics.endpoint import workspace_id_of
        from nsgflow_core.stores.log_analytics.store import LogAnalyticsStore

        return LogAnalyticsStore(workspace_id_of(arguments.workspace), subnets=subnets, nsg_names=nsg_names)
    if arguments.lake:
        from nsgflow_core.stores.lake.traffic_analytics.store import answering

        return answering(_lake(arguments, subnets, nsg_names, names))
    if arguments.cluster:
        from nsgflow_core.stores.data_explorer.store import DataExplorerStore

        return DataExplorerStore(arguments.cluster, arguments.database, subnets=subnets, nsg_names=nsg_names)
    return _local(arguments, subnets, nsg_names, names)


def _local(
    arguments: Namespace,
    subnets: SubnetMap | None = None,
    nsg_names: Mapping[str, str] | None = None,
    names: AddressNames | None = None,
) -> LocalStore:
    """The local store; its file stays open from one of a command's questions to the next: a draft asks some twenty."""
    from nsgflow_core.stores.local.disk.location import default_store_path
    from nsgflow_core.stores.local.store import LocalStore

    store = LocalStore(arguments.store or default_store_path(), subnets=subnets, nsg_names=nsg_names, names=names)
    store.stay_open()
    return store


def _lake(
    arguments: Namespace,
    subnets: SubnetMap | None = None,
    nsg_names: Mapping[str, str] | None = None,
    names: AddressNames | None = None,
) -> LakeStore:
    """The store over a folder of Parquet files; what is new in them is read first, with a line of progress."""
    from nsgflow_core.stores.lake.store import LakeStore

    folder, words = _folder_of(arguments)
    store = LakeStore(folder, subnets=subnets, nsg_names=nsg_names, names=names, words=words)
    store.look(lambda done, every: show_progress(f"{done:,}/{every:,} files looked through", is_last=done == every))
    return store


def _folder_of(arguments: Namespace) -> tuple[Path, str]:
    """The folder of a lake, and of a container what it is called: its files of the window are fetched first."""
    if not is_url(arguments.lake):
        return Path(arguments.lake), ""
    from nsgflow_core.stores.lake.near import fetch, folder_for

    source = open_source(arguments.lake)
    near = folder_for(source)
    since, until = clock.window(*(getattr(arguments, name, None) for name in WINDOW))
    fetched = fetch(source, near, FlowFilter(since, until), tell=_show_fetched)
    print_notes(*(f"left out: {reason}" for reason in fetched.missing.values()))
    return near, source.name


_LARGE = 100_000_000
"""Bytes from which a fetch is told of before it begins, also where no progress is shown."""


def _show_fetched(done: int, every: int) -> None:
    if done == 0 and every >= _LARGE:
        print_notes(f"{every / 1e6:,.0f} MB are fetched, and kept near for the questions after this one.")
    if every:
        show_progress(f"{done / 1e6:,.1f}/{every / 1e6:,.1f} MB fetched", is_last=done == every)
