"""The dossier as one HTML file: no scripts, nothing from elsewhere, and it prints as it reads."""

from __future__ import annotations

import re
from html import escape

from nsgflow_core.rules.dossier.as_json import fingerprint
from nsgflow_core.rules.dossier.base import Cell, Chapter, Dossier, Table
from nsgflow_core.rules.dossier.style import DOSSIER_STYLE
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.visible import encodable, visible

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Nothing runs and nothing is fetched, whatever a name in a log looks like."""
_FIGURES = re.compile(r"[\dTZ\u00a0:./-]{1,20}|[0-9a-f]{12}")
"""A port, a day, a time to the second, an address, a question's id: where it breaks on paper, it reads as two."""
_WIDTHS = {"Rule": "wide", "Question": "widest", "Rules": "wide", "Look at it because": "wide"}
"""Of columns that are read as a whole."""
_RUNS = re.compile(r"[^\s/;,-]+")
_RUN = 12
"""Letters that stand together on paper: a word of a sentence or name that is longer may be broken, at a hump first."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[/_;])(?=\w)")
_SIGNERS = ("Prepared by", "Reviewed by", "Approved by")


def write(dossier: Dossier) -> str:
    """The dossier as HTML text; every name, note and address in it is text."""
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{html_text(dossier.title)}</title>\n<style>\n{DOSSIER_STYLE}</style>\n</head>\n<body>\n<header>",
        f"<p class=eyebrow>Change dossier</p>\n<h1>{html_text(dossier.title)}</h1>",
        f"<p class=made>Made {html_text(dossier.made_at)} ({html_text(dossier.zone)})"
        f" by nsgflow {html_text(dossier.version)}</p>\n</header>",
        _verdict(dossier),
        _contents(dossier),
        *(_chapter(chapter) for chapter in dossier.chapters),
        _signatures(),
        f"<footer>SHA-256 of the JSON that belongs to it: <code>{fingerprint(dossier)}</code></footer>",
        "</body>\n</html>\n",
    ]
    return encodable("\n".join(parts))


def html_text(cell: Cell) -> str:
    """A value as HTML text: numbers with thousands, names with nothing hidden or turned around in them."""
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return f"{cell:,}"
    return escape("\n".join(map(visible, cell.splitlines())))


def _verdict(dossier: Dossier) -> str:
    points = dossier.open_points
    if not points:
        return "<section class='verdict good'><h2>Nothing speaks against signing</h2></section>"
    listed = "".join(f"<li>{html_text(point)}</li>" for point in points)
    heading = f"{counted(len(points), 'point')} to settle before signing"
    return f"<section class='verdict open'><h2>{heading}</h2><ul>{listed}</ul></section>"


def _contents(dossier: Dossier) -> str:
    links = "".join(f"<li><a href='#{html_text(c.key)}'>{html_text(c.title)}</a></li>" for c in dossier.chapters)
    return f"<nav aria-label=Contents><ol>{links}</ol></nav>"


def _chapter(chapter: Chapter) -> str:
    parts = [f"<section id='{html_text(chapter.key)}'>\n<h2>{html_text(chapter.title)}</h2>"]
    if chapter.open_points:
        parts.append(
            f"<ul class=points>{''.join(f'<li>{html_text(point)}</li>' for point in chapter.open_points)}</ul>"
        )
    parts += [f"<p>{html_text(sentence)}</p>" for sentence in chapter.sentences if sentence not in chapter.open_points]
    if chapter.facts:
        rows = "".join(
            f"<div><dt>{html_text(name)}</dt><dd>{html_text(cell)}</dd></div>" for name, cell in chapter.facts
        )
        parts.append(f"<dl>{rows}</dl>")
    parts += [table(each) for each in chapter.tables]
    if chapter.code:
        parts.append(f"<pre><code>{html_text(chapter.code)}</code></pre>")
    return "\n".join([*parts, "</section>"])


def table(shown: Table) -> str:
    """A table with its caption, heads and what was left out of it."""
    head = "".join(
        f"<th scope=col class={_kind(column, [row[at] for row in shown.rows])}>{html_text(column)}</th>"
        for at, column in enumerate(shown.columns)
    )
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>\n" for row in shown.rows)
    more = f"<p class=more>{counted(shown.left_out, 'further row')} left out.</p>" if shown.left_out else ""
    title = html_text(shown.title)
    return (
        f"<div class=table tabindex=0 role=region aria-label='{title}'><table>\n<caption>{title}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}</tbody>\n</table></div>{more}"
    )


def _cell(cell: Cell) -> str:
    if not isinstance(cell, str):
        return f"<td{' class=number' if cell is not None else ''}>{html_text(cell)}</td>"
    if _FIGURES.fullmatch(cell):
        return f"<td class='short figures'>{html_text(cell)}</td>"
    is_of_words = all(len(run) <= _RUN for run in _RUNS.findall(cell))
    kinds = " ".join(kind for kind, holds in (("short", _is_short(cell)), ("words", is_of_words)) if holds)
    return f"<td class='{kinds}'>{'<wbr>'.join(map(html_text, _HUMP.split(cell)))}</td>"


def _kind(column: str, cells: list[Cell]) -> str:
    """How a column is laid out: numbers to the right, and room for names that are read as a whole."""
    if any(isinstance(cell, int | float) for cell in cells):
        return "number"
    return _WIDTHS.get(column, "plain")


def _is_short(cell: str) -> bool:
    """True for what reads badly when it is broken: an id, a time."""
    return len(cell) <= len("2026-11-26T10:00:00+00:00") and " " not in cell


def _signatures() -> str:
    lines = "".join(f"<div><span>{who}</span><span>Date</span></div>" for who in _SIGNERS)
    return f"<section class=signatures><h2>Signatures</h2>{lines}</section>"
