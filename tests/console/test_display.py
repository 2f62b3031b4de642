"""Displays: a token becomes a cookie that reads the wall and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.account_tables import ACCOUNTS
from console.display import EACH, Displays, is_wall
from console.display_tables import DISPLAYS
from tests.support.accounts import ADMIN, HERE, Office
from tests.support.ledgers import list_audit
from wanglou.ledger import Ledger


@pytest.fixture
def displays(office: Office, place: Path | str) -> Iterator[Displays]:
    """Displays beside the accounts of an office."""
    with Ledger(place, [ACCOUNTS, DISPLAYS], create=True) as ledger:
        yield Displays(ledger, office.tokens, office.clock)


def test_a_token_is_exchanged(office: Office, displays: Displays) -> None:
    """The display reads the wall, whatever else its token may do; neither secret is in the ledger or the audit."""
    office.add("li")
    secret, _ = office.tokens.issue("li", "hall", ["wall.read", "alerts.read"], ADMIN)
    cookie = displays.admit(secret, HERE, "kiosk")
    assert cookie is not None
    guest = displays.find(cookie)
    assert guest is not None
    assert (guest.name, sorted(guest.permissions), guest.csrf) == ("li", ["wall.read"], "")
    told = repr([row for row in list_audit(office.ledger) if row.kind == "display"])
    assert "admitted" in told
    assert secret not in told
    assert cookie not in told


def test_what_is_not_good_for_the_wall_opens_nothing(office: Office, displays: Displays) -> None:
    """No secret, another permission, a made-up cookie."""
    office.add("li")
    secret, _ = office.tokens.issue("li", "export", ["alerts.read"], ADMIN)
    assert displays.admit(secret, HERE) is None
    assert displays.admit("wanglou_" + "x" * 43, HERE) is None
    assert displays.admit("", HERE) is None
    assert displays.find("x" * 43) is None


def test_a_display_ends_with_its_token(office: Office, displays: Displays) -> None:
    """When it is revoked, and when its owner is locked; then it is swept."""
    office.add("li")
    secret, token = office.tokens.issue("li", "hall", ["wall.read"], ADMIN)
    cookie = displays.admit(secret, HERE)
    assert cookie is not None
    office.accounts.lock("li", "away", ADMIN)
    assert displays.find(cookie) is None
    office.accounts.unlock("li", ADMIN)
    assert displays.find(cookie) is not None
    assert displays.sweep() == 0
    office.tokens.revoke(token.id, ADMIN)
    assert displays.find(cookie) is None
    assert displays.sweep() == 1


def test_displays_of_a_token_are_bounded(office: Office, displays: Displays) -> None:
    """A further one ends the oldest."""
    office.add("li")
    secret, _ = office.tokens.issue("li", "hall", ["wall.read"], ADMIN)
    cookies = []
    for _ in range(EACH + 1):
        office.clock.pass_by(1)
        cookies.append(displays.admit(secret, HERE) or "")
    assert displays.find(cookies[0]) is None
    assert all(displays.find(cookie) for cookie in cookies[1:])


def test_its_cookie_opens_the_wall_only() -> None:
    """Not the exchange, nor anything that begins alike."""
    assert [is_wall(path) for path in ("/wall", "/wall/state", "/wall/plan.svg")] == [True] * 3
    assert [is_wall(path) for path in ("/wall/open", "/walls", "/", "/alerts", "/api/v1/wall")] == [False] * 5
