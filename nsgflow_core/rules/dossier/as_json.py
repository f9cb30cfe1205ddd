"""The dossier as JSON: the same chapters, for a pipeline or a ticket; and the hash by which its HTML names it."""

from __future__ import annotations

import hashlib
import json

from nsgflow_core.rules.dossier.base import Chapter, Dossier, Table
from nsgflow_core.words.visible import encodable


def write(dossier: Dossier) -> str:
    """The dossier as JSON text; the same dossier is always the same text."""
    document = {
        "dossier": 1,
        "title": dossier.title,
        "made_at": dossier.made_at,
        "time_zone": dossier.zone,
        "made_by": f"nsgflow {dossier.version}",
        "ready_to_sign": not dossier.open_points,
        "open_points": list(dossier.open_points),
        "chapters": [_chapter(chapter) for chapter in dossier.chapters],
    }
    return encodable(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def fingerprint(dossier: Dossier) -> str:
    """The SHA-256 of the JSON file, as `sha256sum` prints it."""
    return hashlib.sha256(write(dossier).encode()).hexdigest()


def _chapter(chapter: Chapter) -> dict[str, object]:
    return {
        "key": chapter.key,
        "title": chapter.title,
        "open_points": list(chapter.open_points),
        "sentences": list(chapter.sentences),
        "facts": dict(chapter.facts),
        "tables": [_table(table) for table in chapter.tables],
        "code": chapter.code,
    }


def _table(table: Table) -> dict[str, object]:
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return {"title": table.title, "rows": rows, "rows_left_out": table.left_out}
