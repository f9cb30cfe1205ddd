"""Streamlit's websocket spoken without a browser: what a server sends for a page, to whoever shows which cookie."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value, generate_xsrf_token_string
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol


@dataclass
class Tab:
    """One tab: its connection, and everything that the server sent over it."""

    connection: ClientConnection
    received: bytes = b""

    def run(self, page: str = "", query: str = "") -> Sequence[ForwardMsg]:
        """The messages of one run of a page (the first page by default)."""
        asked = BackMsg()
        asked.rerun_script.page_name, asked.rerun_script.query_string = page, query
        self.connection.send(asked.SerializeToString())
        messages: list[ForwardMsg] = []
        while not (messages and _has_ended(messages[-1])):
            payload = self.connection.recv(timeout=90)
            assert isinstance(payload, bytes)
            self.received += payload
            messages.append(ForwardMsg.FromString(payload))
        return messages


def _has_ended(message: ForwardMsg) -> bool:
    early = ForwardMsg.FINISHED_EARLY_FOR_RERUN
    return message.WhichOneof("type") == "script_finished" and message.script_finished != early


def buttons(messages: Sequence[ForwardMsg]) -> list[str]:
    """The labels of the buttons that a run drew."""
    elements = [each.delta.new_element for each in messages if each.WhichOneof("type") == "delta"]
    return [each.button.label for each in elements if each.WhichOneof("type") == "button"]


@contextmanager
def tab(address: str, cookie: str = "") -> Iterator[Tab]:
    """A tab of a server; `cookie` is that of a sign-in."""
    token = generate_xsrf_token_string()
    headers = {"Cookie": f"_streamlit_xsrf={token}" + (f"; _streamlit_user={cookie}" if cookie else "")}
    protocols = [Subprotocol(each) for each in ("streamlit", token)]
    url = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    here = Origin(address)
    with connect(url, subprotocols=protocols, additional_headers=headers, origin=here, max_size=None) as connection:
        yield Tab(connection)


def signed_cookie(address: str, secret: str, claims: Mapping[str, object]) -> str:
    """The cookie that Streamlit sets once somebody signed in with these claims."""
    told = {**claims, "origin": address, "is_logged_in": True, "provider": "default"}
    return create_signed_value(secret, "_streamlit_user", json.dumps(told)).decode()
