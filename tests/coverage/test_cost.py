"""What flow logs cost a month, worked out by hand; and a table of prices that a user replaces."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.coverage.closing.planning import wanted_logs
from nsgflow_core.coverage.closing.wanted import Wish
from nsgflow_core.coverage.cost.monthly import ADDS, NOW, cost_of, cost_totals, costs_frame
from nsgflow_core.coverage.cost.prices import known_prices, read_prices
from nsgflow_core.coverage.cost.volume import BYTES_AN_ENTRY, HOURS_A_MONTH, Volume, Volumes
from nsgflow_core.coverage.truth import find_truth
from nsgflow_core.errors import InputError
from tests.coverage.estate import HOURS, estate


def test_microsofts_worked_example_comes_out() -> None:
    """10 GB of flow logs, which become 1 GB in the workspace: 10 x $2.30 + 1 x $2.76 = $25.76."""
    cost = cost_of(Volume(0, 10.0, ""), 90, 60, known_prices())
    assert cost.analytics + cost.workspace == pytest.approx(25.76)
    assert cost.collection == pytest.approx(5.0)
    assert cost.storage == pytest.approx(10 * 90 / (365 / 12) * 0.02)
    assert cost_of(Volume(0, 10.0, ""), 90, 10, known_prices()).analytics == pytest.approx(35.0)
    without = cost_of(Volume(0, 10.0, ""), 0, 0, known_prices())
    assert (without.analytics, without.workspace) == (0, 0)
    assert without.storage == pytest.approx(10 * 12 * 0.02), "kept for ever: after a year"


def test_a_month_is_extrapolated_from_the_window_and_what_is_not_logged_from_the_other_ends(tmp_path: Path) -> None:
    made = estate(3)
    for name in ("v00", "v01"):
        del made.logs[name]
        for machine in ("app1", "app2", "db1"):
            made.machines[f"{name}-{machine}"].logs = []
    made.talks = [each for each in made.talks if not each[0].startswith("v01")]
    store = made.store(tmp_path / "f.duckdb")
    truth = find_truth(store, FlowFilter(), made.inventory())
    volumes = Volumes(truth.seen)
    log = next(each for each in truth.seen.setup.logs if each.name == "v02-flowlog")
    entries = 2 * HOURS * 4  # three talks of two entries an hour: two ends of one of them, one end of two
    assert volumes.of_log(log).entries == entries * HOURS_A_MONTH // HOURS
    assert volumes.of_log(log).gb == pytest.approx(volumes.of_log(log).entries * BYTES_AN_ENTRY / 1e9)
    assert volumes.of_log(log).basis == f"measured over {HOURS} hours"
    wanted = wanted_logs(truth.seen, truth.gaps, truth.steps, Wish())
    costs = costs_frame(volumes, wanted, known_prices())
    bases = costs[costs["what"] == ADDS].set_index("flow_log")["basis"].to_dict()
    assert bases["v00-rg-flowlog"].startswith("at least: by what other ends logged with it")
    assert bases["v01-rg-flowlog"].startswith("3 NICs like the median one logged")
    adds = costs[costs["what"] == ADDS].set_index("flow_log")["entries"].to_dict()
    assert adds["v00-rg-flowlog"] == 2 * 2 * HOURS * HOURS_A_MONTH // HOURS, "what the hub logged of it"
    now, more = cost_totals(costs)
    by_hand = costs[costs["what"] == NOW]["total"].sum(), costs[costs["what"] != NOW]["total"].sum()
    assert (now, more) == pytest.approx(by_hand, abs=0.005)
    assert [f"{each:+,.2f}" for each in cost_totals(costs.assign(total=-1e-6))] == ["+0.00", "+0.00"]
    free = costs[costs["flow_log"] == "free of charge"]
    assert -free["collection"].sum() == pytest.approx(costs["collection"].clip(lower=0).sum(), abs=1e-3), "below 5 GB"


def test_a_users_prices_take_the_place_of_ours() -> None:
    ours = known_prices()
    mine = read_prices("key,price,as_of\ncollection_gb, 0.60,2026-11\n".encode("utf-8-sig"), "mine.csv")
    assert (mine["collection_gb"], mine["analytics_60_gb"]) == (0.60, ours["analytics_60_gb"])
    assert mine.rows["collection_gb"].source == "your file"
    assert "2026-07 to 2026-11" in mine.sentence
    everything = "key,price,currency\n" + "".join(f"{key},1,EUR\n" for key in ours.rows)
    assert read_prices(everything.encode(), "euro.csv").currency == "EUR"
    assert all(row.source and row.as_of for row in ours.rows.values()), "each price says whose and of when"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe\x00", b"key\ncollection_gb\n", b"key,price\ncollection_gb,free\n", b"key,price\nno_such,1\n",
        b"key,price\ncollection_gb,-1\n", b"key,price\ncollection_gb,nan\n", b"key,price\ncollection_gb,inf\n",
        b"key,price,currency\ncollection_gb,1,EUR\n", b"x" * 200_000, b"key,price\ncollection_gb\n",
    ],
)  # fmt: skip
def test_what_is_no_price_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(InputError, match=r"prices\.csv"):
        read_prices(content, "prices.csv")
