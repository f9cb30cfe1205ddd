"""A picture as SVG: text stays text, names mean nothing, and nothing is fetched or run."""

from __future__ import annotations

from html import escape

from nsgflow_core.charts.still.shapes import PAPER, Area, Dot, DrawnShape, Line, Still, Words, colour_parts
from nsgflow_core.words.visible import utf8, visible

_FONT = "'Source Sans 3', 'Source Sans Pro', 'Segoe UI', system-ui, Arial, sans-serif"


def write(still: Still) -> bytes:
    """The file."""
    size = f'width="{still.width}" height="{still.height}" viewBox="0 0 {still.width} {still.height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{_FONT}">'
    paper = f'<rect width="{still.width}" height="{still.height}" fill="{PAPER}"/>'
    inside = "\n".join(map(_shape, still.shapes))
    return utf8(f"{head}\n<title>{_text(still.title)}</title>\n{paper}\n{inside}\n</svg>\n")


def _shape(shape: DrawnShape) -> str:
    match shape:
        case Area(points, colour, about):
            return f'<path d="M{_path(points)}Z" {_fill(colour)}>{_about(about)}</path>'
        case Dot(x, y, radius, colour, about):
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" {_fill(colour)}>{_about(about)}</circle>'
        case Line(points, colour, width, is_dashed):
            red, green, blue, opacity = colour_parts(colour)
            dash = ' stroke-dasharray="6 4"' if is_dashed else ""
            stroke = f'stroke="#{red:02x}{green:02x}{blue:02x}" stroke-opacity="{opacity:g}" stroke-width="{width:.1f}"'
            return f'<path d="M{_path(points)}" fill="none" {stroke}{dash}/>'
        case Words():
            return _words(shape)


def _words(words: Words) -> str:
    turn = f' transform="rotate({-words.turned:g} {words.x:.1f} {words.y:.1f})"' if words.turned else ""
    weight = ' font-weight="600"' if words.is_bold else ""
    place = f'x="{words.x:.1f}" y="{words.y:.1f}" font-size="{words.size:g}" text-anchor="{words.anchor}"'
    return f"<text {place} {_fill(words.colour)}{weight}{turn}>{_text(words.text)}</text>"


def _path(points: tuple[tuple[float, float], ...]) -> str:
    return "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _fill(colour: str) -> str:
    red, green, blue, opacity = colour_parts(colour)
    return f'fill="#{red:02x}{green:02x}{blue:02x}"' + (f' fill-opacity="{opacity:g}"' if opacity < 1 else "")


def _about(about: str) -> str:
    return f"<title>{_text(about)}</title>" if about else ""


def _text(words: str) -> str:
    return escape(visible(words))
