"""What a search asks of files: a total order, which pages go on in behind any record."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from correlation.lake import Lake
from correlation.record import position_of
from detection.alert import ALERT
from tests.support.lakes import MODBUS, find, open_pair


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """A lake of two captures with equal times, one of them with a column of its own, and some alerts."""
    with open_pair(tmp_path_factory.mktemp("lake")) as lake:
        yield lake


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("size", [3, 7, 50])
def test_pages(lake: Lake, size: int, newest_first: bool) -> None:
    """Going on behind the last record gives every record once, also among equal times."""
    query, pages, after = "modbus.unit_id:(1 OR 2)", [], ""
    while page := find(lake, query, limit=size, after=after, newest_first=newest_first):
        pages += page
        after = position_of(MODBUS, page[-1])
    assert pages == find(lake, query, newest_first=newest_first)


def test_pages_of_alerts(lake: Lake) -> None:
    """Alerts keep their own ids, and are paged by them."""
    alerts = find(lake, dataset="alert")
    assert [alert["rule.name"] for alert in alerts] == [f"{n:02d}" for n in range(9, -1, -1)]
    assert find(lake, dataset="alert", after=position_of(ALERT, alerts[3])) == alerts[4:]
