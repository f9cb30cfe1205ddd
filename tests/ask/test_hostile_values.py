"""Every dimension with every hostile value: either a sentence, or a filter that the store answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.operators import OPERATORS
from nsgflow_core.ask.text.times import EARLIEST, LATEST, parse_time
from nsgflow_core.errors import BadFilter
from nsgflow_core.words.visible import in_short
from tests.hostile import VALUES, any_value

T = TypeVar("T")


@pytest.mark.parametrize("name", DIMENSIONS)
@pytest.mark.parametrize("operator", OPERATORS)
def test_a_value_has_a_meaning_or_a_short_sentence(name: str, operator: str) -> None:
    for value in VALUES:
        made, said = outcome(lambda: FlowFilter().where(name, value, operator=operator))  # noqa: B023
        assert len(said) < 300
        if made is not None:
            assert "," in value or FlowFilter.from_params(made.to_params()) == made
            assert [condition.tests() for condition in made.conditions]
            assert made.describe()


def outcome(ask: Callable[[], T]) -> tuple[T | None, str]:
    """What is made, or the sentence that says why nothing is."""
    try:
        return ask(), ""
    except BadFilter as error:
        return None, error.message


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from([*DIMENSIONS, "since", "until", "either_way"]), any_value, max_size=4))
def test_parameters_of_a_link_are_a_filter_or_a_sentence(params: dict[str, str]) -> None:
    made, said = outcome(lambda: FlowFilter.from_params(params))
    said.encode()
    if made is not None:
        assert made.describe()
        assert made.swapped().swapped() == made


@settings(deadline=None)
@given(any_value)
def test_a_time_lies_in_the_calendar_or_is_a_sentence(text: str) -> None:
    moment, said = outcome(lambda: parse_time(text))
    assert moment is None or EARLIEST <= moment < LATEST
    assert not said or in_short(text.strip()) in said
