"""The start page."""

from __future__ import annotations

import re

import pytest

from tests.support.consoles import EVER, Console
from tests.support.pages import Pages

NUMBER = re.compile(r"\d[\d,]*")


def test_the_first_line_answers(console: Console) -> None:
    """Title and answer in the reader's language."""
    for language, title, words in (("zh", "总览", "这段时间告警"), ("en", "Overview", "alerts in this time")):
        page = console.as_("analyst", language).get(f"/?{EVER}")
        assert page.status_code == 200
        assert f"<h1>{title}</h1>" in page.text
        answer = re.search(r'id="answer">(.*?)</p>', page.text)
        assert answer is not None
        assert words in answer[1]


def test_alerts_are_as_many_as_their_own_page_counts(console: Console) -> None:
    """Total, critical and high of the period are the same on both pages."""
    client = console.as_("analyst")
    overview = client.get(f"/api/v1/overview?{EVER}").json()["alerts"]
    answer = re.search(r'id="answer">(.*?)</p>', client.get(f"/alerts?{EVER}").text)
    assert answer is not None
    total, critical, high = (int(one.replace(",", "")) for one in NUMBER.findall(answer[1])[:3])
    assert (overview["total"], overview["levels"]["critical"], overview["levels"]["high"]) == (total, critical, high)
    assert sum(sum(bar["levels"].values()) for bar in overview["bars"]) == total


def test_every_link_of_the_page_answers(console: Console) -> None:
    """No number leads nowhere, for whoever reads the page."""
    for name in ("analyst", "leader", "enterprise_user", "reviewer"):
        client = console.as_(name)
        text = client.get(f"/?{EVER}").text
        main = text[text.index("<main") : text.index("</main>")].replace("&amp;", "&")
        for address in sorted(set(re.findall(r'href="([^"]+)"', main))):
            if address.startswith("#"):
                assert f'id="{address[1:]}"' in main, address
            else:
                assert client.get(address).status_code == 200, (name, address)


@pytest.mark.parametrize("name", ["park_admin", "auditor"])
def test_who_may_not_read_it_is_refused(console: Console, name: str) -> None:
    """Administration and audit have no overview."""
    assert console.as_(name).get("/").status_code == 403


def test_nobody_is_asked_to_sign_in(console: Console) -> None:
    """A page sends to the sign-in."""
    answer = console.as_().get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_an_empty_period_says_what_to_do(console: Console) -> None:
    """No figure is made up: the page says that there is nothing, and offers another time."""
    page = console.as_("analyst").get("/?from=1990-01-01&to=1990-01-02")
    assert "no alerts in this time" in page.text
    assert "now-30d" in page.text


def test_a_time_that_is_none_is_told(console: Console) -> None:
    """Status 400 with words."""
    assert console.as_("analyst").get("/?from=yesterday").status_code == 400


@pytest.mark.needs_chromium
def test_a_bar_opens_its_alerts(pages: Pages) -> None:
    """A click on the highest bar shows the alerts of its interval, as many as the bar counts."""
    page = pages.open(f"/?{EVER}", "analyst", bypass_policy=True)
    pages.check(page)
    bar = page.locator("a.stack").first
    told = bar.get_attribute("aria-label") or ""
    bar.click()
    page.wait_for_url("**/alerts?*")
    counted = page.locator("#answer").inner_text()
    assert NUMBER.findall(told)[-1] == NUMBER.findall(counted)[0]
    pages.shoot_all(f"/?{EVER}", "overview", "analyst")
