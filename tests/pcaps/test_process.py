"""The simulated process moves as plants do and repeats itself under the same seed."""

from __future__ import annotations

from pcaps.scenarios.rig.layout import Loop
from pcaps.scenarios.rig.process import Image, Process

LAG = Loop(1000, 10, 0.0, ambient=200)
TANK = Loop(5000, 100, 0.0, 0, "level")
ON = [True] * 8


def run(loops: list[Loop], coils: list[bool], steps: int, seed: int = 1) -> list[Image]:
    """Step a process by one second, feeding its own commands back."""
    process = Process(loops, seed)
    images = []
    for _ in range(steps):
        image = process.step(1.0, process.setpoints, coils)
        coils = image.coils
        images.append(image)
    return images


def test_same_seed_same_values() -> None:
    """Two processes of one seed publish the same registers; another seed differs."""
    noisy = [Loop(1000, 10, 5.0)]
    assert run(noisy, ON, 20) == run(noisy, ON, 20)
    assert run(noisy, ON, 20) != run(noisy, ON, 20, seed=2)


def test_lag_follows_its_actuator() -> None:
    """A lag reaches its set point when switched on and its ambient when off."""
    assert abs(run([LAG], ON, 100)[-1].inputs[0] - 1000) <= 1
    assert abs(run([LAG], [False] * 8, 100)[-1].inputs[0] - 200) <= 1


def test_level_saws_within_its_band() -> None:
    """A tank's level goes up and down around the set point because its inlet valve is switched."""
    images = run([TANK], ON, 400)
    levels = [image.inputs[0] for image in images]
    assert 4000 < min(levels) < 4600
    assert 5400 < max(levels) < 6000
    assert {image.coils[0] for image in images} == {True, False}


def test_registers_fit_the_wire() -> None:
    """Inputs are twenty unsigned 16 bit numbers, discretes sixteen bits."""
    for image in run([Loop(65_500, 1, 500.0), TANK], ON, 200):
        assert len(image.inputs) == 20
        assert all(0 <= value <= 65_535 for value in image.inputs)
        assert len(image.discretes) == 16


def test_counters_only_grow() -> None:
    """The totaliser and the running seconds never go back."""
    images = run([LAG], ON, 50)
    totals = [image.inputs[16] << 16 | image.inputs[17] for image in images]
    seconds = [image.inputs[18] << 16 | image.inputs[19] for image in images]
    assert totals == sorted(totals)
    assert seconds[-1] - seconds[0] == 49
