"""Open pages hear of what the worker does: alerts, the queue, captures; uploads go on after an interruption."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from console.feed import read_events
from tests.support.consoles import EVER, Console, open_console
from tests.support.pages import Pages, look_at
from tests.support.workers import wait_for
from wanglou.bundled import captures_folder

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.needs_chromium
LIST = f"/alerts?{EVER}"
WAIT_MS = 60_000
IS_LIVE = "document.documentElement.dataset.live === 'on'"


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """Open a console over an empty lake, with a worker."""
    with open_console(tmp_path_factory.mktemp("live") / "lake", with_worker=True) as console:
        supervisor = console.services.backstage.supervisor
        assert supervisor is not None
        assert supervisor.wait_ready(240)
        yield console


@pytest.fixture
def live(working: Console, chromium: Browser) -> Iterator[Pages]:
    """Give its pages."""
    with look_at(chromium, working) as pages:
        yield pages
        pages.finish()


def open_live(live: Pages, path: str, name: str = "analyst") -> Page:
    """Open a page, and wait until it listens; it never becomes quiet."""
    page = live.open(path, name)
    page.wait_for_function(IS_LIVE)
    return page


def upload(page: Page, file: str) -> None:
    """Choose a bundled capture on the page of captures."""
    page.set_input_files("#upload-files", captures_folder() / file)


def test_an_alert_of_the_worker_is_on_an_open_page_within_two_seconds(live: Pages, working: Console) -> None:
    """From the moment the worker announces it: new rows are marked, a toast leads to them; the queue empties."""
    alerts, captures = open_live(live, LIST), open_live(live, "/captures")
    upload(captures, "unauthorized_write.pcap")
    expect(alerts.locator("tr.row.is-fresh").first).to_be_visible(timeout=WAIT_MS)
    seen_ns = time.time_ns()
    (made,) = [one for one in read_events(working.services.ledger, 0) if one.kind == "alerts.made"]
    assert seen_ns - made.at_ns < 2 * 10**9
    expect(alerts.locator("[data-news]")).to_have_text(re.compile(r"\b(1 new alert|\d+ new alerts), the worst "))
    expect(captures.locator("#captures-list tr.row")).to_have_count(1, timeout=WAIT_MS)
    expect(captures.locator("[data-job]")).to_have_count(0, timeout=WAIT_MS)
    alerts.locator("[data-news] a").click()
    expect(alerts.locator("tr.row").first).to_be_visible()


def test_other_tenants_hear_nothing(live: Pages, working: Console) -> None:
    """A capture of another enterprise is not told to chem's user."""
    page = open_live(live, LIST, "enterprise_user")
    before = page.locator("tr.row").count()
    jobs, captures = working.services.backstage.jobs, open_live(live, "/captures?view=bundled")
    captures.locator("tr[data-id='machining_write.pcap'] button").last.click()
    expect(captures.locator(".toast").first).to_be_visible()
    wait_for(lambda: not jobs.list_jobs(states=["queued", "running"]))
    page.wait_for_timeout(1_000)
    assert page.locator("[data-news]").count() == 0
    assert page.locator("tr.row").count() == before


def test_an_upload_is_moved_in_time(live: Pages, working: Console) -> None:
    """On a phone, where the box is ticked: it ends now, and its page leads to the original times with one click."""
    began_ns = time.time_ns() // 10**9 * 10**9
    page = live.open("/captures", "analyst", width=390)
    page.wait_for_function(IS_LIVE)
    live.check_width(page)
    page.get_by_label("Move in time so that it ends now").check()
    live.shoot(page, "captures-moved-390-en-light")
    upload(page, "port_misuse.pcap")

    def find() -> str:
        moved = [one for one in working.services.store.captures() if one.is_complete and one.record.shift_ns]
        return next((one.record.identity for one in moved if (one.max_ns or 0) >= began_ns - 10**9), "")

    identity = wait_for(find)
    page = open_live(live, f"/captures/{identity}")
    page.get_by_text("show the original times").click()
    expect(page.locator("details[open] time").first).to_be_visible()


def test_an_upload_goes_on_where_it_stopped(live: Pages, working: Console, tmp_path: Path) -> None:
    """The connection breaks after a piece, the page is loaded anew, the same file is chosen: the rest is sent."""
    path = tmp_path / "large.pcap"
    path.write_bytes((captures_folder() / "function_scan.pcap").read_bytes() + bytes(18_000_000))
    page = open_live(live, "/captures")
    page.route("**/api/v1/uploads/*", lambda route: route.abort() if _is_later(route.request) else route.continue_())
    page.set_input_files("#upload-files", path)
    expect(page.locator("#upload-list")).to_contain_text("trying again", timeout=WAIT_MS)
    (begun,) = working.services.backstage.uploads.list_uploads(state="open")
    assert begun.received_bytes == 8 << 20
    page.unroute("**/api/v1/uploads/*")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.set_input_files("#upload-files", path)
    wait_for(lambda: not working.services.backstage.uploads.list_uploads(state="open"))
    done = working.services.backstage.uploads.find(begun.id)
    assert done is None or done.state == "finished"  # the worker puts away what is no capture
    _forgive_breaks(live)


def _forgive_breaks(live: Pages) -> None:
    """Take back the faults of connections that the test broke."""
    for fault in ("ERR_FAILED", "failed: "):
        live.expect_fault(fault)


def _is_later(request: object) -> bool:
    headers = getattr(request, "headers", {})
    return int(headers.get("upload-offset", "0")) > 0


def test_an_upload_is_cancelled(live: Pages, working: Console, tmp_path: Path) -> None:
    """With its button; what was received is gone."""
    path = tmp_path / "other.pcap"
    path.write_bytes(bytes(9_000_000))
    page = open_live(live, "/captures")
    page.route("**/api/v1/uploads/*", lambda route: route.abort() if _is_later(route.request) else route.continue_())
    page.set_input_files("#upload-files", path)
    expect(page.locator("#upload-list")).to_contain_text("trying again", timeout=WAIT_MS)
    page.locator("#upload-list button").click()
    wait_for(lambda: not working.services.backstage.uploads.list_uploads(state="open"))
    _forgive_breaks(live)


def test_a_capture_is_deleted(live: Pages, working: Console) -> None:
    """By a responder, after a dialog that says what goes; the list loses it."""
    page = open_live(live, "/captures?sort=name", "responder")
    rows = page.locator("#captures-list tr.row")
    before = rows.count()
    page.locator("tr.row .row-link").last.click()
    page.locator("[data-opens='#delete-capture']").click()
    expect(page.locator("#delete-capture")).to_be_visible()
    page.locator("#delete-capture .is-danger").click()
    expect(rows).to_have_count(before - 1, timeout=WAIT_MS)
    assert len([one for one in working.services.store.captures() if one.rows]) == before - 1


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", ["/captures", "/captures?view=bundled", "/captures?view=jobs", "/sensors", "/store"])
def test_pages_have_no_grave_fault_of_accessibility(live: Pages, path: str, width: int) -> None:
    """axe-core finds nothing serious, and no page is wider than the screen; a picture of each is kept."""
    page = live.open(path, "analyst", width=width, bypass_policy=True)
    live.check(page)
    live.check_width(page)
    live.shoot(page, f"{path.strip('/').replace('?view=', '-')}-{width}-en-light")
