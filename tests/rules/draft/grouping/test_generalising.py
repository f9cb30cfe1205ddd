"""A small enterprise, drafted from three days, measured on the fourth; bench/rules/generalise.py has the large ones."""

from __future__ import annotations

import pytest

from nsgflow_core.intake.importing import import_flows
from nsgflow_core.inventory.subnet_map import read_subnet_map
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.graphs.enterprise import SMALL, Enterprise, enterprise
from tests.estates.graphs.kept_and_opened import DEFAULT, EARLIER, Measured, Way, measured

Estate = tuple[Enterprise, LocalStore]


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    folder = tmp_path_factory.mktemp("enterprise")
    estate = enterprise(1, sizes=SMALL)
    estate.write(folder / "logs")
    store = LocalStore(folder / "flows.duckdb")
    store.save_subnets(read_subnet_map(estate.subnets_csv(flat=True)))
    import_flows(FolderSource(folder / "logs"), store)
    return estate, store


def test_the_default_draft_keeps_tomorrow_in_few_rules(flat: Estate) -> None:
    def on(way: Way) -> Measured:
        return measured(flat[1], flat[0], ["flat"], way)

    earlier, default = on(EARLIER), on(DEFAULT)
    assert default.flows > max(0.99, earlier.flows)
    assert default.cells > 0.99 > earlier.cells
    assert default.opened_outside_ranges < earlier.opened
    assert default.opened_outside_ranges < 2
