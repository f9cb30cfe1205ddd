"""Sentences about many things of which the same is to be said: one of them, and of which others it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nsgflow_core.words.numbers import first_of

SHOWN = 5
"""So many of the others are named."""


def said_once(sentences: Iterable[str], names: Iterable[str]) -> Iterator[str]:
    """The sentences, each once, in order; those that differ in one of the names alone as the first of them.

    Behind it stands of which others the same is to be said: three hundred NSGs gave three hundred lines.
    """
    by_length = sorted({name for name in names if name}, key=len, reverse=True)
    alike: dict[str, tuple[str, list[str]]] = {}
    for sentence in dict.fromkeys(sentences):
        name = next((each for each in by_length if each in sentence), "")
        form = sentence.replace(name, "\0") if name else sentence
        alike.setdefault(form, (sentence, []))[1].append(name)
    for first, (_, *others) in alike.values():
        named = first_of(others, SHOWN)
        yield f"{first} The same of {named}." if others else first
