"""The table of drafted rules in windows of several widths: it ends with a whole column, and texts share the room."""

from __future__ import annotations

import pandas as pd
import pytest

from nsgflow_core.rules.draft.seen.evidence import review
from nsgflow_core.ui.frame.browser import scripts
from nsgflow_core.ui.parts.fitting import columns_that_fit, letters
from nsgflow_core.ui.rules.drafting import draft, editor, layout

ADDRESSES = ", ".join(f"10.0.{at}.18" for at in range(20))
RULE = {"name": "allow-snet-000-and-snet-001-and-more-to-snet-056-tcp-443", "priority": 100, "decision": "Open"}
RULE |= {"sources": ADDRESSES, "destinations": "10.0.56.4, 10.0.56.14", "ports": "443", "flows": 1, "days": 1}
FEW, SCAN = ("; ".join(each.seen for each in review(3, 1, 7, has_scan=has_scan)) for has_scan in (False, True))
WIDE = (1200, 1360, 1440)


def drawn(
    hidden: tuple[str, ...], reasons: str, least_width: int, patch: pytest.MonkeyPatch
) -> tuple[pd.DataFrame, dict[str, int]]:
    """The cells of a rule in such a window, and how wide each column is drawn."""
    for module in (scripts, layout):
        patch.setattr(module, "least_width", lambda: least_width)
    cells = pd.DataFrame([{name: RULE.get(name, "") for name in editor.ORDER if name not in hidden}])
    shown = layout.on_screen(cells.assign(review=reasons) if "review" in cells else cells)
    made = editor._fitted(shown)
    return shown, {str(name): int(str(made[str(name)]["width"])) for name in shown.columns}


@pytest.mark.parametrize("least_width", [760, 1000, *WIDE])
@pytest.mark.parametrize("reasons", ["", FEW, SCAN])
@pytest.mark.parametrize("hidden", [draft._DRAFTED_HIDES, draft._CLOSING_HIDES])
def test_a_window_ends_with_a_whole_column(
    hidden: tuple[str, ...], reasons: str, least_width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, widths = drawn(hidden, reasons, least_width, monkeypatch)
    ends = [sum([*widths.values()][: place + 1]) for place in range(len(widths))]
    assert columns_that_fit.room(least_width, halved=False) in ends, widths


@pytest.mark.parametrize("least_width", WIDE)
def test_why_to_look_at_a_rule_is_read_whole(least_width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    cells, widths = drawn(draft._DRAFTED_HIDES, FEW, least_width, monkeypatch)
    assert cells["review"][0] == "seen on one day only; only 3 flows"
    order = [*cells.columns]
    assert order.index("review") < order.index("confidence")
    if least_width >= 1360:
        assert widths["review"] >= letters.widest(cells["review"])
        assert widths["destinations"] >= letters.widest(cells["destinations"])


@pytest.mark.parametrize("reasons", ["", FEW, SCAN])
def test_of_texts_of_any_length_none_takes_the_room_of_another(reasons: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cells, widths = drawn(draft._DRAFTED_HIDES, reasons, 1440, monkeypatch)
    cut = [name for name in layout._TEXTS if widths[name] < letters.widest(cells[name])]
    assert min(widths[name] for name in cut) >= 170, widths


def test_each_gets_what_it_wants_or_as_much_as_any_other() -> None:
    assert columns_that_fit.shared({"a": 10, "b": 300, "c": 200}, 310) == {"a": 10, "c": 150, "b": 150}
    assert columns_that_fit.shared({"a": 10}, 310) == {"a": 10}
    assert columns_that_fit.shared({}, 310) == {}
