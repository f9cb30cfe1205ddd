"""Which elements of Streamlit render Markdown: its own docstrings say, so one that it learns is known here as well."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

RAW_HTML = {"html": "body"}
SPELLS_AGAIN = {"badge": "label", "popover": "label"}
"""Only our own words go there: st.badge escapes brackets itself, and with that undoes ours; a popover's box is called
by its label with its backslashes."""
_PARAMETER = re.compile(r"^(\*{0,2}\w+) *: ")
_NEXT_SECTION = r"\n(?:Returns|Examples?|Notes?|Raises)\n-"


@dataclass(frozen=True)
class Element:
    """A function of Streamlit: its parameters in order, and those that it renders as Markdown."""

    parameters: tuple[str, ...]
    rendered: frozenset[str]


def elements() -> dict[str, Element]:
    """Every element that renders Markdown, by its name."""
    sources = (st, st.column_config, DeltaGenerator)
    named = {name: each for source in sources for name, each in inspect.getmembers(source, callable)}
    found = {name: _element(each) for name, each in named.items() if not name.startswith("_") and name != "write"}
    for name, parameter in (RAW_HTML | SPELLS_AGAIN).items():
        found[name] = Element(_parameters(named[name]), frozenset({parameter, "help"}))
    return {name: each for name, each in found.items() if each and each.rendered}


def _element(function: Callable[..., object]) -> Element | None:
    doc = inspect.getdoc(function) or ""
    if "\nParameters\n" not in doc:
        return None
    rendered, named = set(), ""
    for line in re.split(_NEXT_SECTION, doc.split("\nParameters\n", 1)[1])[0].splitlines():
        found = _PARAMETER.match(line)
        named = found[1] if found else named
        if named and "arkdown" in line:
            rendered.add(named)
    never = {"unsafe_allow_html", "width", "anchors", "wrap", "bind", "menu_items", "pages"}
    return Element(_parameters(function), frozenset(rendered - never))


def _parameters(function: Callable[..., object]) -> tuple[str, ...]:
    return tuple(name for name in inspect.signature(function).parameters if name != "self")
