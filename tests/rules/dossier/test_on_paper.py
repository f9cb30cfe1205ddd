"""A dossier in print: what is one word for its readers is not broken in two."""

from __future__ import annotations

import re

from nsgflow_core.rules.dossier import as_html
from nsgflow_core.rules.dossier.base import Chapter, Dossier, Table
from nsgflow_core.rules.dossier.style import DOSSIER_STYLE


def test_on_paper_no_day_time_or_id_is_broken_in_two():
    whole = ("2026-11-22", "2026-11-22T23:59:34Z", "9200c201086b", "10.20.4.4", "172.16.9.0/24")
    broken = ("allow-web-to-data-tcp-1433", "deny-spokes-in", "snet-shop-data", "10.0.0.0-10.255.255.255-and-more")
    shown = as_html.table(Table.of("t", ("a",), [(each,) for each in (*whole, *broken)]))
    assert all(f"<td class='short figures'>{each}</td>" in shown for each in whole)
    assert not any(f"figures'>{each}" in shown for each in broken)
    paper = DOSSIER_STYLE[DOSSIER_STYLE.index("@media print") :]
    assert ".figures { white-space: nowrap; }" in paper


def test_on_paper_words_stay_whole_and_long_names_break_where_they_read() -> None:
    """In a narrow column an address was "addresse" and an "s", and AllowVnetInBound broke behind its "InB"."""
    shown = as_html.table(
        Table.of("t", ("a", "Rules"), [("3 addresses", "nsg-web/AllowVnetInBound"), ("x" * 200, "Tcp")])
    )
    assert "<td class='words'>3 addresses</td>" in shown
    assert "nsg-web/<wbr>Allow<wbr>Vnet<wbr>In<wbr>Bound</td>" in shown
    assert f"<td class=''>{'x' * 200}</td>" in shown, "what is longer than a column breaks anywhere"
    assert "td.words { overflow-wrap: normal; }" in DOSSIER_STYLE


def test_chapters_carry_the_numbers_of_the_contents() -> None:
    """On paper a link is none: of 212 pages, "7. The rules" was found by leafing."""
    chapters = tuple(Chapter(key, f"About {key}") for key in ("scope", "rules", "undo"))
    shown = as_html.write(Dossier("t", "", "UTC", "1", chapters))
    listed, numbered = shown.count("<li><a href='#"), shown.count("<section id='")
    assert (listed, numbered) == (3, 3), "as many as the list of contents counts, and no other section"
    assert 'section[id] > h2::before { content: counter(chapter) ". "; }' in DOSSIER_STYLE
    assert "section[id] { counter-increment: chapter; }" in DOSSIER_STYLE


def test_the_numbers_of_the_contents_stand_clear_of_the_column_before() -> None:
    """They hang to the left of their text: "traffic that was6. Questions"."""
    (contents,) = re.findall(r"nav ol \{[^}]*\}", DOSSIER_STYLE)
    gap, hung = (int(re.findall(rf"{name}: (\d+)px", contents)[0]) for name in ("column-gap", "padding-left"))
    assert gap > hung
