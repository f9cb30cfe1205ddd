"""No heading of a column is cut off: each is as wide as its words, and what is edited has its pencil beside them."""

from __future__ import annotations

from math import ceil

import pandas as pd
import pytest

from nsgflow_core.ask.answers import label
from nsgflow_core.ask.columns import COLUMNS
from nsgflow_core.ask.measures import MEASURES
from nsgflow_core.rules.proof.held_out import DAYS
from nsgflow_core.ui.parts import columns, tables
from nsgflow_core.ui.parts.fitting import short_names
from nsgflow_core.ui.rules.drafting import editor

GLYPHS = {
    **{3.0: " ", 3.5: "ijlI.", 4.0: "f()", 4.5: "t-", 5.0: "r/", 6.0: "sxz", 6.5: "cvyJY", 7.0: "aegkFLVX0123456789"},
    **{7.5: "bhnouAESTZ", 8.0: "dpqBCKPR", 8.5: "DG", 9.0: "HNU", 9.5: "OQ", 10.0: "wM", 11.0: "W", 11.5: "m"},
}
"""How wide Chromium draws 14 px Source Sans."""
DRAWN_AT = 15 * 0.875
"""Pixels of a heading's letters: Streamlit's small size of the theme's."""
PADDING, PENCIL = 16, 22
OTHERS = ("source_addresses", "destination_addresses", "newly_allowed_flows", "logged_rule", "pairs_passed")
"""Of no row: they read as their type does."""


VALUES = {"Int64": 1, "datetime64[us, UTC]": pd.Timestamp(0, tz="UTC"), "str": ""}


def needed(heading: str) -> int:
    """The pixels that a heading takes."""
    widths = {letter: width for width, letters in GLYPHS.items() for letter in letters}
    return ceil(sum(widths[letter] for letter in heading) * DRAWN_AT / 14) + PADDING


@pytest.mark.parametrize("kind", list(VALUES))
def test_a_table_s_headings_fit(kind: str) -> None:
    for name in {*COLUMNS, *MEASURES, *DAYS, *OTHERS}:
        for bar in ("", "red") if kind == "Int64" else ("",):
            made = columns.column(name, pd.DataFrame({name: pd.Series([VALUES[kind]], dtype=kind)}), bar)
            width, heading = made["width"], str(made["label"])
            assert not isinstance(width, int) or width >= needed(heading), (name, kind, width)
            assert heading.startswith(label(name))


@pytest.mark.parametrize("kind", ["int64", "Int64"])
def test_a_priority_is_a_number_at_the_right_without_separators(kind: str) -> None:
    made = columns.column("priority", pd.DataFrame({"priority": pd.Series([4096], dtype=kind)}), "")
    assert made["type_config"] == columns.column("port", pd.DataFrame({"port": [22]}), "")["type_config"]
    assert "'%d'" in str(made["type_config"])


def test_the_editor_s_headings_fit() -> None:
    for name, made in editor._columns(pd.DataFrame()).items():
        width, heading = made["width"], str(made["label"])
        assert isinstance(width, int)
        assert width >= needed(heading) + PENCIL * (name in editor._EDITABLE), name


def test_long_names_in_cells_are_told_apart_and_short_ones_stay() -> None:
    names = [f"snet-production-westeurope-hub-application-tier-{at:03}-blue-customer-facing" for at in range(3)]
    frame = pd.DataFrame({"source": [*names, "Internet"], "flows": range(4)})
    told = short_names.shortened(frame, 22)["source"].tolist()
    assert told[3] == "Internet"
    assert len(set(told)) == 4
    assert max(map(len, told)) <= 22


def test_names_that_few_rows_have_are_seen_whole() -> None:
    frame = pd.DataFrame({"destination_name": ["", "aaaaaaaa/rg-net/vm-app-0"], "flows": [1, 2]})
    (widest,) = tables._own_widths(frame).values()
    width = columns.column("destination_name", frame, "", None, widest)["width"]
    assert tables._own_widths(frame[1:]) == {}
    assert isinstance(width, int)
    assert width >= needed("aaaaaaaa/rg-net/vm-app-0") - PADDING


@pytest.mark.parametrize("letters", [44, 11])
def test_of_several_rules_the_first_is_read_and_the_others_are_counted(letters: int) -> None:
    rules = [
        "nsg-shop-web-of-the-hub/allow-web; nsg-jump/x; nsg-hub/y",
        "nsg-dev/AllowInternetOutBound",
        "",
        "a-rule" * 9,
    ]
    told = short_names.shortened(pd.DataFrame({"rules": rules}), letters)["rules"].tolist()
    assert told[0].startswith("nsg-shop-w")
    assert told[0].endswith("/allow-web +2")
    if letters > 30:
        assert told[1] == "nsg-dev/AllowInternetOutBound"
    assert told[2] == ""
    assert max(map(len, told)) <= 30
