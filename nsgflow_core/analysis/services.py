"""The registered name of each service of an answer, in a column of its own behind the port."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from nsgflow_core.words.services.port_names import port_name

SERVICE = "service"
_PORTS = ("port", "dst_port")


def port_column(names: Sequence[str]) -> str:
    """Which of an answer's columns is the port of a service; "" where it tells no service."""
    return next((name for name in _PORTS if name in names), "") if "protocol" in names else ""


def with_service(answer: pd.DataFrame) -> pd.DataFrame:
    """The answer with the column `service`, "" where a port has no registered name; one look-up a distinct service."""
    names = [str(name) for name in answer.columns]
    port = port_column(names)
    if not port or SERVICE in names:
        return answer
    distinct = answer[["protocol", port]].drop_duplicates().dropna()
    known = {(word, number): port_name(str(word), int(number)) for word, number in distinct.itertuples(index=False)}
    told = [known.get(each, "") for each in zip(answer["protocol"], answer[port], strict=True)]
    made = answer.copy()
    made.insert(names.index(port) + 1, SERVICE, pd.Series(told, index=answer.index, dtype="str"))
    return made
