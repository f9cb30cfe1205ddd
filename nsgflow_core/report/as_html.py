"""A report as one HTML file: no scripts, nothing from elsewhere, charts as SVG, and it prints as it reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import pandas as pd

from nsgflow_core import __version__
from nsgflow_core.ask.answers import in_zone, label
from nsgflow_core.ask.text.times import moment_words, zone_words
from nsgflow_core.charts.flows import bytes_in_words
from nsgflow_core.charts.pointed.ranked import Labels
from nsgflow_core.exports import with_texts
from nsgflow_core.report import drawing
from nsgflow_core.report.base import Report
from nsgflow_core.report.style import STYLE
from nsgflow_core.rules.dossier.as_html import POLICY, html_text, table
from nsgflow_core.rules.dossier.base import Cell, Table
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.visible import encodable
from nsgflow_core.words.vocabulary import Decision

_BARS = 12
_BYTES = ("bytes",)
_REQUIRED = (
    "source",
    "destination",
    "protocol",
    "port",
    "service",
    "rules",
    "flows",
    "bytes",
    "first_seen",
    "last_seen",
)
_DENIED = ("nsg", "rule", "direction", "protocol", "port", "service", "flows", "sources", "destinations", "last_seen")
_SOURCES = ("src_ip", "source_name", "source", "flows", "destinations", "ports", "first_seen", "last_seen")


def write(report: Report) -> str:
    """The report as HTML text; every name in it is text."""
    made = html_text(moment_words(report.made_at, report.zone))
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{html_text(report.title)}, {made}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>",
        f"<p class=eyebrow>Network report</p>\n<h1>{html_text(report.title)}</h1>",
        f"<p class=made>Made {made} by nsgflow {html_text(__version__)}</p>\n</header>\n<main>",
        _section("asked", "What was asked", _facts(report.facts)),
        _missing(report.missing),
        _section("numbers", "In numbers", _facts(_numbers(report)) + _over_time(report)),
        _section("required", "Required ports", _required(report)),
        _section("denied", "Denied", _denied(report)),
        _section("queries", "Queries", "".join(map(_query, report.queries))),
        "</main>\n</body>\n</html>\n",
    ]  # fmt: skip
    return encodable("\n".join(parts))


def _section(key: str, title: str, inside: str) -> str:
    return f"<section id={key}>\n<h2>{title}</h2>\n{inside}\n</section>"


def _query(asked: tuple[str, str]) -> str:
    of, words = asked
    return f"<h3>{html_text(of)}</h3><pre>{html_text(words)}</pre>"


def _facts(facts: Sequence[tuple[str, str]]) -> str:
    entries = (f"<div><dt>{html_text(name)}</dt><dd>{html_text(words)}</dd></div>" for name, words in facts)
    return f"<dl>{''.join(entries)}</dl>"


def _missing(sentences: Sequence[str]) -> str:
    verdict, *others = sentences
    listed = f"<ul>{''.join(f'<li>{html_text(each)}</li>' for each in others)}</ul>" if others else ""
    kind = "good" if verdict.startswith("No gap") and not others else "open"
    return (
        f"<section class='verdict {kind}' id=missing><h2>What is missing: {html_text(verdict)}</h2>{listed}</section>"
    )


def _numbers(report: Report) -> list[tuple[str, str]]:
    one, flows = report.totals.iloc[0], report.decisions.set_index("decision")["flows"]
    return [
        ("Flows", f"{int(one['flows']):,}"),
        *((f"{decision} flows", f"{int(flows.get(decision, 0)):,}") for decision in Decision),
        ("Bytes, both ways", bytes_in_words(one["bytes"])),
        ("Sources and destinations", f"{int(one['sources']):,} and {int(one['destinations']):,}"),
    ]


def _over_time(report: Report) -> str:
    intervals, before = report.over_time, report.before
    was = before.wide("decision", "flows", report.window) if before else pd.DataFrame()
    charts = []
    for decision in Decision:
        part = intervals[intervals["decision"] == decision]
        title = f"{decision} flows over time" + (f"; the line: {before.words}" if before else "")
        line = was.get(decision)
        drawn = drawing.over_time(part, str(decision).lower(), title, report.window, report.step, line, report.zone)
        charts.append(_figure(title, drawn) if drawn else f"<p class=none>No {str(decision).lower()} flows.</p>")
    return "".join(charts)


def _required(report: Report) -> str:
    ports = report.required
    if ports.empty:
        return "<p class=none>No port was used that a rule allowed.</p>"
    top = ports.nlargest(_BARS, "flows")
    labels = Labels.of(top, "source", "destination", " → ")
    drawn = drawing.ranked(labels, top["flows"].tolist(), "allowed", "Busiest required ports")
    return _figure("Busiest required ports", drawn) + _table(
        "Required ports", ports, _REQUIRED, report.required_of, report.zone
    )


def _denied(report: Report) -> str:
    refused = report.denied
    if refused.empty:
        return "<p class=none>Nothing was denied.</p>"
    top = refused.nlargest(_BARS, "flows")
    labels = Labels.of(top, "rule", "nsg")
    drawn = drawing.ranked(labels, top["flows"].tolist(), "denied", "Denied by rule and port")
    rules = _table("By rule and port", refused, _DENIED, report.denied_of, report.zone)
    sources = _table("By source", report.sources, _SOURCES, 0, report.zone)
    return _figure("Denied by rule and port", drawn) + rules + sources


def _figure(title: str, drawn: str) -> str:
    return f"<figure><figcaption>{html_text(title)}</figcaption>{drawn}</figure>"


def _table(title: str, frame: pd.DataFrame, columns: Sequence[str], of: int, zone: tzinfo) -> str:
    """The columns that the answer has, times to the minute, bytes in words."""
    told = with_texts(in_zone(frame, zone)[[name for name in columns if name in frame]])
    cells = [_cells(str(name), told[name]) for name in told.columns]
    of_zone = f" ({zone_words(zone)})"
    heads = tuple(f"{label(str(name))}{of_zone if 'seen' in str(name) else ''}" for name in told.columns)
    rows = tuple(zip(*cells, strict=True))
    note = f"{title}: {counted(max(of, len(frame)), 'row')}, the busiest first"
    return table(Table(note, heads, rows, max(of - len(rows), 0)))


def _cells(name: str, values: pd.Series) -> list[Cell]:
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return ["" if pd.isna(moment) else f"{moment:%Y-%m-%d\u00a0%H:%M}" for moment in values]
    if name in _BYTES:
        return [bytes_in_words(count) for count in values]
    if name == "port":
        return [str(port) for port in values]
    return [None if pd.isna(value) else value for value in values.tolist()]
