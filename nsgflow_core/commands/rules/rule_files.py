"""The rules that a command is about: of which files, which NSG of them, and what their names stand for."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

from nsgflow_core.commands.network_files import (
    file_with,
    kept_with,
    nsg_names_file,
    read_inventory,
    rules_given_for,
    subnets_file,
)
from nsgflow_core.commands.options import print_notes
from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope, is_another
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.stores.base import FlowStore


def rule_sets_given(arguments: Namespace, store: FlowStore | None) -> tuple[RuleSet, ...]:
    """The NSGs of the files given for this run; those kept with the store where the files hold none."""
    found = rules_file(arguments).rule_sets
    if not found and store is not None:
        found = kept_with(store).rule_sets
    if not found:
        raise BadInventory(
            "No file given holds a network security group, and none is kept with the store.",
            "Name one with --rules, or keep it: nsgflow inventory --save FILE.",
        )
    _say_what_is_left_out(*found)
    return found


def as_it_is_and_drafted(arguments: Namespace) -> tuple[RuleSet, RuleSet]:
    """The NSG of --rules as it is, and as the draft would have it, so that both meet the flows it logged."""
    drafts = file_with(arguments, arguments.draft, "no draft", kinds.NSG).rule_sets
    existing = existing_rules(arguments, Scope(nsg=drafts[0].name or "draft"))
    if len(drafts) > 1 or existing is None:
        raise BadInventory(f"{arguments.draft} holds {len(drafts)} NSGs.", "Give one draft: rules draft --format json.")
    return existing, replace(existing, rules=drafts[0].rules, directions=drafts[0].speaks_for)


def existing_rules(arguments: Namespace, scope: Scope) -> RuleSet | None:
    """The NSG that the draft is for: the one that guards the scope, or else the only one of the file."""
    nsg_names_file(arguments).nsg_of(scope)
    known = subnets_file(arguments).merged(rules_file(arguments))
    found = known.nsg_of(scope)
    if found is None and arguments.rules:
        held = known.rule_sets
        if len(held) != 1:
            raise BadInventory(
                f"{arguments.rules} holds {len(held)} NSGs and none is clearly the one to change.",
                f"Give a file with that NSG alone, or draft for one of: {', '.join(each.called for each in held)}.",
            )
        found = held[0]
    if found is not None:
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


def rules_file(arguments: Namespace) -> Inventory:
    """What --inventory tells, with the NSGs of --rules in place of its own where that is named."""
    known = read_inventory(arguments, *arguments.inventory)
    rules = rules_given_for(arguments)
    return known.without_kinds(kinds.NSG).merged(rules) if rules else known


def _say_what_is_left_out(*rule_sets: RuleSet) -> None:
    for rule_set in rule_sets:
        if not rule_set.is_complete:
            lost = f"{len(rule_set.left_out)} of its rules could not be used"
            print_notes(f"{rule_set.called} is incomplete: {lost}, so what it decides may be wrong.")


def told(arguments: Namespace) -> Inventory:
    """All that the files of this run tell of the network, those of --rules last."""
    known = read_inventory(arguments, *arguments.inventory)
    known = known.merged(file_with(arguments, arguments.service_tags, "no service tag", kinds.SERVICE_TAG))
    known = known.merged(file_with(arguments, arguments.nics, "no NIC", kinds.NIC)).merged(subnets_file(arguments))
    return known.merged(rules_given_for(arguments))


def network(arguments: Namespace, store: FlowStore) -> Network:
    """What the files of this run tell of the network; what is kept with the store stands in for what they lack."""
    known, kept = told(arguments), kept_with(store)
    lacking = kept.without_kinds(*{entry.kind for entry in known.entries})
    return Network(lacking.merged(known), store.subnets)
