"""How somebody signs in to a place that is asked, a workspace or a cluster: the choices, and what was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from nsgflow_core.credentials import CLOUDS, Cloud, SignIn, TokenCredential, current_cloud, sign_in
from nsgflow_core.errors import InputError
from nsgflow_core.ui.connect.places import folder
from nsgflow_core.ui.connect.work import Work
from nsgflow_core.ui.frame.sign_in import access

_WAYS = {
    SignIn.DEFAULT: "Microsoft Entra, as this machine is signed in",
    SignIn.DEVICE_CODE: "Microsoft Entra, as you, with a device code",
}


@dataclass(frozen=True, slots=True)
class Choices:
    """The keys of the three fields in the session."""

    cloud: str
    way: str
    tenant: str

    def show(self) -> None:
        """The fields, for a form."""
        clouds = [cloud.name for cloud in CLOUDS.values()]
        st.selectbox("Cloud", clouds, index=clouds.index(current_cloud().name), key=self.cloud)
        st.selectbox("How to sign in", _offered(), format_func=_WAYS.__getitem__, key=self.way)
        st.text_input("Tenant (optional)", key=self.tenant, placeholder="for the device code", autocomplete="off")

    def chosen(self) -> Chosen:
        """What the fields hold now. Raises NotAllowed for who may not lend the server's identity."""
        way = SignIn(st.session_state.get(self.way, _offered()[0]))
        if way is SignIn.DEFAULT:  # the server's own identity, which may see more than this person
            access.editor()
        named = st.session_state.get(self.cloud)
        cloud = CLOUDS[str(named).lower()].chosen_in("the field Cloud on Connect") if named else current_cloud()
        return Chosen(way, way in _offered(), cloud, str(st.session_state.get(self.tenant) or "").strip())


@dataclass(frozen=True, slots=True)
class Chosen:
    """How to sign in, as it was chosen; it may be used in a thread."""

    way: SignIn
    is_offered: bool
    cloud: Cloud
    tenant: str

    def check_offered(self) -> None:
        """Raises InputError for a way that the page does not offer."""
        if not self.is_offered:
            raise InputError("This way to sign in is not offered here.", "Choose another one.")

    def sign_in(self, work: Work[Any]) -> TokenCredential:
        """The credential; a device code becomes the note of the work."""
        return sign_in(
            self.way,
            tenant=self.tenant or None,
            cloud=self.cloud,
            show_code=lambda code: setattr(work, "note", code),
        )


def _offered() -> list[SignIn]:
    """With the server's own identity only where the server lends it."""
    return [way for way in _WAYS if way is SignIn.DEVICE_CODE or folder.is_identity_offered()]
