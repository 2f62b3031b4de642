"""A sender at the wrong offset is told the right one."""

from __future__ import annotations

from console.upload import OffsetError
from wanglou.errors import ConflictError


def test_the_offset_to_go_on_from() -> None:
    """For programs as a number, for people in the advice."""
    error = OffsetError(7)
    assert isinstance(error, ConflictError)
    assert error.offset == 7
    assert "go on from offset 7" in str(error)
