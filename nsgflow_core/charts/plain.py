"""The one way from text to a chart: Plotly reads a little HTML (`<a href>`, `<b>`, `&lt;`) in every text it draws."""

from __future__ import annotations

from html import escape

from nsgflow_core.words.visible import visible


def chart_text(text: object) -> str:
    """Text of a log, a file or an answer as it reads; for names, ticks and hovers, never inside a template."""
    return escape(visible(str(text)), quote=False)
