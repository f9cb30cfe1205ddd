"""The Coverage page on the sample estate: gaps, lines in each language, NSG flow logs, costs and a user's prices."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from nsgflow_core.coverage.cost.prices import read_prices
from nsgflow_core.ui.coverage import made
from tests.ui.frame.as_it_reads import as_it_reads


def said(app: AppTest) -> str:
    boxes = [*app.warning, *app.info, *app.success]
    return as_it_reads(" ".join([box.value for box in boxes] + [each.value for each in [*app.markdown, *app.caption]]))


def test_the_samples_gaps_and_the_lines_that_close_them(opened: Callable[..., AppTest]) -> None:
    app = opened("coverage")
    text = said(app)
    assert "4 gaps where all is logged, but not kept or read as it should be." in text
    for words in (
        "vnet-dev-rg-dev-flowlog is kept for 7 days, wanted are 30.",
        "vnet-lab-rg-hub-flowlog is set on VNet vnet-lab, which is not there any more.",
        "vnet-erp-rg-erp-flowlog, which has all its flows.",
        "Azure ends NSG flow logs on 30 September 2027",
    ):
        assert words in text
    assert "az network watcher flow-log delete" in app.code[0].value
    app = opened("coverage", language="terraform", retention="180", interval="60")
    assert 'resource "azurerm_network_watcher_flow_log" "vnet_dev_rg_dev_flowlog"' in app.code[0].value
    assert "days    = 180" in app.code[0].value
    assert "interval_in_minutes   = 60" in app.code[0].value


def test_prices_of_the_session_are_used(opened: Callable[..., AppTest]) -> None:
    app = opened("coverage")
    before = next(each.value for each in app.metric if "Closing" in each.label)
    dear = "key,price\n" + "".join(f"{key},1000\n" for key in ("analytics_10_gb", "workspace_gb", "storage_gb_month"))
    app.session_state[made._PRICES] = read_prices(dear.encode(), "dear.csv")
    app.run()
    assert next(each.value for each in app.metric if "Closing" in each.label) != before
    app.button(key="prices_ours").click().run()
    assert next(each.value for each in app.metric if "Closing" in each.label) == before
