"""What is kept of whole days gives the answers that reading everything gives, and never an old one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation import blocks, groups
from correlation.blocks import part_times
from correlation.lake import Lake
from correlation.query import parse_query
from correlation.query_tree import And, Everything
from correlation.store import Bucket, Groups
from detection.alert import ALERT
from tests.support.desk import Desk, make_alerts, open_desk, write_alerts
from tests.support.lakes import DAY_NS, HOUR_NS, START_NS, Record, make_identity

DAYS = 7
ASKED = (
    Groups(("rule.name", "source.ip"), sums=("wanglou.alert.count",)),
    Groups(("@timestamp", "rule.level"), interval_ns=HOUR_NS),
    Groups(("wanglou.alert.count",), size=2),
    Groups(("event.id", "rule.name")),
)


def make_days() -> dict[str, list[Record]]:
    """Make the alerts of one capture a day."""
    names = [make_identity(letter) for letter in "abcdef0"[:DAYS]]
    return {name: make_alerts(20, name, seed=day, start_ns=START_NS + day * DAY_NS) for day, name in enumerate(names)}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give a lake of some days."""
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        for name, alerts in make_days().items():
            write_alerts(desk.lake, name, alerts)
        yield desk


def ask(lake: Lake, asked: Groups, query: str = "", start: int | None = None, end: int | None = None) -> list[Bucket]:
    """Ask as pages do."""
    return list(lake.aggregate("alert", asked, query, start_ns=start, end_ns=end))


@given(
    asked=st.sampled_from(ASKED),
    query=st.sampled_from(("", "rule.level:low", "NOT source.ip:10.0.0.1", "rule.name:none", "@timestamp:>2000")),
    start=st.sampled_from((None, START_NS, START_NS + HOUR_NS, START_NS + DAY_NS + 1)),
    end=st.sampled_from((None, START_NS + 5 * DAY_NS, START_NS + 6 * DAY_NS + HOUR_NS, START_NS + 9 * DAY_NS)),
    most=st.sampled_from((0, 3, blocks.MOST_ROWS)),
)
def test_blocks_change_no_answer(
    desk: Desk, asked: Groups, query: str, start: int | None, end: int | None, most: int
) -> None:
    """For any filter and period, also where a block has more lines than are kept."""
    ends = [end, None if end is None else end + 1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "FEWEST_FILES", 1_000)
        plain = _ask_anew(desk, asked, query, start, ends)
        patch.setattr(blocks, "FEWEST_FILES", 1)
        patch.setattr(blocks, "MOST_ROWS", most)
        assert _ask_anew(desk, asked, query, start, ends) == plain


def _ask_anew(
    desk: Desk, asked: Groups, query: str, start: int | None, ends: Sequence[int | None]
) -> list[list[Bucket]]:
    """Ask the same lake with nothing kept."""
    with Lake(desk.lake.folder, reserve_bytes=0) as lake:
        return [ask(lake, asked, query, start, end) for end in ends]


def test_a_moving_period_reads_its_ends_only(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One block serves every minute; what is written or removed in its days makes another."""
    made: list[Sequence[str]] = []

    def note(reader: Any, plan: Any, block: Any) -> Any:
        made.append([segment.capture for segment in block.segments])
        return make_block(reader, plan, block)

    make_block = groups._make_block
    monkeypatch.setattr(groups, "_make_block", note)
    asked = Groups(("rule.name",), sums=("wanglou.alert.count",))
    with open_desk(tmp_path) as desk:
        days = make_days()
        for name, alerts in days.items():
            write_alerts(desk.lake, name, alerts)
        start, end = START_NS + HOUR_NS, START_NS + DAYS * DAY_NS
        for minute in range(3):
            assert _counts(desk.lake, asked, start - minute, end - minute) == _expect(
                days, start - minute, end - minute
            )
        assert len(made) == 1
        assert len(made[0]) > DAYS - 2
        late = make_alerts(5, make_identity("9"), seed=50, start_ns=START_NS + 2 * DAY_NS)
        write_alerts(desk.lake, make_identity("9"), late)
        days[make_identity("9")] = late
        assert _counts(desk.lake, asked, start, end) == _expect(days, start, end)
        gone = list(days)[3]
        desk.lake.delete_capture(gone)
        del days[gone]
        assert _counts(desk.lake, asked, start, end) == _expect(days, start, end)
        other = list(days)[3]
        days[other] = make_alerts(20, other, seed=77, start_ns=START_NS + 4 * DAY_NS)
        desk.lake.replace_alerts(other, pa.Table.from_pylist(days[other], schema=ALERT.arrow), "other rules")
        assert _counts(desk.lake, asked, start, end) == _expect(days, start, end)
        assert len(made) == 4
        desk.lake.compact()
        assert _counts(desk.lake, asked, start, end) == _expect(days, start, end)


def _counts(lake: Lake, asked: Groups, start: int, end: int) -> dict[str, tuple[float, float]]:
    return {str(one.keys[0]): (one.value, one.sums[0]) for one in ask(lake, asked, "", start, end)}


def _expect(days: dict[str, list[Record]], start: int, end: int) -> dict[str, tuple[float, float]]:
    counts: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for alert in (one for alerts in days.values() for one in alerts if start <= one["@timestamp"] < end):
        counts[alert["rule.name"]] += 1
        sums[alert["rule.name"]] += alert["wanglou.alert.count"]
    return {name: (counts[name], sums[name]) for name in counts}


def test_only_times_that_all_records_must_have_are_parted() -> None:
    """A time that is one of several ways to fit, or that must not be, stays in the question."""
    node = parse_query("@timestamp:>2020 AND rule.level:low AND (rule.name:a OR @timestamp:<2030)", ALERT, now_ns=0)
    times, rest = part_times(node)
    assert len(times) == 1
    assert isinstance(rest, And)
    assert len(rest.parts) == 2
    assert part_times(parse_query("NOT @timestamp:>2020", ALERT, now_ns=0))[0] == []
    assert part_times(parse_query("@timestamp:>2020", ALERT, now_ns=0))[1] == Everything()
