"""One spelling in `contexts` for what Azure tells apart without case: rules, and the resources that are logged.

One log can spell a rule as a template does and another as a portal does; a rule that is made anew can change its case.
Answers say one of them; what was logged is kept beside it, since a batch's words are found by that.
Source: Microsoft Learn, "Naming rules and restrictions for Azure resources" (names and ids ignore case).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import duckdb

from nsgflow_core.formats.coded.flows import CONTEXT_WORDS
from nsgflow_core.stores.local.cells.making import names_changed
from nsgflow_core.words import arm_id

LOGGED: Final[Mapping[str, str]] = {"rule": "logged_rule", "target": "logged_target"}
"""The columns of `contexts` with these words as logged."""

COLUMNS: Final = (*CONTEXT_WORDS, *LOGGED.values())
"""The columns of `contexts` after the id, and what a batch has for each."""
GIVEN: Final = (*CONTEXT_WORDS, *LOGGED)

STEP = "".join(f"ALTER TABLE contexts ADD COLUMN {logged} VARCHAR;\n" for logged in LOGGED.values()) + (
    f"UPDATE contexts SET {', '.join(f'{logged} = {word}' for word, logged in LOGGED.items())};"
)


def spell_alike(connection: duckdb.DuckDBPyConnection) -> bool:
    """Show one spelling of each rule and resource; True where some had several. Raises duckdb.Error."""
    found = [_spell(connection, *each) for each in LOGGED.items()]
    return any(found)


def step_to_spelled(connection: duckdb.DuckDBPyConnection) -> None:
    """What a file of before needs: the tables beside the flows told its spellings apart. Raises duckdb.Error."""
    if spell_alike(connection):
        names_changed(connection)


def _spell(connection: duckdb.DuckDBPyConnection, word: str, logged: str) -> bool:
    key = f"rtrim(lower({logged}), '/')"
    several = f"SELECT {key}, list(DISTINCT {logged}) FROM contexts GROUP BY ALL HAVING count(DISTINCT {word}) > 1"
    found = {each: arm_id.best_spelling(spellings) for each, spellings in connection.execute(several).fetchall()}
    for each, best in found.items():
        connection.execute(f"UPDATE contexts SET {word} = $best WHERE {key} = $key", {"best": best, "key": each})
    return bool(found)
