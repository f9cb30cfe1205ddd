"""The rules that a command is about: of which files, which NSG of them, and what their names stand for."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nsgflow_core import COMMAND
from nsgflow_core.analysis.unmet.names import unknown_scope
from nsgflow_core.commands.given.network_files import (
    NO_RULES,
    file_with,
    keeps_files,
    kept_with,
    label_asked,
    nsg_names_file,
    read_inventory,
    rules_given_for,
    subnets_file,
)
from nsgflow_core.commands.telling import clock
from nsgflow_core.commands.telling.output import print_notes
from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope, guards, is_another
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.numbers import first_of

NAME_ONE = f"Name one with --rules, or keep it: {COMMAND} inventory --save FILE."
NAME_ONE_OF_A_FILE = (
    "A workspace, a cluster and a lake keep no files, and what a local store keeps is of its own logs: name one with "
    "--rules FILE or --inventory FILE."
)
NAMED = 5
"""So many NSGs are named in a note."""


def rule_sets_given(arguments: Namespace, store: FlowStore | None) -> tuple[RuleSet, ...]:
    """The NSGs of the files given for this run; those kept with the store where the files hold none."""
    found = given_or_kept(arguments, store)
    if not found:
        raise none_known("a network security group", store)
    return found


def none_known(what: str, store: FlowStore | None) -> BadInventory:
    """The error where neither files nor the store tell an NSG, and what to do: only some stores keep any."""
    if store is not None and keeps_files(store):
        return BadInventory(f"No file given holds {what}, and none is kept with the store.", NAME_ONE)
    return BadInventory(f"No file given holds {what}.", NAME_ONE if store is None else NAME_ONE_OF_A_FILE)


def given_or_kept(arguments: Namespace, store: FlowStore | None) -> tuple[RuleSet, ...]:
    """The same; none where neither the files nor the store hold any."""
    found = rules_file(arguments).rule_sets
    if not found and store is not None:
        known = kept_with(store)
        found = known.rule_sets
        _say_what_is_kept(known, found, "--rules FILE names others.")
    _say_what_is_left_out(*found)
    return found


def that_are_asked_for(arguments: Namespace, rule_sets: tuple[RuleSet, ...]) -> tuple[RuleSet, ...]:
    """Those that --nsg asks for, or all where it names none of them: of the others' traffic nothing is looked at."""
    named = [name.strip() for text in arguments.nsg or () for name in text.split(",") if name.strip()]
    wanted, left_out = (
        [each for name in names for each in guards(Scope(nsg=name.lstrip("!").strip()), rule_sets, ())]
        for names in ([n for n in named if n[0] != "!"], [n for n in named if n[0] == "!"])
    )
    return tuple(each for each in wanted or rule_sets if each not in left_out) or rule_sets


def as_it_is_and_drafted(arguments: Namespace, store: FlowStore) -> tuple[RuleSet, RuleSet]:
    """The NSG of the draft as it is, and as the draft would have it, so that both meet the flows it logged."""
    drafts = file_with(arguments, arguments.draft, "no draft", kinds.NSG).rule_sets
    if len(drafts) > 1:
        raise BadInventory(f"{arguments.draft} holds {len(drafts)} NSGs.", "Give one draft: rules draft --format json.")
    existing = existing_rules(arguments, Scope(nsg=drafts[0].name or "draft"), store)
    if existing is None:
        raise none_known(drafts[0].called, store)
    return existing, replace(existing, rules=drafts[0].rules, directions=drafts[0].speaks_for)


def as_they_are(arguments: Namespace, store: FlowStore) -> tuple[RuleSet, ...]:
    """The NSGs of the files of --inventory and --subnets, else those kept: whatever --rules would make of them."""
    known = subnets_file(arguments).merged(read_inventory(arguments, *arguments.inventory))
    return known.rule_sets or kept_with(store).rule_sets


def existing_rules(arguments: Namespace, scope: Scope, store: FlowStore) -> RuleSet | None:
    """The NSG that the draft is for: the one that guards the scope, or else the only one of the file of --rules.

    It is of the files given for this run, or of those kept with the store where they hold no NSG; None where none is
    known, and where --rules says none.
    """
    nsg_names_file(arguments).nsg_of(scope)
    if arguments.rules == NO_RULES:
        return None
    known = subnets_file(arguments).merged(rules_file(arguments))
    is_kept = not known.rule_sets
    if is_kept:
        known = with_kept(known, store)
    found = known.nsg_of(scope)
    if found is None and isinstance(arguments.rules, Path):
        held = known.rule_sets
        if len(held) != 1:
            raise BadInventory(
                f"{arguments.rules} holds {len(held)} NSGs and none is clearly the one to change.",
                f"Give a file with that NSG alone, or draft for one of: {', '.join(each.called for each in held)}.",
            )
        found = held[0]
    if found is not None:
        if is_kept:
            _say_what_is_kept(known, [found], f"--rules FILE names another, --rules {NO_RULES} none.")
        _say_what_is_left_out(found)
    return found


