"""The operators' work repeats itself under a seed and stays within the performance."""

from __future__ import annotations

from pcaps.scenarios.rig.operations import chem_masters, operators_day


def test_deeds_are_the_same_every_time() -> None:
    """One seed gives one day: same controllers, same moments."""
    first, second = operators_day(3600, 1), operators_day(3600, 1)
    assert {name: [at for at, _ in deeds] for name, deeds in first.items()} == {
        name: [at for at, _ in deeds] for name, deeds in second.items()
    }


def test_deeds_lie_within_the_day() -> None:
    """Nothing is done before the first minute or after the end."""
    moments = [at for deeds in operators_day(3600, 3).values() for at, _ in deeds]
    assert len(moments) > 20
    assert 60 < min(moments) < max(moments) < 3600


def test_two_masters_work_the_plant() -> None:
    """HMI and SCADA server are the masters of the chemical plant."""
    assert set(chem_masters()) == {"hmi", "scada"}
