"""A storage account: the ways to sign in to it. A secret is taken out of its field at the moment it is used."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from nsgflow_core.credentials import SignIn, TypedBy, check_sign_in, current_cloud, sign_in
from nsgflow_core.errors import InputError
from nsgflow_core.sources.base import Source
from nsgflow_core.sources.blob_storage.source import BlobStorageSource
from nsgflow_core.ui.connect.places import folder, step
from nsgflow_core.ui.connect.state import OpenedSource
from nsgflow_core.ui.connect.work import Work
from nsgflow_core.ui.frame import reached

_PREFIX = "connect_"
Given = Mapping[str, str]


@dataclass(frozen=True)
class SignInWay:
    """One way to sign in to a storage account: its words, the fields it asks for, and what opens the source."""

    words: str
    fields: tuple[str, ...]
    open: Callable[[Given, Work[OpenedSource], TypedBy], Source]
    is_servers: bool
    """Whether it lends the identity of the machine that serves the pages, in place of a secret of who looks at them."""
    note: str = ""


def show(words: str) -> None:
    """The step for a storage account."""
    step.show(words, "Keys, SAS and sign-ins stay in memory, in this session only.", _account_fields)


def _account_fields() -> None:
    ways = offered_ways()
    way = st.selectbox("How to sign in", ways, format_func=lambda key: WAYS[key].words, key="connect_way", width=420)
    if WAYS[way].note:
        st.caption(WAYS[way].note)
    folder.show_whose_sign_in()
    with st.form("connect_account_form", border=False, enter_to_submit=True):
        with st.grid(2, min_column_width=300):
            for name in (*WAYS[way].fields, "containers"):
                _field(name)
        st.form_submit_button(
            "See what is there", type="primary", icon=":material/search:", on_click=_open_account, args=(way,)
        )


def offered_ways() -> list[str]:
    """The ways that this session may use: with the server's own identity only where the server lends it."""
    is_lent = folder.is_identity_offered()
    offered = [key for key, way in WAYS.items() if is_lent or not way.is_servers]
    return [key for key in offered if key != "environment" or _is_in_environment()]


def _field(name: str) -> None:
    label, placeholder, is_secret = _FIELDS[name]
    st.text_input(
        label,
        key=step.key_of(_PREFIX + name),
        placeholder=placeholder,
        type="password" if is_secret else "default",
        autocomplete="new-password" if is_secret else "off",
    )


def _open_account(way: str) -> None:
    """Take what was typed, empty the secret fields, and open in the background."""
    is_offered, reach = way in offered_ways(), reached.reach()
    given = {
        name: str(st.session_state.get(step.key_of(_PREFIX + name), "")).strip()
        for name in (*WAYS[way].fields, "containers")
    }
    for name, text in given.items():
        if text and (_FIELDS[name][2] or "sig=" in text or "accountkey=" in text.lower()):
            step.empty(_PREFIX + name)

    def opener(work: Work[OpenedSource]) -> Source:
        if not is_offered:
            raise InputError("This way to sign in is not offered here.", "Choose another one.")
        return WAYS[way].open(given, work, reach)

    step.open_in_background(WAYS[way].words, opener)


def _is_in_environment() -> bool:
    names = ("CONNECTION_STRING", "ACCOUNT", "SERVICE_ENDPOINT")
    return any(os.environ.get(f"AZURE_STORAGE_{name}") for name in names)


def account_url(text: str) -> str:
    """The Blob service URL for an account's name or any form of its URL. Raises InputError for neither."""
    text = step.needed(text, "No storage account is named.", "Write its name, or its Blob service URL from the portal.")
    if "://" in text:
        return text
    if any(letter in text for letter in "./:"):
        return f"https://{text}"
    name = text.lower()
    if not (3 <= len(name) <= 24 and name.isascii() and name.isalnum()):
        raise InputError(
            "This cannot be the name of a storage account.",
            "Names have 3 to 24 lower-case letters and digits; the Blob service URL works as well.",
        )
    return f"https://{name}.blob.{current_cloud().blob_suffix}"


def _containers(given: Given) -> list[str] | None:
    return [name.strip() for name in given["containers"].split(",") if name.strip()] or None


def _from_url(given: Given, url: str, credential: object | None, reach: TypedBy) -> Source:
    return BlobStorageSource.from_url(url, credential=credential, containers=_containers(given), reach=reach)


