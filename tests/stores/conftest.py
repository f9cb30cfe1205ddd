"""What tests of several stores share."""

import pandas as pd
import pytest

from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.sample.source import SampleSource
from nsgflow_core.stores.local.store import LocalStore


@pytest.fixture
def stub_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The token that the workspace stub takes."""
    monkeypatch.setenv("NSGFLOW_LOGS_TOKEN", "stub")


@pytest.fixture(scope="module")
def three_hours(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    """Three hours of the sample estate, for tests that ask KQL of them."""
    made = LocalStore(tmp_path_factory.mktemp("kql") / "flows.duckdb")
    source = SampleSource()
    hours = sorted({blob.hour for blob in source.blobs() if blob.hour})
    import_flows(source, made, since=hours[10], until=hours[10] + pd.Timedelta(hours=3))
    return made
