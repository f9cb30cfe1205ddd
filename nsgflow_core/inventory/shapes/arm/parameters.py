"""Parameters files of ARM templates: what a deployment hands in, in a file beside the template.

Source: Microsoft Learn, "Create a parameter file for ARM template deployment".
"""

from __future__ import annotations

import re
from typing import Any

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.shapes.arm.functions import member
from nsgflow_core.inventory.shapes.document import read_document

_SCHEMA = "deploymentparameters.json"
_MARK = re.compile(b"\0?".join(bytes([each]) for each in b"deploymentparameters"), re.IGNORECASE)
"""In whatever encoding: of no other file all is read to learn that it is none."""
_MOST_BYTES = 4 << 20
"""As large as Azure takes a parameters file (Microsoft Learn, "Azure subscription and service limits")."""


def parameters_of(content: str | bytes) -> dict[str, Any] | None:
    """The values that a parameters file hands in, by the name in lower case; None for any other file."""
    raw = content.encode("utf-8", "replace") if isinstance(content, str) else content
    if len(raw) > _MOST_BYTES or not _MARK.search(raw):
        return None
    try:
        values = read_document(content).values
    except BadInventory:
        return None
    of_deployment = [each for each in values if isinstance(each, dict) and _SCHEMA in _schema(each)]
    return handed_in(member(of_deployment[0], "parameters", {})) if len(of_deployment) == len(values) == 1 else None


def handed_in(parameters: Any) -> dict[str, Any]:
    """The values of a `parameters` object; those that only a key vault knows are not there."""
    bodies = parameters.items() if isinstance(parameters, dict) else ()
    return {
        name.casefold(): member(body, "value")
        for name, body in bodies
        if isinstance(body, dict) and member(body, "value", None) is not None
    }


def _schema(document: dict[str, Any]) -> str:
    return str(member(document, "$schema", "")).casefold()
