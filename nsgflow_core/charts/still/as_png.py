"""A picture as PNG, twice as fine as a screen; by Pillow, which comes with Streamlit."""

from __future__ import annotations

import io
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from math import ceil, dist
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from nsgflow_core.charts.still.shapes import PAPER, Area, Dot, DrawnShape, Line, Point, Still, Words, colour_parts
from nsgflow_core.words.visible import visible

_FINE, _DRAWN = 2, 2
"""The file is so many times a screen's pixels, and drawn so many times as fine again: sides become smooth."""
_SCALE = _FINE * _DRAWN
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}
_DASH = 10.0, 6.0

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def write(still: Still) -> bytes:
    """The file."""
    image = Image.new("RGB", (still.width * _SCALE, still.height * _SCALE), PAPER)
    for shape in still.shapes:
        _draw(image, shape)
    file = io.BytesIO()
    image.resize((still.width * _FINE, still.height * _FINE), Image.Resampling.BOX).save(file, "PNG", optimize=True)
    return file.getvalue()


def _draw(image: Image.Image, shape: DrawnShape) -> None:
    pen = ImageDraw.Draw(image, "RGBA")
    match shape:
        case Area(points, colour):
            pen.polygon([(x * _SCALE, y * _SCALE) for x, y in points], fill=_paint(colour))
        case Dot(x, y, radius, colour):
            ends = ((x - radius) * _SCALE, (y - radius) * _SCALE, (x + radius) * _SCALE, (y + radius) * _SCALE)
            pen.ellipse(ends, fill=_paint(colour))
        case Line(points, colour, width, is_dashed):
            for part in _dashes(points) if is_dashed else [points]:
                scaled = [(x * _SCALE, y * _SCALE) for x, y in part]
                pen.line(scaled, fill=_paint(colour), width=max(round(width * _SCALE), 1))
        case Words():
            _write(image, pen, shape)


def _write(image: Image.Image, pen: ImageDraw.ImageDraw, words: Words) -> None:
    font, text, at = _font(words.size, words.is_bold), visible(words.text), (words.x * _SCALE, words.y * _SCALE)
    if not words.turned:
        pen.text(at, text, fill=_paint(words.colour), font=font, anchor=_ANCHORS[words.anchor])
        return
    around = int(font.getlength(text) + 2 * words.size * _SCALE)
    mask = Image.new("L", (2 * around, 2 * around))
    ImageDraw.Draw(mask).text((around, around), text, fill=255, font=font, anchor=_ANCHORS[words.anchor])
    mask = mask.rotate(words.turned, Image.Resampling.BICUBIC)
    image.paste(_paint(words.colour)[:3], (int(at[0]) - around, int(at[1]) - around), mask)


def _paint(colour: str) -> tuple[int, int, int, int]:
    red, green, blue, opacity = colour_parts(colour)
    return red, green, blue, round(255 * opacity)


def _dashes(points: tuple[Point, ...]) -> list[tuple[Point, ...]]:
    """The drawn parts of a dashed line, along all of its way."""
    along, parts, dash = 0.0, list[tuple[Point, ...]](), list[Point]()
    for (x0, y0), (x1, y1) in pairwise(points):
        length = dist((x0, y0), (x1, y1))
        steps = max(ceil(length), 1)
        for n in range(steps):
            if (along + length * n / steps) % sum(_DASH) < _DASH[0]:
                dash.append((x0 + (x1 - x0) * n / steps, y0 + (y1 - y0) * n / steps))
            elif dash:
                parts.append(tuple(dash))
                dash = []
        along += length
    return [part for part in (*parts, tuple(dash)) if len(part) > 1]


@cache
def _font(size: float, is_bold: bool) -> _Font:
    """Source Sans, which Streamlit has for its pages; Pillow's own where it is elsewhere one day."""
    pixels = size * _SCALE
    for file in _source_sans():
        font = ImageFont.truetype(str(file), pixels)
        font.set_variation_by_axes([600 if is_bold else 400])
        return font
    return ImageFont.load_default(pixels)


@cache
def _source_sans() -> tuple[Path, ...]:
    found = find_spec("streamlit")
    places = found.submodule_search_locations if found and found.submodule_search_locations else ()
    return tuple(file for place in places for file in Path(place).glob("static/static/media/SourceSansVF-Upright*"))
