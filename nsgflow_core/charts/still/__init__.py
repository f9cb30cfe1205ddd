"""Charts as pictures to take away, SVG and PNG: drawn from the options that the pages show, without a browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nsgflow_core.charts.still import as_png, as_svg
from nsgflow_core.charts.still.shapes import Still


@dataclass(frozen=True, slots=True)
class StillFormat:
    """One way to write a picture as a file: how it is called, and the writer."""

    label: str
    media_type: str
    help: str
    write: Callable[[Still], bytes]


STILL_FORMATS: Mapping[str, StillFormat] = {
    "svg": StillFormat("SVG", "image/svg+xml", "the chart, sharp at any size", as_svg.write),
    "png": StillFormat("PNG", "image/png", "the chart, for a mail or a slide", as_png.write),
}
"""By the ending of the file."""
