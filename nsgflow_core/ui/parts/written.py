"""A text that was written for a file: its download, and its beginning on screen."""

from __future__ import annotations

from streamlit.delta_generator import DeltaGenerator

from nsgflow_core.ui.frame.plain import plain
from nsgflow_core.words.visible import utf8, visible


def download(row: DeltaGenerator, text: str, file_name: str, media_type: str, key: str) -> None:
    """The button that saves it, made at the click."""
    row.download_button(
        f"Download {plain(file_name)}",
        data=lambda: utf8(text),
        file_name=file_name,
        mime=media_type,
        icon=":material/download:",
        type="primary",
        key=key,
        on_click="ignore",
    )


def beginning(lines: list[str], most: int) -> str:
    """So many of its lines, as they are shown."""
    return "\n".join(map(visible, lines[:most]))
