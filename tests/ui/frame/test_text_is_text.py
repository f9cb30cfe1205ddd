"""No text of a log, a link, a file or a person becomes Markdown, HTML or a link: by reading the code of every page."""

from __future__ import annotations

import ast
from pathlib import Path

import pandas as pd
import pytest

from nsgflow_core.ui.frame.plain import heard, plain
from nsgflow_core.ui.parts import tables
from tests.conftest import ROOT
from tests.hostile import NUMBERS, TEXTS
from tests.ui.frame.as_it_reads import as_it_reads
from tests.ui.frame.reading_text import Code, markdown_functions
from tests.ui.frame.streamlit_elements import elements

PAGES = sorted([*(ROOT / "nsgflow_core" / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"])


def test_all_that_is_rendered_is_written_in_the_code_or_plain() -> None:
    known, markdown = elements(), markdown_functions(PAGES)
    wrong = [each for path in PAGES for each in Code(path, markdown).data_shown(known)]
    assert wrong == [], "\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    "code",
    [
        "st.caption(name)",
        "row.button(f'Forget {name}')",
        "st.info('known', title=error.message)",
        "place.toggle('Yes', help=note)",
        "st.badge(plain(name))",
        "st.popover(f'Rules: {plain(name)}')",
        "st.popover(heard(name, 'rules'))",
        "st.segmented_control('a', names)",
        "st.segmented_control('a', names, format_func=str)",
        "st.metric('Flows', value)",
        "st.markdown(f'[docs](https://{plain(name)})')",
        "st.markdown(f'a:{plain(name)}')",
        "st.markdown('a', unsafe_allow_html=True)",
        "st.html(f'<b>{name}</b>')",
        "st.html(Path(__file__).with_name(name))",
        "st.html(Path(name))",
        "st.html(f'<script>{name}</script>', unsafe_allow_javascript=True)",
        "st.caption(Markdown(name))",
        "st.caption(words(name))",
        "st.caption(*names)",
        "show = st.caption",
        "st.write(name)",
        "st.caption(counted(count, name))",
        "st.column_config.LinkColumn('a')",
        "st.column_config.TextColumn(name, help=name)",
        "st.text_input('a', placeholder=plain(name))",
        "words = plain(name)\n    words += name\n    st.caption(words)",
        "for words in names:\n        st.caption(words)",
    ],
)
def test_the_reader_sees_data_that_is_rendered(code: str, tmp_path: Path) -> None:
    assert list(read(tmp_path, code)), code


@pytest.mark.parametrize(
    "code",
    [
        "st.caption(f'{count:,} flows since {first:%Y-%m-%d}')",
        "st.caption(f'{plain(name)} · {OURS[kind]}')",
        "row.button('Go' if name else plain(name), key=name)",
        "st.segmented_control('a', names, format_func=lambda each: plain(each))",
        "st.selectbox(plain(name), names)",
        "words = 'a' if name else 'b'\n    st.caption(words)",
        "st.column_config.TextColumn(name)",
        "_log.warning(name)",
        "st.html(Path(__file__).with_name('look.css'))",
        "st.caption(f'{counted(count, \"log entry\")} of it')",
    ],
)
def test_the_reader_lets_our_words_and_plain_text_pass(code: str, tmp_path: Path) -> None:
    assert list(read(tmp_path, code)) == []


def read(folder: Path, code: str) -> list[str]:
    path = folder / "page.py"
    path.write_text(f"OURS = {{'a': 'b'}}\ndef words(text):\n    return text\ndef page(name, names):\n    {code}\n")
    return list(Code(path, frozenset({"plain"})).data_shown(elements()))


def test_elements_that_take_labels_are_known() -> None:
    known = elements()
    for name, parameter in (("button", "label"), ("info", "title"), ("Page", "title"), ("metric", "value")):
        assert parameter in known[name].rendered
    assert len(known) > 60


SHOWN_AS = {
    "10.0.0.4:443": "10.0.0.4:443",
    "nsg_web-01": "nsg_web-01",
    "a\u202eb\u0000c\nd": "a‹U+202E›b␀c␊d",
    "half \ud800 pair": "half ‹U+D800› pair",
    "می‌خواهم 👩‍💻": "می‌خواهم 👩‍💻",
    "  spaced ": "spaced",
}


@pytest.mark.parametrize("text", SHOWN_AS)
def test_what_cannot_be_seen_is_shown(text: str) -> None:
    made = plain(text)
    made.encode()
    assert as_it_reads(made) == SHOWN_AS[text]


def test_cells_of_any_kind_are_harmless() -> None:
    mixed = pd.DataFrame(
        {
            "text": ["=1+1", "a\u202eb", None],
            "any": [1, {"x": 1}, "@c"],
            "string": pd.array(["+d", None, "\t=e"], dtype="string"),
            "none": [None, None, None],
        }
    )
    shown = tables._readable(mixed)
    assert shown["text"].tolist()[:2] == ["'=1+1", "a‹U+202E›b"]
    assert shown["any"].tolist()[2] == "'@c"
    assert shown["string"].tolist()[::2] == ["'+d", "␉=e"]
    assert shown["none"].isna().all()


def test_text_that_is_shown_raw_is_visible_text() -> None:
    """`st.text` heeds no Markdown, but direction marks and line ends: what it shows is ours, or has passed `visible`.

    The person's name and id in access.py are made of visible letters by roles.py.
    """
    calls = 0
    for path in (*(ROOT / "nsgflow_core" / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "text":
                calls += 1
                (shown, *_) = node.args
                is_ours = isinstance(shown, ast.Constant) or ast.unparse(shown).startswith("visible(")
                assert is_ours or "person." in ast.unparse(shown), f"{path.name}: {ast.unparse(node)}"
    assert calls >= 9


@pytest.mark.parametrize("about", [*TEXTS, *NUMBERS, "*a*", "a **b** c", "[x](y)", "1. a", "snet_web", "`ls`", "a@b.c"])
def test_what_is_only_heard_means_nothing_to_markdown_and_has_no_backslash(about: str) -> None:
    for words in ("Export", ""):
        label = heard(words, about)
        told = label.removeprefix(words).strip().strip("*")
        assert not set(told) & set("\\`*_[]<>&$~@:"), label
        assert "www." not in told.lower()
        assert label.count("*") in (0, 2, 6)
