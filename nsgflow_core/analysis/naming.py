"""A question whose answer also names what it tells: the same rows, with names beside addresses, ports and MACs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

import pandas as pd

from nsgflow_core.analysis.question import TEXT, Composed, Question, Shape
from nsgflow_core.analysis.services import SERVICE, port_column, with_service
from nsgflow_core.ask.query import RowsQuery
from nsgflow_core.inventory.names.address_names import AddressNames

NAME_OF: Mapping[str, str] = {"src_ip": "source_name", "dst_ip": "destination_name"}
"""The dimension that names each of these."""
OF_ROWS = ("source_name", "destination_name", "service_tag", "country", "asn")
"""What single rows show beside their own columns."""
MAC, NIC = "mac", "nic"
"""The column of MAC addresses, and the one behind it that says whose they are."""
SomeQuestion = TypeVar("SomeQuestion", bound=Question | Composed)


def with_names_behind(
    question: SomeQuestion, unknown: Collection[str] = (), nics: Mapping[str, str] | None = None
) -> SomeQuestion:
    """The same question, its answer with the name behind each address, and the service behind its port.

    `unknown` names the dimensions that the store cannot tell: they are left out. `nics` tells whose a MAC address is;
    without any, nothing stands behind those.
    """
    if isinstance(question, Question):
        question = _with_names(question, unknown)
    shape = _with_services(question.shape)
    return replace(question, shape=_with_nics(shape, nics) if nics else shape)


def tells_nics(question: Question | Composed) -> bool:
    """True of one whose answer has MAC addresses."""
    return MAC in question.shape.names


def names_of_nics(names: AddressNames) -> Mapping[str, str]:
    """MAC address -> whose NIC it is, as addresses are named."""
    return {mac: owned.label for mac, owned in names.behind.nics.items()}


def _with_names(question: SomeQuestion, unknown: Collection[str]) -> SomeQuestion:
    assert isinstance(question, Question)
    query, shape = question.query, question.shape
    if not isinstance(query, RowsQuery):
        wanted = {key: name for key, name in NAME_OF.items() if key in query.by and name not in (*query.by, *unknown)}
        by = tuple(_each_with(query.by, wanted))
        shown = {shape.columns[query.columns.index(key)][0]: name for key, name in wanted.items()}
        query = replace(query, by=by)
    else:
        added = tuple(key for key in OF_ROWS if key not in (*query.also, *unknown))
        shown = {key: name for key, name in NAME_OF.items() if name in added}
        query = replace(query, also=(*query.also, *added))
        rest = [(key, TEXT) for key in added if key not in shown.values()]
        shape = Shape((*shape.columns, *rest), shape.reshape, shape.is_open)
    types = dict(shape.columns) | dict.fromkeys(shown.values(), TEXT)
    columns = tuple((name, types[name]) for name in _each_with(shape.names, shown))
    return replace(question, query=query, shape=Shape(columns, shape.reshape, shape.is_open))


def _each_with(names: tuple[str, ...], behind: Mapping[str, str]) -> Iterator[str]:
    """The names, each followed by what stands behind it."""
    for name in names:
        yield name
        if name in behind:
            yield behind[name]


def _with_services(shape: Shape) -> Shape:
    port = port_column(shape.names)
    if not port or SERVICE in shape.names:
        return shape
    at = shape.names.index(port) + 1
    columns = (*shape.columns[:at], (SERVICE, TEXT), *shape.columns[at:])

    def reshape(*answers: pd.DataFrame) -> pd.DataFrame:
        return with_service(shape.reshape(*answers))

    return Shape(columns, reshape, shape.is_open)


def _with_nics(shape: Shape, nics: Mapping[str, str]) -> Shape:
    if MAC not in shape.names or NIC in shape.names:
        return shape
    at = shape.names.index(MAC) + 1
    columns = (*shape.columns[:at], (NIC, TEXT), *shape.columns[at:])

    def reshape(*answers: pd.DataFrame) -> pd.DataFrame:
        made = shape.reshape(*answers)
        return made.assign(**{NIC: made[MAC].astype("str").map(nics).fillna("")}) if MAC in made else made

    return Shape(columns, reshape, shape.is_open)
