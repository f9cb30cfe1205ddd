"""Puts the functions into duckdb-kql's tables."""

from __future__ import annotations

from duckdb_kql import translate
from duckdb_kql.translate import functions as registry

from nsgflow_core.stores.kql_on_local.language.functions.addresses import ADDRESSES
from nsgflow_core.stores.kql_on_local.language.functions.looking import LOOKING, add_conditionals
from nsgflow_core.stores.kql_on_local.language.functions.templates import TEMPLATES


def add_functions() -> None:
    """Into duckdb-kql's tables."""
    for name, (template, arities) in TEMPLATES.items():
        registry.SCALAR_FUNCTIONS[name] = registry.FunctionSpec(name, "template", template, arities)
    add_conditionals()
    translate._SPECIAL_FORMS.update({**ADDRESSES, **LOOKING})
    for name in translate._SPECIAL_FORMS:  # else summarize takes them for aggregates that it does not know
        registry.SCALAR_FUNCTIONS.setdefault(name, registry.FunctionSpec(name, "template", ""))
