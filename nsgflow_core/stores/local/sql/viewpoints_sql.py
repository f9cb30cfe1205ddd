"""The viewpoints of a question: the contexts that its filter lets through, with what flows are resolved by."""

from __future__ import annotations

from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.fragments import fill
from nsgflow_core.stores.local.cells.tables import VIEWED
from nsgflow_core.stores.local.sql.grouping import Grouping

_POINTS = "points AS (SELECT DISTINCT ON (view) * EXCLUDE (id) FROM views)"


def views_stages(grouping: Grouping, where: str) -> list[str]:
    """`views`, a row a context: its words, and numbers for its viewpoint (the grouped words, decision, log kind,
    direction, NSG, rule), its side (log kind, direction), its way (direction), its cell (without these) and the grouped
    words; `points`, a row a viewpoint."""
    words = grouping.words
    cell = list(dict.fromkeys(["decision", *words]))
    columns = dict.fromkeys([*cell, "direction", "nsg", "rule"])
    view = dict.fromkeys([*cell, "log_kind", "direction", "nsg", "rule"])
    ranks = {"cell": cell, "view": list(view)} | ({"word": words} if words else {})
    ranked = "".join(f", dense_rank() OVER (ORDER BY {', '.join(key)}) AS {name}" for name, key in ranks.items())
    side = "(log_kind = 'VNet')::INTEGER * 2 + (direction = 'Outbound')::INTEGER AS side"
    side += ", (direction = 'Outbound')::INTEGER AS way"
    made = {name: fill(grouping.columns[name].sql.made, {"row": "w"}) for name in words}
    computed = "".join(f", {text} AS {name}" for name, text in made.items() if text != f"w.{name}")
    source = f"(SELECT w.*{computed} FROM words w) w" if computed else "words w"
    return [
        f"views AS MATERIALIZED (SELECT id, {', '.join(columns)}, {side}{ranked}\n    FROM {source}{where})",
        _POINTS,
    ]


def coded_views_stages(grouping: Grouping, where: str) -> list[str]:
    """The same from the numbers that `context_codes` has of words: a store has some ten thousand contexts."""
    words, texts = grouping.words, list(grouping.words)
    texts += [name for name in ("direction", "nsg", "rule") if grouping.lists and name not in words]
    made = {name: fill(DIMENSIONS[name].sql.made, {"row": "w"}) for name in texts if name != "decision"}
    told = "".join(f", {text} AS {name}" for name, text in made.items())
    joined = " JOIN words w ON w.id = x.id" if told or where else ""
    denied = "CASE WHEN x.is_denied THEN 'Denied' ELSE 'Allowed' END AS decision"
    source = f"(SELECT x.*, {denied}{told} FROM context_codes x{joined}{where}) x"
    columns = ", ".join(f"x.{name}" for name in dict.fromkeys(["decision", *texts]))
    codes = ["is_denied" if name == "decision" else f"w_{name}" for name in words]
    view, cell, word = "x.view", "x.is_denied::BIGINT AS cell", ""
    if codes:
        listed = ", ".join(codes)
        numbered = f"SELECT *, row_number() OVER (ORDER BY {listed}) AS word"
        source += f" JOIN ({numbered} FROM (SELECT DISTINCT {listed} FROM context_codes)) n"
        source += f" USING ({listed})"
        cell, word = "n.word * 2 + x.is_denied::BIGINT AS cell", ", n.word"
        view = view if VIEWED.issuperset(words) else f"x.view * {1 << 32} + n.word"
    return [
        f"views AS MATERIALIZED (SELECT x.id, {columns}, x.side, x.w_direction AS way, {view} AS view, {cell}{word}\n"
        f"    FROM {source})",
        _POINTS,
    ]
