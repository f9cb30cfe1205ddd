"""Who is looking: the sign-in of a shared server, the role it brings, and the one guard that every page passes.

Streamlit signs in by OpenID Connect and keeps the claims in a signed cookie for 30 days. On top of that: the claims
count for some hours only, signing out ends every tab that shows them, and the link that somebody came by is opened
after signing in. Nothing is trusted that `sign_in_setup` finds wrong: then the server serves nothing.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import StopException, get_script_run_ctx

from nsgflow_core.errors import NotAllowed, NsgflowError
from nsgflow_core.roles import Claims, Editor, Lists, Person, Role, has_too_many_groups, person_of, without_sign_in
from nsgflow_core.ui.frame import params
from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.ui.frame.sign_in import setup

P = ParamSpec("P")
ASK_FOR_EDITOR = "You may look and download. Changing anything takes the role editor."
_REFUSED = "_refused_change"
_LEFT = "_signed_out_here"
"""The mark of a session that ended: the page it was on is not where the next person in this tab wants to go."""
_RETURNED = "_returned_to_link"
_TARGET = "nsgflow-target"
_signed_out: dict[str, float] = {}
"""Fingerprints of claims that somebody signed out with, and when they lapse by themselves."""
_lock = threading.Lock()


def role() -> Role | None:
    """The role of this session, told anew each time; None for a stranger. Without sign-in everybody edits."""
    return Role.EDITOR if not setup.is_on() else _role_of(_claims())


def check_may_look() -> None:
    """Raise NotAllowed for a stranger: what every way to the stores asks first, whatever page it is asked from."""
    if role() is None:
        raise NotAllowed("This takes a sign-in.", "Open the page again and sign in.")


def check_later() -> Callable[[], None]:
    """`check_may_look` of this session, to be asked outside of it (a download)."""
    claims = _claims()

    def check() -> None:
        if setup.is_on() and _role_of(claims) is None:
            raise NotAllowed("This takes a sign-in.", "Open the page again and sign in.")

    return check


def editor() -> Editor:
    """The leave to change something, in the name of who looks. Raises NotAllowed for readers and strangers."""
    if not setup.is_on():
        return without_sign_in()
    check_may_look()
    return Lists.of_environment().editor_of(_claims())


def may_edit() -> bool:
    """True when this session may change something: whether its controls are of any use."""
    return role() is Role.EDITOR


@dataclass
class _Refusal:
    """A change that did not take place, and whether a whole run of the page has said so."""

    error: NsgflowError | None
    is_told: bool = False


def refused_in_words(callback: Callable[P, None]) -> Callable[P, None]:
    """A callback whose change may be refused, or fail, as on a full disk: the page says so at its next run.

    Callbacks run before the page, so outside of its guard and of its one error boundary.
    """

    @wraps(callback)
    def guarded(*given: P.args, **named: P.kwargs) -> None:
        try:
            callback(*given, **named)
        except NsgflowError as refused:
            st.session_state[_REFUSED] = _Refusal(refused)

    return guarded


@contextmanager
def told() -> Iterator[None]:
    """For all of a run: what was refused is told until a run ended, by itself or with what it had to say; another may
    cut it short before."""
    refusal: _Refusal = st.session_state.get(_REFUSED) or _Refusal(None)
    try:
        yield
    except StopException:
        refusal.is_told = True  # on what is held, as the session itself takes nothing more
        raise
    refusal.is_told = True


def live(run_every: float) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """A part of a page that draws itself anew so often, for whoever may still look.

    Streamlit runs it without the page around it, and so without the guard, for as long as a tab is open: when the
    sign-in ended meanwhile, the whole page runs, and that ends at the guard.
    """

    def of(draw: Callable[[], None]) -> Callable[[], None]:
        @st.fragment(run_every=run_every)
        def drawn() -> None:
            if role() is None:
                st.rerun()
            draw()

        return drawn

    return of


def guard() -> None:
    """Go on for whoever may look; otherwise show the way in, or why there is none, and end the run."""
    if setup.is_on() and (trouble := setup.trouble()):
        with _narrow():
            st.error(
                plain(f"{trouble} Until then it shows nothing."), title="Sign-in is not set up", icon=":material/lock:"
            )
        params.stop()
    if role() is None:
        with _narrow():
            _show_way_in(_claims())
        if not st.session_state.get(_LEFT):
            st.html(_REMEMBER, unsafe_allow_javascript=True)
        params.stop()
    if setup.is_on():
        _return_to_link()
    refusal: _Refusal = st.session_state.get(_REFUSED) or _Refusal(None)
    if (refused := refusal.error) and not refusal.is_told:
        icon = ":material/lock:" if isinstance(refused, NotAllowed) else ":material/info:"
        st.warning(plain(refused.hint) or "Nothing was changed.", title=plain(refused.message), icon=icon)


def _return_to_link() -> None:
    """Open the link that somebody came by before signing in; where there was one, the run ends with that."""
    st.html(_RETURN, unsafe_allow_javascript=True)
    if _TARGET in st.context.cookies and not st.session_state.get(_RETURNED):
        st.session_state[_RETURNED] = True
        params.stop()


def show_person(place: DeltaGenerator) -> None:
    """Who is signed in, with which role, and the way out; nothing without sign-in."""
    if not setup.is_on():
        return
    person = person_of(_claims())
    with place.popover("Account", icon=":material/account_circle:", type="tertiary", key="person"):
        st.text(person.name)
        st.caption(f"Signed in as {plain(role())}.")
        st.button("Sign out", on_click=_sign_out, icon=":material/logout:", key="sign_out")


def _narrow() -> DeltaGenerator:
    return st.container(width=520, key="way_in")


def _show_way_in(claims: Claims) -> None:
    st.header("Sign in", anchor=False)
    if claims.get("is_logged_in") is not True or _is_over(claims):
        st.text("What really flows in this network is shown to people who sign in.")
        for name in setup.provider_names():
            words = f"Sign in with {plain(name.capitalize())}" if name else "Sign in"
            st.button(
                words, on_click=_sign_in, args=(name,), type="primary", icon=":material/login:", key=f"sign_in_{name}"
            )
        return
    _show_not_named(person_of(claims), claims)


def _show_not_named(person: Person, claims: Claims) -> None:
    st.warning(
        "Whoever runs this server can add you, a group or an app role of yours.",
        title="You are signed in, but nobody has let you in yet",
        icon=":material/lock:",
    )
    st.text(f"{person.name}\n{person.subject}")
    if has_too_many_groups(claims):
        st.caption("Your sign-in has too many groups to list them: an app role works.")
    st.button("Sign in as somebody else", on_click=_sign_out, icon=":material/logout:", key="sign_out")


def _sign_in(name: str) -> None:
    st.login(name or None)


def _sign_out() -> None:
    """End the sign-in in every tab of this server that shows it, here and at the provider."""
    with _lock:
        now = time.time()
        for known in [mark for mark, lapses in _signed_out.items() if lapses < now]:
            del _signed_out[known]
        _signed_out[_fingerprint(_claims())] = now + setup.seconds()
    st.session_state[_LEFT] = True
    st.logout()


def _role_of(claims: Claims) -> Role | None:
    if setup.trouble() or _is_over(claims):
        return None
    return Lists.of_environment().role_of(claims)


def _is_over(claims: Claims) -> bool:
    """True when the sign-in is too long ago, or ended; the cookie itself would count for 30 days."""
    began = claims.get("iat")
    if isinstance(began, bool) or not isinstance(began, int | float) or time.time() - began > setup.seconds():
        return True
    return _fingerprint(claims) in _signed_out


def _claims() -> Claims:
    """The claims of this session's sign-in; none outside a session."""
    return dict(st.user.to_dict()) if get_script_run_ctx(suppress_warning=True) else {}


def _fingerprint(claims: Claims) -> str:
    told = {key: value for key, value in claims.items() if key != "tokens"}
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


_REMEMBER = f"""<script>
if ((location.pathname + location.search).length > 1) {{
  sessionStorage.setItem("{_TARGET}", location.pathname + location.search);
  document.cookie = "{_TARGET}=1; path=/; SameSite=Lax; max-age=3600";
}}
</script>"""
"""Signing in always comes back to the first page, without the page and filters of the link: the tab keeps them, and a
cookie tells the server not to draw the first page meanwhile."""
_RETURN = f"""<script>
(() => {{
  const target = sessionStorage.getItem("{_TARGET}");
  const waits = document.cookie.includes("{_TARGET}=1");
  sessionStorage.removeItem("{_TARGET}");
  document.cookie = "{_TARGET}=; path=/; max-age=0";
  const whole = location.origin + target;  // never another host, whatever the path looks like
  if (target && !location.search && whole !== location.href) location.replace(whole);
  else if (waits) location.reload();
}})();
</script>"""
