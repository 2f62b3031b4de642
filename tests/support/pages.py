"""A browser for tests that look at pages: Debian's chromium, driven by Playwright.

``Pages.open`` gives a page whose every fault counts: console errors, what the policy refused, requests that leave this
machine, answers of status 500. ``shoot`` keeps a picture, ``check`` runs axe-core.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from console.assets import STATIC
from console.visit import LANGUAGE_COOKIE, SESSION_COOKIE, THEME_COOKIE
from tests.support.consoles import Console, serve
from tests.support.requirements import ROOT, find_chromium

SHOTS = ROOT / "build" / "console"
HEIGHTS = {390: 844, 1280: 800, 1920: 1080}
"""Widths that pages are looked at in, with their heights."""
GRAVE = ("serious", "critical")
"""Impacts of axe-core's faults that no page may have."""
STAYING = """
const later = window.setTimeout;
window.setTimeout = (act, delay, ...given) => (delay === %d ? 0 : later(act, delay, ...given));
"""
"""Run before a page's own scripts: messages that go by themselves stay, however long a test takes to look."""
Language = Literal["zh", "en"]
Theme = Literal["light", "dark"]


@cache
def shown_ms() -> int:
    """Tell for how long the console shows a message."""
    found = re.search(r"SHOWN_MS = (\d+);", (STATIC / "js" / "toasts.js").read_text(encoding="utf-8"))
    assert found is not None
    return int(found[1])


@dataclass
class Pages:
    """Pages of one console in one browser."""

    browser: Browser
    console: Console
    address: str
    faults: list[str] = field(default_factory=list)
    """What went wrong on any page since it was last looked at."""
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(
        self,
        path: str,
        as_: str = "",
        *,
        width: int = 1280,
        language: Language = "en",
        theme: Theme = "light",
        bypass_policy: bool = False,
        has_script: bool = True,
    ) -> Page:
        """Open a page as an account, and wait until it is quiet."""
        context = self.browser.new_context(
            viewport={"width": width, "height": HEIGHTS.get(width, 800)},
            bypass_csp=bypass_policy,
            java_script_enabled=has_script,
            has_touch=width < 720,
            reduced_motion="reduce",
        )
        self.contexts.append(context)
        cookies: dict[str, str] = {LANGUAGE_COOKIE: language, THEME_COOKIE: theme}
        if as_:
            cookies[SESSION_COOKIE], _ = self.console.enter(as_)
        context.add_init_script(STAYING % shown_ms())
        context.add_cookies([{"name": name, "value": value, "url": self.address} for name, value in cookies.items()])
        page = context.new_page()
        self._watch(page)
        page.goto(self.address + path)
        page.wait_for_load_state("networkidle")
        return page

    def _watch(self, page: Page) -> None:
        host = urlsplit(self.address).netloc
        page.on("console", lambda one: self._note(one.type == "error", f"console: {one.text}"))
        page.on("pageerror", lambda error: self._note(True, f"script: {error}"))
        page.on("requestfailed", lambda one: self._note(one.failure != "net::ERR_ABORTED", f"failed: {one.url}"))
        page.on("request", lambda one: self._note(urlsplit(one.url).netloc not in (host, ""), f"off-site: {one.url}"))
        page.on("response", lambda one: self._note(one.status >= 500, f"{one.status}: {one.url}"))

    def _note(self, is_fault: bool, text: str) -> None:
        if is_fault:
            self.faults.append(text)

    def expect_fault(self, text: str) -> None:
        """Take back a fault that a test made on purpose: those that hold ``text``, which may take a moment to come."""
        page = self.contexts[-1].pages[-1]
        for _ in range(40):
            if any(text in one for one in self.faults):
                break
            page.wait_for_timeout(50)
        assert any(text in one for one in self.faults), (text, self.faults)
        self.faults = [one for one in self.faults if text not in one]

    def shoot(self, page: Page, name: str, *, whole: bool = False) -> Path:
        """Keep a picture of what the page shows, or of the whole of it, below ``build/console``."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        path = SHOTS / f"{name}.png"
        page.screenshot(path=path, full_page=whole, animations="disabled")
        return path

    def shoot_all(self, path: str, name: str, as_: str = "", *, all_ways: bool | None = None) -> list[Path]:
        """Keep pictures of a page: one way, or at every width, language and theme where ``WANGLOU_SHOTS=all``."""
        is_all = os.environ.get("WANGLOU_SHOTS") == "all" if all_ways is None else all_ways
        ways: Sequence[tuple[int, Language, Theme]] = [(1280, "zh", "light")]
        if is_all:
            languages: tuple[Language, ...] = ("zh", "en")
            themes: tuple[Theme, ...] = ("light", "dark")
            ways = [(width, language, theme) for width in HEIGHTS for language in languages for theme in themes]
        made = []
        for width, language, theme in ways:
            page = self.open(path, as_, width=width, language=language, theme=theme)
            page.wait_for_timeout(200)  # ECharts draws in the next frames
            self.check_width(page)
            made.append(self.shoot(page, f"{name}-{width}-{language}-{theme}"))
            page.context.close()
        return made

    def check(self, page: Page) -> None:
        """Find what axe-core calls serious or critical; the page must be opened with ``bypass_policy``."""
        page.add_script_tag(content=_axe())
        found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        grave = [one for one in found["violations"] if one["impact"] in GRAVE]
        assert grave == [], json.dumps([_tell(one) for one in grave], ensure_ascii=False, indent=1)

    def check_width(self, page: Page) -> None:
        """See that nothing stands out of the page to the right."""
        over = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{page.url} is {over} px too wide at {page.viewport_size}"

    def finish(self) -> None:
        """Close all pages and fail for the faults of any."""
        for context in self.contexts:
            context.close()
        self.contexts.clear()
        faults, self.faults = self.faults, []
        assert faults == []


@cache
def _axe() -> str:
    return Path(AXE_FILE_PATH).read_text(encoding="utf-8")


def _tell(violation: dict[str, Any]) -> list[str]:
    return [violation["id"], *(f"{node['target']}: {node['failureSummary']}"[:400] for node in violation["nodes"][:5])]


@contextmanager
def run_browser() -> Iterator[Browser]:
    """Run chromium without a window."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def look_at(browser: Browser, console: Console) -> Iterator[Pages]:
    """Serve a console and give its pages."""
    with serve(console.app) as address:
        yield Pages(browser, console, address)
