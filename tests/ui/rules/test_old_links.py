"""A link to the rules of what is gone, or was never called so, on the sample estate."""

from __future__ import annotations

import pytest

from nsgflow_core.ui.rules.steps import STEPS
from tests.ui.frame.as_it_reads import as_it_reads
from tests.ui.reading import Opened


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("scope", "near"), [("subnet/snet-shop-wob", "snet-shop-web"), ("nsg/nsg-shop-wob", "nsg-shop-web")]
)
def test_what_an_old_link_names_is_not_said_to_be_without_traffic(
    step: str, scope: str, near: str, opened: Opened
) -> None:
    at = opened("rules", **{"for": scope, "step": step})
    assert not at.exception
    (said,) = (as_it_reads(each.value) for each in at.info)
    kind = "NSG" if scope.startswith("nsg/") else "subnet"
    assert f"No {kind} is called {scope.partition('/')[2]} in the flows and files here. Did you mean {near}" in said
    assert not at.get("download_button"), "an empty rule set is no answer"
