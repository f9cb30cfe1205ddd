"""Screenshots of every page: `python tests/browser/shots.py [page?query ...] [--width 1440] [--theme dark]`.

Written to shots/ (not kept in git). The sample estate, or the store that NSGFLOW_SHOTS_STORE names.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from playwright.sync_api import ConsoleMessage, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.browser.looking import settle, watch_runs  # noqa: E402
from tests.browser.server import server  # noqa: E402

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


def tell_errors(line: ConsoleMessage) -> None:
    if line.type == "error" and "_stcore" not in str(line.location):
        print("console:", line.text)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("pages", nargs="*", default=PAGES)
    options.add_argument("--width", type=int, action="append")
    options.add_argument("--theme", choices=("light", "dark"), action="append")
    asked = options.parse_args()
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
