"""The Rules page is not green past an admin rule that could not be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nsgflow_core.sources.sample.source import sample_nsgs
from tests.conftest import with_sample
from tests.rules.decide.test_path import admin
from tests.ui.frame.as_it_reads import as_it_reads
from tests.ui.opening import open_page


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_replay_is_not_green_past_an_admin_rule_that_could_not_be_read(
    is_whole: bool, sample_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = with_sample(sample_home, tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("NSGFLOW_STORE", str(home / "flows.duckdb"))
    rule = admin("no-ssh", 10, "Deny" if is_whole else "Maybe", "2222")
    content = json.dumps([*sample_nsgs(), rule]).encode()
    at = open_page("rules", {"for": "nsg/nsg-shop-web", "step": "replay"})
    at.file_uploader[0].set_value(("network.json", content, "application/json")).run()
    titles = [as_it_reads(each.proto.title) for each in at.success]
    assert ("Nothing breaks and nothing is opened" in titles) is is_whole
    told = " ".join(as_it_reads(each.value) for each in at.warning)
    assert ("admin rules are incomplete: 1 could not be used (no-ssh)." in told) is not is_whole
    assert ("Admin rule collection 'base', rule 'no-ssh': 'access' is 'Maybe'." in told) is not is_whole
