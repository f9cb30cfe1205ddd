"""Screenshots of every page: `python tests/browser/shots.py [page?query ...] [--width 1440] [--theme dark]`.

Written to shots/ (not kept in git). The sample estate, or the store that NSGFLOW_SHOTS_STORE names.
`--docs` takes those of docs/pages (`make screenshots`): the sample, light and dark, few colours and so few bytes.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import ConsoleMessage, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.browser.looking import settle, watch_runs  # noqa: E402
from tests.browser.server import server  # noqa: E402
from tests.conftest import chromium_path  # noqa: E402

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
HOME = Path("/tmp/nsgflow-shots")
PAGES = (
    "overview",
    "flows",
    "flows?level=pairs",
    "flows?level=rows",
    "denied",
    "required_ports",
    "required_ports?by=address",
)

OF_DOCS: dict[str, str] = {
    "overview": "",
    "flows": "flows",
    "denied": "denied",
    "required-ports": "required_ports",
    "changes": "changes",
    "address": "address?ip=10.20.1.4",
    "rules": "rules",
    "coverage": "coverage",
    "query": "query",
}
"""Pictures of docs/pages: their names, and the views."""
DOCS = ROOT / "docs" / "pages"
COLOURS = 128
"""Pages have flat colours: this many are told apart by nobody, and the file is a third."""


def take_for_docs() -> None:
    """Write docs/pages/NAME-THEME.png of each view, 1440 x 900."""
    DOCS.mkdir(exist_ok=True)
    HOME.mkdir(exist_ok=True)
    unnamed = {"NSGFLOW_STORE": ""}  # of a file that is named and not there, or empty, pages say so
    with server(HOME, environment=unnamed) as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium_path(), args=CHROMIUM)
        page = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce").new_page()
        watch_runs(page)
        page.on("console", tell_errors)
        for name, view in OF_DOCS.items():
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme)
                page.goto(f"{address}/{view}")  # a run is told the theme that the page was opened with
                settle(page)
                page.wait_for_timeout(600)  # a chart's own animation
                write_small(page, DOCS / f"{name}-{theme}.png")
        browser.close()


def write_small(page: Page, target: Path) -> None:
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    print(f"{target} {target.stat().st_size / 1000:.0f} kB")


def tell_errors(line: ConsoleMessage) -> None:
    if line.type == "error" and "_stcore" not in str(line.location):
        print("console:", line.text)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("pages", nargs="*", default=PAGES)
    options.add_argument("--width", type=int, action="append")
    options.add_argument("--theme", choices=("light", "dark"), action="append")
    options.add_argument("--docs", action="store_true", help="write docs/pages")
    asked = options.parse_args()
    if asked.docs:
        take_for_docs()
        return
    HOME.mkdir(exist_ok=True)
    (ROOT / "shots").mkdir(exist_ok=True)
    named = os.environ.get("NSGFLOW_SHOTS_STORE")
    with server(HOME, store=Path(named) if named else None) as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        for theme in asked.theme or ("light", "dark"):
            for width in asked.width or (1440, 800):
                context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
                page = context.new_page()
                watch_runs(page)
                page.on("console", tell_errors)
                for name in asked.pages:
                    page.goto(f"{address}/{name}")
                    settle(page)
                    height = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight")
                    page.set_viewport_size({"width": width, "height": min(max(int(height) + 80, 900), 3000)})
                    page.wait_for_timeout(500)
                    target = ROOT / "shots" / f"{re.sub(r'[^a-z_]+', '-', name)}-{width}-{theme}.png"
                    page.screenshot(path=target)
                    page.set_viewport_size({"width": width, "height": 900})
                    print(target)
                context.close()
        browser.close()


if __name__ == "__main__":
    main()
