"""Figures as tables of docs/performance.md, between two marks: what stands around them stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.figures.measured import Figure

BEGIN, END = "<!-- make bench writes from here -->", "<!-- to here -->"


def section(figures: Sequence[Figure], conditions: str) -> str:
    """Two tables: each figure of the largest size beside its floor, and how questions grow with the store."""
    largest = {each.what: each for each in sorted(figures, key=lambda each: each.tuples)}
    lines = [conditions, "", "| what | tuples | processor seconds | floor | its seconds | ratio |", "| --- " * 6 + "|"]
    lines += [
        f"| {each.what} | {each.tuples:,} | {each.seconds:.3f} | {each.floor} | {each.floor_seconds:.3f} "
        f"| {each.ratio:.2f} |"
        for each in largest.values()
    ]
    return "\n".join([*lines, "", *_growth(figures)])


def _growth(figures: Sequence[Figure]) -> list[str]:
    """A table for each set of sizes that things were measured at."""
    seconds: dict[str, dict[int, float]] = {}
    for each in figures:
        seconds.setdefault(each.what, {})[each.tuples] = each.seconds
    sets = {tuple(sorted(took)) for took in seconds.values() if len(took) > 1}
    tables = [
        _grown(sizes, {name: took for name, took in seconds.items() if tuple(sorted(took)) == sizes})
        for sizes in sorted(sets)
    ]
    return [line for number, table in enumerate(tables) for line in (*([""] if number else []), *table)]


def _grown(sizes: Sequence[int], seconds: Mapping[str, Mapping[int, float]]) -> list[str]:
    told = [f"| growth, ms | {' | '.join(f'{size / 1e6:.1f} M' for size in sizes)} | last to first, a tuple |"]
    told.append("| --- " * (len(sizes) + 2) + "|")
    for name, by_size in seconds.items():
        took = [by_size[size] for size in sizes]
        share = took[-1] / took[0] * sizes[0] / sizes[-1]
        told.append(f"| {name} | {' | '.join(f'{each * 1_000:,.0f}' for each in took)} | {share:.2f} |")
    return told


def put(page: str, written: str) -> str:
    """The page with its section replaced. Raises ValueError for a page without the marks."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page has no place for figures: it needs the lines {BEGIN} and {END}.")
    return f"{head}{BEGIN}\n\n{written}\n\n{END}{tail}"
