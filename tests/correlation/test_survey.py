"""What is kept of the manifest is what the manifest says, whatever was written meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation import survey
from correlation.lake import Lake
from correlation.store import Terms
from tests.support.desk import make_alerts, open_desk, write_alerts
from tests.support.lakes import HOUR_NS, START_NS, make_identity

A, B = make_identity("a"), make_identity("b")


@pytest.mark.parametrize(("segments", "counts"), [(20_000, 400_000), (2, 400_000), (20_000, 0)])
def test_readers_see_every_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, segments: int, counts: int) -> None:
    """Captures that come, are replaced, packed and deleted by another lake object, within and beyond the bounds."""
    monkeypatch.setattr(survey, "MOST_SEGMENTS", segments)
    monkeypatch.setattr(survey, "MOST_COUNTS", counts)
    first, second = make_alerts(50, A), make_alerts(30, B, seed=3)
    with open_desk(tmp_path) as desk, Lake(tmp_path / "lake", reserve_bytes=0) as other:

        def look() -> tuple[int, int, dict[object, float]]:
            late = desk.lake.count("alert", start_ns=START_NS + HOUR_NS, end_ns=START_NS + 3 * HOUR_NS)
            rules = desk.lake.aggregate("alert", Terms("rule.name"))
            return desk.lake.count("alert"), late, {one.key: one.value for one in rules}

        def expect(alerts: list[dict[str, object]]) -> tuple[int, int, dict[object, float]]:
            times = [int(str(one["@timestamp"])) - START_NS for one in alerts]
            names = [one["rule.name"] for one in alerts]
            return len(alerts), sum(HOUR_NS <= at < 3 * HOUR_NS for at in times), {n: names.count(n) for n in names}

        assert look() == expect([])
        write_alerts(other, A, first)
        assert look() == expect(first)
        write_alerts(other, B, second)
        assert look() == expect([*first, *second]) == look()
        assert other.compact().files
        assert look() == expect([*first, *second])
        other.delete_capture(A)
        assert look() == expect(second)
