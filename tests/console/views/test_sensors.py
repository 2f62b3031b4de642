"""Sensors as pages show them."""

from __future__ import annotations

import pytest

from console.refusal import Refused
from console.views.sensors import get_sensor
from tests.support.visits import make_visit


def test_an_unknown_sensor_is_not_there() -> None:
    """404."""
    with pytest.raises(Refused, match="404"):
        get_sensor(make_visit(), "other")
