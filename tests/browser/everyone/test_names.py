"""What is pressed, typed into or followed on a page has a name that tells it from all others there.

Chromium's own tree of what a screen reader hears (CDP) is asked, in each view of `test_axe.py`: axe-core finds what has
no name, and not that four *Only these* stand for four tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import CDPSession, Page

from tests.browser.everyone.test_axe import views
from tests.browser.looking import follow, open_page

PRESSED = {"button", "checkbox", "combobox", "DisclosureTriangle", "link", "radio", "searchbox", "slider", "switch"}
PRESSED |= {"spinbutton", "tab", "textbox"}
SEEN = {"figure", "graphics-document", "image", "img"}
STREAMLITS = {"Open", "Clear all", "Choose date and time"}
"""The arrow, the cross and the calendar of a field: the field is named, and these are its own parts."""
OFF_SCREEN = "js-plotly-tester"
"""In which Plotly measures letters, ten thousand pixels to the left."""

Node = dict[str, Any]


def test_every_name_tells_its_control_from_the_others(page: Page, address: str) -> None:
    open_page(page, address)
    asked = page.context.new_cdp_session(page)
    found = list[str]()
    for view in views():
        follow(page, view)
        found += [f"{view}: {fault}" for fault in faults(asked)]
    asked.detach()
    assert found == []


def faults(asked: CDPSession) -> Iterator[str]:
    """What has no name, or one that others of its kind have, without a link to the same place."""
    nodes: dict[str, Node] = {node["nodeId"]: node for node in asked.send("Accessibility.getFullAXTree")["nodes"]}
    names = Counter[tuple[str, str, str]]()
    for node in nodes.values():
        kind, name = said(node, "role"), said(node, "name").strip()
        if node["ignored"] or kind not in PRESSED | SEEN:
            continue
        if not name or (kind == "button" and name.endswith(" icon")):
            if OFF_SCREEN not in described(asked, node):
                yield f"{kind} without a name: {described(asked, node)}"
        elif kind in PRESSED and name not in STREAMLITS:
            names[kind, name, target(node) if kind == "link" else group(nodes, node)] += 1
    links = Counter((name, kind) for kind, name, _ in names if kind == "link")
    yield from (f"{many} links to different places: {name}" for (name, _), many in links.items() if many > 1)
    yield from (
        f"{many} alike: {kind} {name}" for (kind, name, _), many in names.items() if many > 1 and kind != "link"
    )


def said(node: Node, part: str) -> str:
    return str(node.get(part, {}).get("value", ""))


def target(node: Node) -> str:
    return next((str(each["value"]["value"]) for each in node["properties"] if each["name"] == "url"), "")


def group(nodes: dict[str, Node], node: Node) -> str:
    """The name of the choice that a radio button belongs to: two of them may both offer *All*."""
    above = nodes.get(node.get("parentId", ""))
    while above and said(node, "role") == "radio" and said(above, "role") != "radiogroup":
        above = nodes.get(above.get("parentId", ""))
    return said(above, "name") if above and said(node, "role") == "radio" else ""


def described(asked: CDPSession, node: Node) -> str:
    found = asked.send("DOM.describeNode", {"backendNodeId": node["backendDOMNodeId"]})["node"]
    return f"{found['localName']} {' '.join(found.get('attributes', []))}"[:200]
