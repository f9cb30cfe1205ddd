"""The rules as they are: import them, see what is known, choose the NSG that the draft is for."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.inventory.kept import Settings
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope, nsg_labels
from nsgflow_core.ui.frame import known, params, session, url
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.sign_in import access
from nsgflow_core.ui.parts import given_files, said
from nsgflow_core.ui.rules import kept

COMMAND = "az network nsg list -o json > nsgs.json"
_SAID = "_rules_import_said"
_GUARD = "guard"


def show(row: DeltaGenerator, settings: Settings, scope: Scope) -> RuleSet | None:
    """The popover that imports; the NSG of this scope, None when it is not among what was imported."""
    imported = kept.rule_sets(settings)
    matching = kept.candidates(settings, scope)
    label = "Existing rules" if matching else "Import existing rules"
    icon = ":material/rule:" if matching else ":material/upload:"
    with row.popover(label, icon=icon, key="rules_existing"):
        chosen = _choose(matching, scope)
        if chosen is not None:
            st.markdown(plain(_words(chosen)))
        _known(imported, settings)
        importer(settings, "rules_files")
    if chosen is not None and not chosen.is_complete:
        st.warning(
            said.as_list(chosen.left_out),
            title=f"{plain(chosen.called)} is incomplete: what it decides may be wrong",
            icon=":material/rule:",
        )
    return chosen


def importer(settings: Settings, name: str) -> None:
    """The upload, what to run for it, and what came of the last one."""
    st.caption("Run this where you are signed in to Azure, then choose it. Other shapes work as well: see Connect.")
    st.code(COMMAND, language="bash", wrap_lines=True)
    words = "Rules; optionally VNets, service tags and NICs (az network nic list), any number at once"
    given_files.upload(settings, name, words, _say)
    said.show(st.session_state.pop(_SAID, []))


def ask_for_import(settings: Settings, scope: Scope, why: str) -> None:
    """The empty state of what needs the existing rules."""
    imported = kept.rule_sets(settings)
    title = f"The imported file has no NSG of {scope.name}" if imported else "No existing rules yet"
    st.info(plain(why), title=plain(title), icon=":material/upload_file:")
    with st.container(width=640):
        importer(settings, "rules_empty")


def _say(sentences: list[known.Said]) -> None:
    st.session_state[_SAID] = sentences


def _choose(matching: Sequence[RuleSet], scope: Scope) -> RuleSet | None:
    if len(matching) < 2:
        params.drop([_GUARD])
        return next(iter(matching), None)
    held = {each.nsg_id or each.resource_guid or each.name: each for each in matching}
    called = dict(zip(held, nsg_labels(matching), strict=True))
    label, place = f"Several NSGs fit {scope.name}", st.container()
    chosen = held[
        url.picker(place, label, tuple(held), _GUARD, next(iter(held)), called.__getitem__, always_written=True)
    ]
    others = [subnet.rsplit("/", 1)[-1] for subnet in chosen.subnets]
    if scope.subnet and len(others) > 1:
        st.warning(plain(f"{chosen.called} is also set on {', '.join(n for n in others if n != scope.name)}."))
    return chosen


def _known(imported: Sequence[RuleSet], settings: Settings) -> None:
    if not imported:
        return
    is_own = not kept.is_imported(settings)
    source = "The sample estate's own rules" if is_own else "Imported"
    st.caption(f"{source}: " + " · ".join(plain(_words(each)) for each in imported[:20]))
    if not is_own and known.may_keep(settings):
        label = "Back to the sample's rules" if session.active().is_sample else "Forget these rules"
        forget = access.refused_in_words(kept.forget_rule_sets)
        st.button(label, on_click=forget, args=(settings,), type="tertiary", key="rules_forget")


def _words(rule_set: RuleSet) -> str:
    return f"{rule_set.called} ({len(rule_set.own_rules)})"
