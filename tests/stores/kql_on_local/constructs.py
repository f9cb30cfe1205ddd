"""Constructs of KQL with what Kusto answers, a line of constructs.txt each: rows (`=> values, / between rows`), or a
word of the refusal.

Written from Microsoft Learn's reference of each function and operator; D is a small table that stands before them.
`page.py` makes `docs/kql.md` of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

D = """let D = datatable(ip:string, port:int, n:long, r:real, t:datetime, b:bool)[
"10.0.0.1", 443, 10, 1.5, datetime(2026-01-01T00:10:00Z), true,
"10.0.0.1", 22, 5, 2.5, datetime(2026-01-01T01:20:00Z), false,
"10.0.1.7", 443, 7, 0.5, datetime(2026-01-01T01:40:00Z), true,
"8.8.8.8", 53, 1, 4.0, datetime(2026-01-01T03:00:00Z), false];
"""


@dataclass(frozen=True)
class Construct:
    """One query; `answer` is its rows as text, or "" where it is refused with `refusal` in the sentence."""

    group: str
    kql: str
    answer: str = ""
    refusal: str = ""

    @property
    def whole(self) -> str:
        return D + self.kql if re.search(r"\bD\b", self.kql) else self.kql


def read_constructs() -> list[Construct]:
    """One construct a line of the file; `=>` is followed by its rows, `=!` by a word of the refusal."""
    found, group = [], ""
    text = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("# "):
            group = line[2:]
        elif " =! " in line:
            kql, _, word = line.rpartition(" =! ")
            found.append(Construct(group, kql, refusal=word))
        else:
            kql, _, answer = line.rpartition(" =>")
            found.append(Construct(group, kql.replace("⏎", "\n"), answer.strip()))
    return found


CONSTRUCTS = read_constructs()
