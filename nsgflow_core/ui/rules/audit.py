"""The step Audit: what is wrong with the existing rules, worst first, each with the packet or flow that proves it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from nsgflow_core.ui.frame import url
from nsgflow_core.ui.parts import tables
from nsgflow_core.ui.rules import cache, existing
from nsgflow_core.ui.rules.cache import Subject

KINDS: dict[str, tuple[str, str, str]] = {
    "any-any": ("Any to any", "red", "Replace it by rules for what is used: the draft lists them."),
    "over-broad": ("Over-broad", "orange", "Narrow it to what was seen: the draft has the exact addresses and ports."),
    "overlapping": ("Overlapping", "orange", "Check that the order is meant: the earlier rule wins for that part."),
    "shadowed": ("Shadowed", "violet", "It never decides anything: remove it, or move it up if it was meant to act."),
    "redundant": ("Redundant", "blue", "Removing it changes no packet's fate."),
    "never-hit": (
        "Never hit",
        "gray",
        "Look at a longer window before removing it: a yearly job is silent for months.",
    ),
    "not-decided": ("Not decided", "gray", "Import service tags and NICs, or look at it by hand."),
}
"""Kind -> words, colour, what to do; the worst first."""
_MOST = 60
_NO_WITNESS = ("never-hit", "not-decided")
_START = re.compile(rf"(?:^|; )(?=(?:{'|'.join(KINDS)}): )")


@dataclass(frozen=True)
class Found:
    """One finding on one rule, in words."""

    kind: str
    rule: str
    priority: int
    access: str
    text: str
    witness: str


def show(subject: Subject) -> None:
    """The whole step."""
    rules = subject.existing
    if rules is None:
        why = "The audit shows which rules do nothing, get in each other's way, or open more than is used."
        existing.ask_for_import(subject.settings, subject.scope, why)
        return
    audited = cache.audited(subject, rules)
    there = audited[audited["direction"] == str(subject.direction)].reset_index(drop=True)
    found = sorted(findings(there), key=lambda each: (list(KINDS).index(each.kind), each.priority))
    elsewhere = sum(1 for _ in findings(audited)) - len(found)
    st.subheader(f"{subject.direction} rules of {rules.name}", anchor=False)
    st.caption(_summary(found, elsewhere, subject))
    _cards(found)
    tables.show(
        _named(there),
        tables.TableView(
            "Every rule", f"audit-{rules.name}", bars=("hits",), complete=lambda: audited, note="default rules included"
        ),
    )


def findings(audited: pd.DataFrame) -> Iterator[Found]:
    """The findings of an audit one by one: its cells hold several, joined by "; "."""
    for row in audited[audited["findings"] != ""].itertuples(index=False):
        parts = [part for part in _START.split(str(row.findings)) if part]
        witnesses = [part for part in str(row.witness).split("; ") if part]
        proved = sum(not part.startswith(_NO_WITNESS) for part in parts)
        for part in parts:
            kind, _, text = part.partition(": ")
            has_witness = kind not in _NO_WITNESS and len(witnesses) >= proved
            witness = witnesses.pop(0) if has_witness and witnesses else ""
            proved -= kind not in _NO_WITNESS
            yield Found(kind, str(row.name), int(str(row.priority)), str(row.access), text.rstrip("; "), witness)


def _named(audited: pd.DataFrame) -> pd.DataFrame:
    """Every rule with the kinds of its findings; the cards above have their words."""
    kinds: dict[str, list[str]] = {}
    for each in findings(audited):
        kinds.setdefault(each.rule, []).append(KINDS[each.kind][0])
    named = audited[["priority", "name", "access", "hits", "last_hit"]]
    named = named.assign(priority=named["priority"].astype("string"))
    return named.assign(findings=[", ".join(kinds.get(str(name), [])) for name in named["name"]])


def _summary(found: list[Found], elsewhere: int, subject: Subject) -> str:
    counts = [
        f"{sum(each.kind == kind for each in found)} {words.lower()}"
        for kind, (words, _, _) in KINDS.items()
        if any(each.kind == kind for each in found)
    ]
    other = f" The other direction has {elsewhere}." if elsewhere else ""
    scope = " All flows that the NSG logged count, not only this subnet's." if subject.scope.subnet else ""
    return (", ".join(counts) + "." if counts else "Nothing found in this direction.") + other + scope


def _cards(found: list[Found]) -> None:
    if not found:
        st.success("Every rule is used, and none hides or contradicts another.", icon=":material/check:")
        return
    kinds = ("all", *(kind for kind in KINDS if any(each.kind == kind for each in found)))
    wanted = url.choice(
        st.container(), "Finding", kinds, "finding", lambda kind: KINDS[kind][0] if kind in KINDS else "All"
    )
    shown = [each for each in found if wanted in ("all", each.kind)]
    for each in shown[:_MOST]:
        _card(each)
    if len(shown) > _MOST:
        st.caption(f"The worst {_MOST} of {len(shown):,}; the CSV of every rule has them all.")


def _card(each: Found) -> None:
    words, colour, advice = KINDS[each.kind]
    with st.container(border=True, gap="xsmall"):
        row = st.container(horizontal=True, vertical_alignment="center", gap="small")
        row.badge(words, color=colour)  # type: ignore[arg-type]
        row.markdown(f"**{each.rule}**", width="content")
        row.caption(f"priority {each.priority} · {each.access}", width="content")
        st.markdown(f"{_plain(_sentence(each))}. {advice}")
        if each.witness:
            st.markdown(f":gray[:material/science: Proof:] `{each.witness.replace('`', '')}`")


def _sentence(each: Found) -> str:
    """With a capital letter, unless it begins with the name of a rule."""
    is_name = each.kind in ("shadowed", "overlapping")
    return each.text if is_name else each.text[:1].upper() + each.text[1:]


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>$])", r"\\\1", text)
