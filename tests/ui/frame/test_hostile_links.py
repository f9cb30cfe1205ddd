"""Links that nobody of us made: every parameter of every page, and no page that says something went wrong."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from nsgflow_core.ui.frame import filter_bar, navigation
from nsgflow_core.ui.frame.asking import links
from nsgflow_core.ui.frame.asking.asked_filter import read_filter
from tests.conftest import ROOT
from tests.hostile import VALUES, any_value
from tests.ui.frame.as_it_reads import as_it_reads
from tests.ui.reading import texts

BOUND = {"choice": 3, "pick_one": 3, "picker": 3, "slider": 3, "switch": 2, "field": 2, "number": 2, "asked_for": 0}
"""The functions of `url` that read a parameter, and where its key stands."""
ALL = (*BOUND, "get", "get_all")
_CONSTANTS = {
    "DIAL_KEY": "dial",
    "key": "",
    "scope.DIAL_KEY": "dial",
    "PARAMETER": "ip",
    "KEY": "told",
    "_GUARD": "guard",
    "_PART": "part",
}


def own_parameters(*by: str) -> set[str]:
    """Every parameter that code of the pages reads by name, besides the filter; those read `by` these functions."""
    found = set()
    for path in [*(ROOT / "nsgflow_core" / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in (by or ALL):
                found.add(_key(node, node.func.attr, path))
    return found - {""}


def _key(call: ast.Call, name: str, path: Path) -> str:
    """The key that a call reads from the link, "" for none. One that cannot be read fails."""
    from_url = name in BOUND and ast.unparse(call.func).startswith("url.")
    from_link = ast.unparse(call.func) in ("params.get", "params.get_all")
    if not (from_url or from_link) or (path.name == "url.py" and from_link):
        return "page" if path.name == "url.py" and from_link and "'page'" in ast.unparse(call) else ""
    place = BOUND[name] if from_url else 0
    given = next((each.value for each in call.keywords if each.arg == "key"), None) or call.args[place]
    return str(given.value) if isinstance(given, ast.Constant) else _CONSTANTS[ast.unparse(given)]


FILTER = {*filter_bar.offered(), *filter_bar._OTHER_KEYS}
OWN = own_parameters()
CHOICES = own_parameters("choice", "pick_one", "picker", "slider", "switch")


def test_the_parameters_are_found() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "nsgflow_core" / "ui").rglob("*.py")}
    texts |= {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "pages").glob("*.py")}
    assert {name for name, text in texts.items() if "st.stop(" in text} == {"params.py"}, (
        "it would leave the URL as it was"
    )
    asks_streamlit = {name for name, text in texts.items() if "st.query_params" in text}
    assert asks_streamlit == {"params.py", "navigation.py"}, "a page that writes to Streamlit's pushes an entry each"
    assert {"level", "sort", "order", "page", "for", "towards", "step", "dial", "by", "from", "finding", "guard"} <= OWN
    assert {"source", "port", "since", "either_way"} <= FILTER


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(filter_bar.offered())), st.lists(any_value, max_size=3)), any_value)
def test_the_bar_leaves_out_what_has_no_meaning(texts: dict[str, list[str]], moment: str) -> None:
    asked = read_filter(texts, moment, moment)
    assert all(error.message for error in asked.refused)
    assert asked.flow_filter.describe()


def shown(app: AppTest) -> str:
    return as_it_reads(" ".join(getattr(box.proto, "title", "") for box in (*app.error, *app.warning, *app.info)))


HOSTILE = ("9" * 5000, "²", "0001-01-01T00:00+14:00", "\0", "!~=x\u202e", "subnet/10.0.0.0/33")


@pytest.mark.parametrize("name", [row.name for row in navigation.PAGES])
@pytest.mark.parametrize("value", HOSTILE)
def test_a_page_survives_its_own_parameters(opened: Callable[..., AppTest], name: str, value: str) -> None:
    app = opened(name, **dict.fromkeys(sorted(OWN), value))
    assert "Something went wrong" not in shown(app)


@pytest.mark.parametrize("name", [row.name for row in navigation.PAGES if row.filtered])
def test_a_page_survives_every_parameter_of_the_filter(opened: Callable[..., AppTest], name: str) -> None:
    for values in (VALUES[:20], VALUES[20:40], VALUES[40:]):
        app = opened(name, ip="10.20.1.4", **dict.fromkeys(sorted(FILTER), ",".join(values)))
        assert not app.error, shown(app)
        assert "Left out" in shown(app)


@pytest.mark.parametrize(("asked", "page"), [("²", 1), ("-1", 1), ("0", 1), ("", 1), ("9" * 5000, 9), ("1e999", 1)])
def test_a_page_of_rows_beyond_the_last_is_the_last(opened: Callable[..., AppTest], asked: str, page: int) -> None:
    app = opened("flows", level="rows", port="1433", page=asked)
    assert not app.error
    (pages,) = app.get("pagination")
    assert pages.proto.num_pages >= page


@pytest.mark.parametrize("name", [row.name for row in navigation.PAGES])
def test_a_choice_that_there_is_not_is_said(opened: Callable[..., AppTest], name: str) -> None:
    """Of every page's first choices, and of the filter's window: quietly, a link would show another view."""
    app = opened(name, **dict.fromkeys([*sorted(OWN), "window"], "zzz"))
    said = shown(app)
    bound = [key for key in sorted(CHOICES) if f"_seen_{key}" in app.session_state]
    assert [key for key in bound if f"Left out of the link: {key}=zzz" not in said] == []
    is_filtered = next(row.filtered for row in navigation.PAGES if row.name == name)
    if is_filtered:
        assert "Left out of the link: window=zzz" in said
        assert "or write since=… and until=… in its place." in texts(app), "what `custom` is in a link"
    assert bound or name == "address", "that one shows nobody, and so no choices"
    app.run()
    assert "Left out of the link" not in shown(app), "it is said once"


def test_a_name_that_is_nearly_a_filter_s_is_said(opened: Callable[..., AppTest]) -> None:
    app = opened("flows", sorce="snet-shop-web", dst_port="443")
    assert "Left out of the link: sorce" in shown(app)
    assert "Left out of the link: dst_port" in shown(app)
    assert "Write port=… for it." in texts(app)
    assert "Left out" not in shown(opened("flows", source="snet-shop-web", port="443", level="pairs"))


def test_no_choice_of_a_page_is_taken_for_a_misspelt_filter() -> None:
    assert list(links._misspelt([*OWN, *FILTER])) == []


def test_a_window_outside_of_the_logs_says_where_they_end(opened: Callable[..., AppTest]) -> None:
    assert "The newest flow is of 2026-11-22" in texts(opened("flows", since="2031-01-01"))
    assert "The first flow is of 2026-11-16" in texts(opened("flows", until="2001-01-01"))
