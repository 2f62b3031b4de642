"""Counting failures and delaying what follows them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from console.account_tables import THROTTLE
from console.throttle import Attempt, Delay, Throttle, find_origin
from tests.support.accounts import HERE, THERE, Office


def fail(office: Office, name: str, origin: str, times: int) -> list[int]:
    """Fail that often, waiting each time as told; gives the delays."""
    waited = []
    for _ in range(times):
        entered = office.throttle.enter(name, origin)
        if isinstance(entered, Delay):
            waited.append(entered.seconds)
            office.clock.pass_by(entered.seconds)
            assert isinstance(office.throttle.enter(name, origin), Attempt)
        else:
            waited.append(0)
    return waited


def count_rows(office: Office, kind: str) -> int:
    """Rows of a kind."""
    with office.ledger.reading() as connection:
        chosen = sa.select(sa.func.count()).select_from(THROTTLE).where(THROTTLE.c.kind == kind)
        return connection.scalar(chosen) or 0


def test_delays_grow(office: Office) -> None:
    """Five failures are free; then 2 s, doubled each time, up to a quarter of an hour."""
    assert fail(office, "li", HERE, 17) == [0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_known_and_unknown_names_are_throttled_alike(office: Office) -> None:
    """Nobody learns from delays who has an account."""
    office.add("li")
    assert fail(office, "li", THERE, 9) == fail(office, "nobody", "198.51.100.1", 9)


def test_an_origin_is_throttled_whatever_the_name(office: Office) -> None:
    """One who tries many names waits, and others do not."""
    waited = [fail(office, f"name-{number}", THERE, 1)[0] for number in range(7)]
    assert waited == [0, 0, 0, 0, 0, 2, 4]
    assert isinstance(office.throttle.enter("name-99", HERE), Attempt)


def test_an_account_is_throttled_wherever_from(office: Office) -> None:
    """One who tries from many addresses waits."""
    waited = [fail(office, "li", f"198.51.100.{number}", 1)[0] for number in range(7)]
    assert waited == [0, 0, 0, 0, 0, 2, 4]


def test_others_do_not_keep_the_owner_out(office: Office) -> None:
    """Where the account signed in last, only that origin's own failures count."""
    office.add("li")
    office.enter("li", origin=HERE)
    fail(office, "li", THERE, 12)
    assert isinstance(office.throttle.enter("li", "198.51.100.1"), Delay)
    assert isinstance(office.throttle.enter("li", HERE), Attempt)


def test_failures_are_forgotten(office: Office) -> None:
    """A day after the last one, counting begins anew."""
    fail(office, "li", HERE, 8)
    office.clock.pass_by(24 * 3600)
    assert fail(office, "li", HERE, 6) == [0, 0, 0, 0, 0, 2]


def test_attempts_at_once_gain_nothing(office: Office) -> None:
    """An attempt counts from its beginning: of a burst, as many pass as would one after another."""
    entered = [office.throttle.enter("li", HERE) for _ in range(50)]
    assert [isinstance(one, Attempt) for one in entered] == [True] * 5 + [False] * 45


def test_a_right_attempt_is_forgiven(office: Office) -> None:
    """The account's failures are over; the origin keeps those it had for other names."""
    fail(office, "other", HERE, 3)
    attempt = office.throttle.enter("li", HERE)
    assert isinstance(attempt, Attempt)
    with office.ledger.transaction() as connection:
        office.throttle.forgive(connection, attempt)
    assert fail(office, "li", HERE, 3) == [0, 0, 2]


def test_an_attempt_that_is_released(office: Office) -> None:
    """It counts no more, for either."""
    for _ in range(20):
        attempt = office.throttle.enter("li", HERE)
        assert isinstance(attempt, Attempt)
        with office.ledger.transaction() as connection:
            office.throttle.release(connection, attempt)


def test_rows_are_bounded(office: Office) -> None:
    """Origins and unknown names make room, oldest first; a row of an account stays."""
    office.add("li")
    throttle = Throttle(office.ledger, replace(office.security, throttle_rows=30), office.clock)
    for _ in range(4):
        throttle.enter("li", THERE)
    for number in range(70):
        office.clock.pass_by(1)
        throttle.enter(f"name-{number}", f"198.51.100.{number}")
    assert count_rows(office, "name") <= 30
    assert count_rows(office, "origin") <= 30
    assert count_rows(office, "account") == 1
    assert isinstance(throttle.enter("li", "192.0.2.1"), Attempt)
    assert isinstance(throttle.enter("li", "192.0.2.2"), Delay)


def test_names_are_not_kept(office: Office) -> None:
    """People type passwords where names go."""
    office.throttle.enter("my secret passphrase", HERE)
    with office.ledger.reading() as connection:
        assert "passphrase" not in str(connection.execute(sa.select(THROTTLE)).all())


def test_refusals_told_one_by_one_are_bounded(office: Office) -> None:
    """Sixty a minute; the first of the next minute tells how many were not."""
    told = [office.throttle.count_refusal() for _ in range(100)]
    assert told == [0] * 60 + [None] * 40
    office.clock.pass_by(60)
    assert [office.throttle.count_refusal() for _ in range(2)] == [40, 0]


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("10.0.0.7", "10.0.0.7"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", "unix"),
        ("x" * 99, "x" * 64),
    ],
)
def test_origins(address: str, origin: str) -> None:
    """A host of IPv6 has all addresses of its network."""
    assert find_origin(address) == origin


@given(st.text(max_size=100))
def test_any_text_as_an_origin(text: str) -> None:
    """It is one, and short."""
    assert len(find_origin(text)) <= 64