def _with_sign_in(given: Given, _work: Work[OpenedSource], reach: TypedBy) -> Source:
    return _from_url(given, account_url(given["account"]), sign_in(SignIn.DEFAULT), reach)


def _with_device_code(given: Given, work: Work[OpenedSource], reach: TypedBy) -> Source:
    """The host is judged before anybody is asked to sign in for it."""
    url = account_url(given["account"])
    credential = sign_in(
        SignIn.DEVICE_CODE, tenant=given["tenant"] or None, show_code=lambda code: setattr(work, "note", code)
    )
    source = _from_url(given, url, credential, reach)
    check_sign_in(credential)
    work.note = None
    return source


def _with_key(given: Given, _work: Work[OpenedSource], reach: TypedBy) -> Source:
    key = step.needed(given["key"], "No account key is given.", "Copy it from the account's Access keys page.")
    return _from_url(given, account_url(given["account"]), key, reach)


def _with_sas(given: Given, _work: Work[OpenedSource], reach: TypedBy) -> Source:
    sas = step.needed(
        given["sas"], "No SAS is given.", "Paste the Blob SAS URL, or the token that begins with sv= or ?sv=."
    )
    if "sig=" not in sas:
        raise InputError("This is no SAS: it has no signature (sig=).", "Copy the whole Blob SAS URL from the portal.")
    if "://" in sas:
        return _from_url(given, sas, None, reach)
    return _from_url(given, account_url(given["account"]), sas, reach)


def _with_connection_string(given: Given, _work: Work[OpenedSource], reach: TypedBy) -> Source:
    text = step.needed(
        given["string"], "No connection string is given.", "Copy it from the account's Access keys page."
    )
    return BlobStorageSource.from_connection_string(text, containers=_containers(given), reach=reach)


def _with_environment(given: Given, _work: Work[OpenedSource], _reach: TypedBy) -> Source:
    """Nobody typed its address: whoever runs the server did."""
    return BlobStorageSource.from_environment(containers=_containers(given))


_FIELDS: dict[str, tuple[str, str, bool]] = {
    "account": ("Storage account", "name or Blob service URL", False),
    "tenant": ("Tenant (optional)", "contoso.onmicrosoft.com or a tenant ID", False),
    "key": ("Account key", "", True),
    "sas": ("SAS", "Blob SAS URL, or the token", True),
    "string": ("Connection string", "", True),
    "containers": ("Containers (optional)", "both flow-log containers", False),
}
"""Field -> its label, its placeholder, and whether it is a secret."""

WAYS: dict[str, SignInWay] = {
    "environment": SignInWay(
        "The account that the environment names",
        (),
        _with_environment,
        is_servers=True,
        note="From the server's AZURE_STORAGE_* settings.",
    ),
    "entra": SignInWay(
        "Microsoft Entra, as this machine is signed in",
        ("account",),
        _with_sign_in,
        is_servers=True,
        note="`az login`, a managed identity or AZURE_* settings of the machine that runs nsgflow, with the role "
        "*Storage Blob Data Reader*.",
    ),
    "device": SignInWay(
        "Microsoft Entra, as you, with a device code",
        ("account", "tenant"),
        _with_device_code,
        is_servers=False,
        note="You sign in from any browser; your user needs the role *Storage Blob Data Reader*.",
    ),
    "key": SignInWay("Account key", ("account", "key"), _with_key, is_servers=False),
    "sas": SignInWay(
        "SAS",
        ("account", "sas"),
        _with_sas,
        is_servers=False,
        note="With Read and List. The account is not needed beside a SAS URL.",
    ),
    "string": SignInWay("Connection string", ("string",), _with_connection_string, is_servers=False),
}


def way_of(words: str) -> str:
    """The key of the way that these words name; "" for a folder."""
    return next((key for key, way in WAYS.items() if way.words == words), "")


def open_again(way: str, place: str, containers: Sequence[str]) -> None:
    """Fill the fields with what is remembered, and open at once where no secret is to be typed. A callback."""
    if way not in offered_ways():
        way = offered_ways()[0]
        st.session_state["connect_way"], st.session_state[step.key_of("connect_account")] = way, place
        return
    st.session_state["connect_way"] = way
    st.session_state[step.key_of("connect_account")] = place
    st.session_state[step.key_of("connect_containers")] = ", ".join(containers)
    if not any(_FIELDS[name][2] or name == "tenant" for name in WAYS[way].fields):
        _open_account(way)
