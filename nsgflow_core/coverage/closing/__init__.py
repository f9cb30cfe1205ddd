"""Closing gaps: flow logs as they should be, and the lines that would make them so; one table of languages."""

from __future__ import annotations

from collections.abc import Sequence

from nsgflow_core.coverage.closing import az_cli, bicep, terraform
from nsgflow_core.coverage.closing.base import Language
from nsgflow_core.coverage.closing.wanted import WantedLog
from nsgflow_core.errors import BadFilter

LANGUAGES: dict[str, Language] = {
    row.key: row
    for row in (
        Language("az", "az script", "sh", "text/x-shellscript", "bash", az_cli.write),
        Language("bicep", "Bicep", "bicep", "text/plain", "bicep", bicep.write),
        Language("terraform", "Terraform", "tf", "text/plain", "hcl", terraform.write),
    )
}


def written(logs: Sequence[WantedLog], language: str) -> str:
    """The lines for these flow logs. Raises BadFilter for a language there is not."""
    if language not in LANGUAGES:
        raise BadFilter(f"There is no language '{language}'.", f"Choose from: {', '.join(LANGUAGES)}.")
    return LANGUAGES[language].write(logs)