def refuse_another(arguments: Namespace, scope: Scope, existing: RuleSet | None, store: FlowStore) -> None:
    """Raise BadInventory where the only NSG of --rules is certainly not the one that the draft is for.

    What a loaded name calls by its guid is that NSG, whatever the file calls it. Where a subnet is asked for and no
    file says whose NSG this is, that is said.
    """
    if existing is None or not arguments.rules:
        return
    if not scope.nsg:
        if existing not in network(arguments, store).known.guards(scope):
            print_notes(f"No file says which NSG guards {scope.name}: {existing.called} is taken to be it.")
        return
    ids = filter(None, (existing.nsg_id, existing.resource_guid))
    labels = {label for each in ids for label in store.nsgs_named(each)}
    if is_another(scope, existing) and labels.isdisjoint(store.nsgs_named(scope.nsg)):
        raise BadInventory(
            f"{arguments.rules} holds {existing.called}, which is not {scope.nsg}.",
            f"Give a file with that NSG, or draft for this one: --nsg {existing.called}.",
        )


def scope_asked(arguments: Namespace, store: FlowStore) -> Scope:
    """What --nsg or --subnet names, a subnet by its label. Raises BadInventory for a name that several have."""
    return Scope(nsg=arguments.nsg or "", subnet=label_asked(store.subnets, arguments.subnet or ""))


def refuse_unknown_scope(arguments: Namespace, scope: Scope, store: FlowStore) -> None:
    """Raise BadInventory for an NSG or subnet that neither flows nor files know: an empty draft reads like calm."""
    if unknown := unknown_scope(store, scope, network(arguments, store).known):
        raise BadInventory(*unknown)


def rules_file(arguments: Namespace) -> Inventory:
    """What --inventory tells, with the NSGs of --rules in place of its own where that is named."""
    known = read_inventory(arguments, *arguments.inventory)
    rules = rules_given_for(arguments)
    return known.without_kinds(kinds.NSG).merged(rules) if rules else known


def _say_what_is_kept(known: Inventory, taken: Sequence[RuleSet], otherwise: str) -> None:
    """Which NSGs were taken as they are kept, from which files and as of when; `otherwise` is how to name others."""
    if not taken:
        return
    entries = [entry for entry in known.entries if isinstance(entry.item, RuleSet)]
    files = dict.fromkeys(
        f"{entry.file} of {entry.read.astimezone(clock.zone()):%Y-%m-%d %H:%M %Z}" if entry.read else entry.file
        for entry, rule_set in zip(entries, known.rule_sets, strict=True)
        if rule_set in taken
    )
    names = first_of([each.called for each in taken], NAMED)
    print_notes(f"{names} as kept with the store, from {', '.join(files)}. {otherwise}")


def _say_what_is_left_out(*rule_sets: RuleSet) -> None:
    for rule_set in rule_sets:
        if rule_set.doubt:
            print_notes(f"{rule_set.doubt}, so what it decides may be wrong.")


def told_network(arguments: Namespace) -> Inventory:
    """All that the files of this run tell of the network, those of --rules last."""
    return _told_beside_rules(arguments).merged(rules_given_for(arguments))


def network(arguments: Namespace, store: FlowStore) -> Network:
    """What the files of this run tell of the network; what is kept with the store stands in for what they lack.

    NSGs of --rules are tried among those that stand: each takes its own place, and the others stay.
    """
    known = with_kept(_told_beside_rules(arguments), store).merged(rules_given_for(arguments))
    return Network(known, store.subnets)


def _told_beside_rules(arguments: Namespace) -> Inventory:
    known = read_inventory(arguments, *arguments.inventory)
    known = known.merged(file_with(arguments, arguments.service_tags, "no service tag", kinds.SERVICE_TAG))
    return known.merged(file_with(arguments, arguments.nics, "no NIC", kinds.NIC)).merged(subnets_file(arguments))


def with_kept(known: Inventory, store: FlowStore) -> Inventory:
    """The same, and of the kinds of things that it lacks what is kept with the store."""
    return kept_with(store).without_kinds(*{entry.kind for entry in known.entries}).merged(known)
