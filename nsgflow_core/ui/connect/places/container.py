"""A container of Parquet, as the form of a folder of Parquet names it: brought near to be asked, or written to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import streamlit as st

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.credentials import SignIn, TypedBy, sign_in
from nsgflow_core.errors import InputError
from nsgflow_core.sources import is_url
from nsgflow_core.sources.blob_storage.source import BlobStorageSource
from nsgflow_core.sources.blob_storage.writing import ContainerFolder
from nsgflow_core.stores.lake.near import fetch, folder_for
from nsgflow_core.ui.connect.places import folder, step
from nsgflow_core.ui.frame import reached

URL, _SAS = "connect_lake", "connect_lake_sas"
_FETCHED: dict[str, int | None] = {"last day": 1, "last 7 days": 7, "last 30 days": 30, "all of it": None}
"""What of a container is brought near, in days."""


@dataclass(frozen=True)
class TypedContainer:
    """A container that was typed: its URL, what signs in to it, and how much of it is fetched."""

    url: str
    sas: str = field(repr=False)
    days: int | None
    is_identity_offered: bool
    reach: TypedBy

    @property
    def sign_in(self) -> str:
        """How it was signed in to, as a remembered connection spells it."""
        return "sas" if self.sas else "entra"

    def near(self, tell: Callable[[int, int], None], cancelled: Callable[[], bool]) -> tuple[Path, str, dict[str, str]]:
        """The folder that it was brought near to, what it is called, and the blobs that could not be had, with why."""
        source = BlobStorageSource.from_url(self.url, credential=self._credential(), reach=self.reach)
        near = folder_for(source)
        since = datetime.now(UTC) - timedelta(days=self.days) if self.days else None
        fetched = fetch(source, near, FlowFilter(since), tell=tell, cancelled=cancelled)
        return near, source.name, dict(fetched.missing)

    def destination(self) -> ContainerFolder:
        """Where an export is written to."""
        return ContainerFolder.from_url(self.url, credential=self._credential(), reach=self.reach)

    def _credential(self) -> object:
        if "sig=" in self.url:
            raise InputError("The URL has a SAS in it.", "Write the URL alone, and the SAS in its own field.")
        if self.sas:
            return self.sas
        if not self.is_identity_offered:
            raise InputError("This server lends its sign-in to nobody.", "Write a SAS for the container.")
        return sign_in(SignIn.DEFAULT)


def show_fields() -> None:
    """What a container asks for beside its URL."""
    with st.grid(2, min_column_width=240):
        st.text_input(
            "SAS, for a container", key=step.key_of(_SAS), type="password", autocomplete="new-password",
            help="Read and List; to write, Create and Write too. Without one, the sign-in of the machine that serves.",
        )  # fmt: skip
        st.selectbox("Of a container, fetch", tuple(_FETCHED), index=1, key="connect_lake_window")


def opens_alone(place: str) -> bool:
    """True for a folder, and for a container where the machine that serves lends its sign-in."""
    return not is_url(place) or folder.is_identity_offered()


def named(typed: str) -> TypedContainer | None:
    """The container that was typed, None for a folder. Its secret is taken out of its field."""
    sas = str(st.session_state.get(step.key_of(_SAS)) or "").strip()
    if sas:
        step.empty(_SAS)
    if not is_url(typed):
        return None
    if "sig=" in typed:
        step.empty(URL)
    url = typed if "://" in typed else f"https://{typed}"
    days = _FETCHED[str(st.session_state.get("connect_lake_window") or "last 7 days")]
    return TypedContainer(url, sas, days, folder.is_identity_offered(), reached.reach())
