"""Which NSG of a file the commands take, and what they say where that is not clear."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

import pytest

from nsgflow_core.commands.rules.rule_files import existing_rules
from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.scope import Scope


def test_nsgs_of_one_name_are_offered_by_names_that_tell_them_apart(tmp_path: Path) -> None:
    path = "/subscriptions/s/resourceGroups/{}/providers/Microsoft.Network/networkSecurityGroups/nsg-default"
    held = [{"name": "nsg-default", "id": path.format(group), "securityRules": []} for group in ("rg1", "rg2")]
    (file := tmp_path / "nsgs.json").write_text(json.dumps(held))
    asked = Namespace(rules=str(file), inventory=[], subnets=None, nsg_names=None, service_tags=None, store=None)
    with pytest.raises(BadInventory) as refused:
        existing_rules(asked, Scope(nsg="nsg-app"))
    assert "rg1/nsg-default, rg2/nsg-default" in refused.value.hint
