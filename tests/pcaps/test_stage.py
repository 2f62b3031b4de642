"""Frames are built right, and wrong only where asked."""

from __future__ import annotations

import asyncio

from pcaps.scenarios.rig.stage import Stage, make_adu


def test_frame_is_that_of_the_standard() -> None:
    """Transaction, protocol 0, length of unit and PDU, unit, PDU."""
    assert make_adu(0x1501, 0xFF, bytes.fromhex("03 0004 0001")) == bytes.fromhex("1501 0000 0006 ff 03 0004 0001")


def test_frame_can_be_wrong() -> None:
    """Protocol identifier and length can be given false."""
    assert make_adu(1, 1, b"\x03", protocol=7, length=999) == bytes.fromhex("0001 0007 03e7 01 03")


def test_waiting_ends_with_the_performance() -> None:
    """A stopped stage waits for nothing, however long it is asked to."""

    async def wait() -> bool:
        stage = Stage(0.0, 1.0, 1, lambda _: None)
        stage.stopped.set()
        await stage.wait(1e6)
        return stage.stopped.is_set()

    assert asyncio.run(wait())
