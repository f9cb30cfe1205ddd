"""A question whose answer also names what it tells: the same rows, with names beside ports."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import pandas as pd

from nsgflow_core.analysis.question import TEXT, Composed, Question, Shape
from nsgflow_core.analysis.services import SERVICE, port_column, with_service

Asked = TypeVar("Asked", bound=Question | Composed)


def named(question: Asked) -> Asked:
    """The same question, its answer with the registered name of each service behind its port."""
    return replace(question, shape=_with_services(question.shape))


def _with_services(shape: Shape) -> Shape:
    port = port_column(shape.names)
    if not port or SERVICE in shape.names:
        return shape
    at = shape.names.index(port) + 1
    columns = (*shape.columns[:at], (SERVICE, TEXT), *shape.columns[at:])

    def reshape(*answers: pd.DataFrame) -> pd.DataFrame:
        return with_service(shape.reshape(*answers))

    return Shape(columns, reshape, shape.is_open)
