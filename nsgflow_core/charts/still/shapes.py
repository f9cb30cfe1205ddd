"""What a picture is made of: few shapes, in pixels from the top left, the last above the others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from nsgflow_core.charts.flows import shortened
from nsgflow_core.words.visible import visible

INK, QUIET, LINE, PAPER = "#0F1822", "#5B6875", "#DCE3EA", "#FFFFFF"
"""Those of the light theme: a picture has a ground of its own, wherever it is pasted."""
WIDTH = 1200
LETTER = 0.52
"""How wide a letter is on average, of its size."""

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Area:
    """A filled shape with straight sides; `about` is told where one points, in formats that can."""

    points: tuple[Point, ...]
    colour: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle."""

    x: float
    y: float
    radius: float
    colour: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points."""

    points: tuple[Point, ...]
    colour: str
    width: float = 1.0
    is_dashed: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text, its letters standing on `y`; turned against the clock by so many degrees around its start."""

    x: float
    y: float
    text: str
    size: float = 12
    anchor: Anchor = "start"
    colour: str = QUIET
    is_bold: bool = False
    turned: float = 0


DrawnShape = Area | Dot | Line | Words


@dataclass(frozen=True, slots=True)
class Still:
    """A picture: its size in pixels, what it shows in words, and its shapes."""

    width: int
    height: int
    title: str
    shapes: tuple[DrawnShape, ...]


def box(x: float, y: float, width: float, height: float, colour: str, about: str = "") -> Area:
    """A rectangle."""
    return Area(((x, y), (x + width, y), (x + width, y + height), (x, y + height)), colour, about)


def fitting(text: str, width: float, size: float = 12) -> str:
    """A text as it reads, cut to about this width."""
    return shortened(visible(text), max(int(width / (LETTER * size)), 4))


def titled(title: str, note: str, height: float, shapes: Sequence[DrawnShape]) -> Still:
    """The picture under its title and a line of what it is of; the shapes begin at 0."""
    down = 58.0
    head = (
        Words(16, 28, fitting(title, WIDTH - 32, 18), 18, colour=INK, is_bold=True),
        Words(16, 48, fitting(note, WIDTH - 32, 13), 13),
    )
    return Still(WIDTH, int(down + height + 12), title, (*head, *(_moved(each, down) for each in shapes)))


def _moved(shape: DrawnShape, down: float) -> DrawnShape:
    match shape:
        case Area(points, colour, about):
            return Area(tuple((x, y + down) for x, y in points), colour, about)
        case Line(points, colour, width, is_dashed):
            return Line(tuple((x, y + down) for x, y in points), colour, width, is_dashed)
        case Dot(x, y, radius, colour, about):
            return Dot(x, y + down, radius, colour, about)
        case Words(x, y, text, size, anchor, colour, is_bold, turned):
            return Words(x, y + down, text, size, anchor, colour, is_bold, turned)


_RGBA = re.compile(r"rgba\((\d+),(\d+),(\d+),([\d.]+)\)")


def colour_parts(colour: str) -> tuple[int, int, int, float]:
    """Red, green, blue (0 to 255) and opacity (0 to 1) of "#3D85C6" or "rgba(61,133,198,0.5)"."""
    if found := _RGBA.fullmatch(colour):
        red, green, blue, opacity = found.groups()
        return int(red), int(green), int(blue), float(opacity)
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16), 1.0
