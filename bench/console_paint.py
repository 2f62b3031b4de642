"""First paint of the console's pages in chromium."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Sequence

from bench.console_client import User
from bench.console_routes import Place

LOADS = 3
"""Loads of a page; the median is told."""
MOST_PAGES = 12
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


def measure_paint(port: int, user: User, places: Sequence[Place]) -> dict[str, float]:
    """Load the pages without variables that a user may see; gives milliseconds to the first content of each."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        print("no chromium: tools/system-packages.sh browser")
        return {}
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - runs without a browser do without it

    first = {place.path: place for place in reversed(places) if place.role == user.role and "{" not in place.path}
    address, painted = f"http://127.0.0.1:{port}", {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
        try:
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            context.add_cookies([{"name": name, "value": one, "url": address} for name, one in user.cookies.items()])
            page = context.new_page()
            for path, place in sorted(first.items())[:MOST_PAGES]:
                times = []
                for _ in range(LOADS):
                    page.goto(address + place.address, wait_until="load")
                    page.wait_for_timeout(150)
                    times.append(float(page.evaluate(PAINT)))
                painted[path] = statistics.median(times)
        finally:
            browser.close()
    return painted
