"""inventory: what files say that the network is, what of them cannot be used, and keeping it with the store."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from nsgflow_core.commands.given.stores import add_kept_options, kept_store
from nsgflow_core.commands.telling.output import print_notes, say
from nsgflow_core.commands.telling.written import add_output_options, print_frame
from nsgflow_core.errors import InputError
from nsgflow_core.inventory import kept
from nsgflow_core.inventory.files import forgotten_words, read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.shapes.given import read_given
from nsgflow_core.inventory.tables import found_frame
from nsgflow_core.stores.local.kept import KeptStore
from nsgflow_core.words.visible import path_text


def add_inventory(parser: ArgumentParser) -> None:
    """inventory [FILE...] [--save] [--store FILE | --lake FOLDER]."""
    parser.add_argument(
        "file", nargs="*", type=Path, help="VNets, NSGs, NICs, VMs, flow logs, service tags; none: what is kept"
    )
    parser.add_argument("--save", action="store_true", help="keep it with the store, which then labels with it")
    parser.add_argument("--forget", metavar="FILE", action="append", default=[], help="forget what came from this file")
    add_kept_options(parser)
    add_output_options(parser)


def run_inventory(arguments: Namespace) -> int:
    """One row per file and kind; exit status 0 all was read, 1 some of it was left out, 2 nothing could be read."""
    store = kept_store(arguments)
    if not arguments.file:
        if arguments.save:
            raise InputError("No file is named, so there is nothing to save.", "Name the files to keep.")
        found = _without(arguments.forget, store)
    else:
        found = read([(path_text(path), read_given(path)) for path in arguments.file])
    print_frame(found_frame(found), arguments.format)
    for warning in found.warnings:
        print_notes(warning)
    if arguments.save and found:
        for sentence in forgotten_words(kept.take_in(store, found), found):
            print_notes(sentence)
    elif arguments.file and found:
        say("note: Looked at, not kept. --save keeps it with the store, which then labels with it.")
    if arguments.file and not found:
        return 2
    return 1 if found.findings else 0


def _without(files: list[str], store: KeptStore) -> Inventory:
    """What is kept, once what came from these files is forgotten."""

    def rest() -> Inventory:
        held = kept.load(store)
        for file in files:
            if file not in held.files:
                raise InputError(f"Nothing is kept from '{file}'.", f"Kept is: {', '.join(held.files) or 'nothing'}.")
            held = held.without(file)
        return held

    return kept.change(store, kept.INVENTORY_SETTING, rest, lambda left: kept.keep(store, left)) if files else rest()
