"""What the URL carries: the filter, a page's own choices, its page of rows; and links that take them along.

The session keeps the filter's parameters; the URL repeats them. When the URL says something else, somebody followed
a link or went back, and the URL wins. A click in the menu opens a page without parameters: the filter stays.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Literal, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from nsgflow_core.ui.frame import navigation, params
from nsgflow_core.ui.frame.asking import links, wide_lists
from nsgflow_core.ui.frame.browser.scripts import is_narrow
from nsgflow_core.ui.frame.plain import heard, plain
from nsgflow_core.words.numbers import whole_number

T = TypeVar("T")
Option = TypeVar("Option", bound=str)
_KEPT = "_filter_params"
_CHANGED = "_filter_changed"
_PAGE = "_filter_page"
_MOST_LETTERS = 45
"""Of a field for a few words: an address or a time."""


def arrived(page: str, keys: Iterable[str]) -> dict[str, str]:
    """The filter's parameters at the start of a run, texts as `FlowFilter.to_params` writes them."""
    given = {key: ",".join(values) for key in keys if (values := params.get_all(key))}
    kept: dict[str, str] | None = st.session_state.get(_KEPT)
    from_menu = st.session_state.get(_PAGE) != page and not params.names() and not is_history_step()
    st.session_state[_PAGE] = page
    st.session_state[_CHANGED] = kept is None or (given != kept and not from_menu)
    if kept is None or st.session_state[_CHANGED]:
        return given
    return kept


def page_shown() -> str:
    """The page that the filter was last read for."""
    return str(st.session_state.get(_PAGE, ""))


def was_changed() -> bool:
    """True when the URL brought another filter than the session had."""
    return bool(st.session_state.get(_CHANGED))


def write(texts: Mapping[str, str]) -> None:
    """Keep these parameters and repeat them in the URL; empty ones are left out."""
    st.session_state[_KEPT] = {key: text for key, text in texts.items() if text}
    params.put(texts)


def choice(
    place: DeltaGenerator,
    label: str,
    options: Sequence[Option],
    key: str,
    words: Callable[[str], str] = str.capitalize,
    default: Option | None = None,
) -> Option:
    """A choice of a page between a few options; the first is the default where none is named."""
    usual = options[0] if default is None else default

    def draw() -> Option:
        chosen = place.segmented_control(
            plain(label),
            options,
            key=key,
            required=True,
            format_func=lambda option: plain(words(option)),
            label_visibility="collapsed",
        )
        return chosen or usual

    return _bound(key, _themselves(options), usual, draw)


def pick_one(
    place: DeltaGenerator,
    label: str,
    options: Sequence[Option],
    key: str,
    words: Callable[[str], str] = str,
    default: Option | None = None,
    width: int = 200,
) -> Option:
    """Like `choice`, for a longer list; the default is the first unless it says otherwise."""

    def draw() -> Option:
        return place.selectbox(
            plain(label), options, key=key, format_func=words, width=width, label_visibility="collapsed"
        )

    return _bound(key, _themselves(options), default or options[0], draw)


def picker(
    place: DeltaGenerator,
    label: str,
    options: Sequence[str],
    key: str,
    default: str,
    words: Callable[[str], str],
    *,
    always_written: bool = False,
    is_titled: bool = True,
) -> str:
    """A list to search and pick one of, with a default of its own.

    A default that is worked out of the traffic is `always_written`: tomorrow the same link would mean another. One
    that is not `is_titled` says in its options what it is.
    """
    told = [*map(words, options)]
    wide_lists.for_names(told, wide_lists.ALONE)
    chosen = _bound(
        key,
        _themselves(options),
        default,
        lambda: place.selectbox(
            plain(label),
            options,
            key=key,
            format_func=words,
            width=wide_lists.field_width(told),
            label_visibility="visible" if is_titled else "collapsed",
        ),
        always_written,
    )
    if is_narrow() and len(words(chosen)) > wide_lists.ALONE:
        place.caption(plain(words(chosen)))  # a field has one line
    return chosen


def slider(place: DeltaGenerator, label: str, options: Sequence[str], key: str, default: str) -> str:
    """A dial over a few named positions."""
    return _bound(
        key,
        _themselves(options),
        default,
        lambda: place.select_slider(plain(label), options, key=key, format_func=plain),
    )


def switch(place: DeltaGenerator, label: str, key: str, note: str, default: Literal["no", "yes"] = "no") -> bool:
    """Yes or no; no is the default unless it says otherwise."""
    return _bound(
        key, {"no": False, "yes": True}, default, lambda: place.toggle(plain(label), key=key, help=plain(note))
    )


def field(place: DeltaGenerator, label: str, key: str, placeholder: str, width: int = 240) -> str:
    """A field for a few words, without blanks around them; empty is the default."""
    _follow(key, params.get(key)[:_MOST_LETTERS])
    written = place.text_input(plain(label), key=key, placeholder=placeholder, width=width, max_chars=_MOST_LETTERS)
    return _written(key, (written or "").strip())


def number(place: DeltaGenerator, label: str, key: str, default: int, most: int) -> int:
    """A field for a whole number from 0 to `most`."""
    asked = whole_number(params.get(key), most)
    _follow(key, default if asked is None else asked)
    chosen = int(place.number_input(plain(label), 0, most, key=key))
    _written(key, str(chosen) if chosen != default else "")
    return chosen


def _follow(key: str, asked: str | int) -> None:
    """Let a field take what the link says when it is new, or when the link says something else than it left there."""
    if key not in st.session_state or st.session_state.get(f"_seen_{key}") != params.get(key):
        st.session_state[key] = asked


def _written(key: str, text: str) -> str:
    st.session_state[f"_seen_{key}"] = text
    params.put({key: text})
    return text


def asked_for(key: str, options: Collection[str], default: str) -> str:
    """What the URL says, without a widget; the default where it says nothing that there is."""
    asked = params.get(key, default)
    return asked if asked in options else default


def _bound(key: str, values: Mapping[str, T], default: str, draw: Callable[[], T], always_written: bool = False) -> T:
    """Draw a widget that the URL carries: texts of the URL -> values of the widget.

    The default is not written, unless it is one that the same link would not mean tomorrow.

    The widget takes the URL's value when it is new, when a link, a step or the back button changed the URL, or when
    its own is no option any more; after that the URL follows the widget.
    """
    asked, seen, given = asked_for(key, values, default), f"_seen_{key}", params.get(key)
    if given and given != asked and st.session_state.get(seen) != given:
        links.leave_out(key, given, values)
    # Written in every run: drawn on another page it is a new field, which would take the first of its options.
    st.session_state[key] = _held(key, values, default)
    chosen = draw()
    text = next(text for text, value in values.items() if value == chosen)
    st.session_state[seen] = text
    params.put({key: text if always_written or text != default else ""})
    return chosen


def held(key: str, options: Sequence[Option], default: Option) -> Option:
    """What `pick_one` of these will give, before it is drawn."""
    return _held(key, _themselves(options), default)


def _held(key: str, values: Mapping[str, T], default: str) -> T:
    asked = asked_for(key, values, default)
    is_new = key not in st.session_state or st.session_state.get(f"_seen_{key}") != asked
    found: T = values[asked] if is_new else st.session_state[key]
    return found if found in values.values() else values[asked]


def _themselves(options: Sequence[Option]) -> dict[str, Option]:
    """Options that stand in the URL as they are."""
    return dict(zip(options, options, strict=True))


def page_number(pages: int) -> int:
    """Which page the URL asks for, from 1 to `pages`."""
    asked = params.get("page", "1")
    last = max(pages, 1)
    number = whole_number(asked, last)
    if number is None:
        return last if asked.isascii() and asked.isdigit() else 1
    return max(number, 1)


def page_buttons(pages: int) -> None:
    """Buttons to other pages; nothing for a single one."""
    if pages < 2:
        return
    now = page_number(pages)
    if st.session_state.get("page_buttons") != now:
        st.session_state["page_buttons"] = now
    st.pagination(pages, key="page_buttons", on_change=_turn_page)


def _turn_page() -> None:
    chosen = int(st.session_state["page_buttons"])
    params.put({"page": str(chosen) if chosen > 1 else ""})


def params_with(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The filter shown now as parameters of a link, and what the link adds, replaces or, by "", takes out."""
    return {key: text for key, text in {**st.session_state.get(_KEPT, {}), **(extra or {})}.items() if text}


def link(place: DeltaGenerator, page: str, label: str, extra: Mapping[str, str] | None = None, about: str = "") -> None:
    """A link to another page that takes the filter along; `about` tells it from another of its words (`heard`)."""
    place.page_link(
        navigation.page_file(page), label=heard(label, about) if about else plain(label),
        icon=":material/arrow_forward:", icon_position="right", query_params=params_with(extra), help="",
    )  # fmt: skip


def go(page: str, extra: Mapping[str, str]) -> None:
    """Open another page with the filter and more; a callback."""
    st.switch_page(navigation.page_file(page), query_params=params_with(extra))


def is_history_step() -> bool:
    """True in a run that Back or Forward asked for."""
    return bool(getattr(get_script_run_ctx(), "is_history_navigation", False))
