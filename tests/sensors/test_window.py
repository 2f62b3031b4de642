"""Reading in bounded windows."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from sensors.window import Source, Window

DATA = bytes(range(256)) * 40


@pytest.fixture(params=["plain", "gzip"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Give a file that unpacks to ``DATA``."""
    file = tmp_path / "data"
    file.write_bytes(gzip.compress(DATA) if request.param == "gzip" else DATA)
    return file


def walk_whole(window: Window, step: int, needed: int) -> bytes:
    """Consume ``step`` bytes of each window and give all bytes that were consumed or left."""
    got = bytearray()
    while not window.is_last:
        window.fill()
        taken = window.end if window.is_last else min(step, window.end)
        assert window.base == len(got)
        got += window.data[:taken].tobytes()
        window.consume(taken, needed)
    return bytes(got)


@pytest.mark.parametrize("window_bytes", [1, 7, 256, 10_000, 1 << 20])
@pytest.mark.parametrize("needed", [1, 300])
def test_windows_give_every_byte_once(path: Path, window_bytes: int, needed: int) -> None:
    """What is carried from window to window and what is read anew join to the file."""
    with Source(path) as source:
        assert walk_whole(Window(source, window_bytes), 50, needed) == DATA
        assert source.position_bytes == path.stat().st_size


def test_a_window_grows_to_the_record(path: Path) -> None:
    """A record larger than the window gets a buffer of its own size."""
    with Source(path) as source:
        window = Window(source, 16)
        window.fill()
        window.consume(3, 500)
        window.fill()
        assert (len(window.data), window.end, window.base) == (500, 500, 3)
        assert window.data.tobytes() == DATA[3:503]


def test_skipping_passes_over_windows(path: Path) -> None:
    """Consuming more than a window holds skips the rest of it in the file."""
    with Source(path) as source:
        window = Window(source, 64, skip=10)
        window.fill()
        window.consume(1000, 1)
        window.fill()
        assert window.base == 1010
        assert window.data.tobytes() == DATA[1010:1074]


def test_skipping_past_the_end_is_seen(path: Path) -> None:
    """What was to be skipped and is not there is left in ``skip``."""
    with Source(path) as source:
        window = Window(source, 64, skip=len(DATA) + 5)
        window.fill()
        assert (window.skip, window.end, window.is_last, window.broken) == (5, 0, True, "")


@pytest.mark.parametrize("window_bytes", [7, 256])
def test_a_reused_buffer_gives_the_same_bytes(path: Path, window_bytes: int) -> None:
    """Windows in one buffer hold what windows in many do, and the buffer stays the same one."""
    with Source(path) as source:
        window = Window(source, window_bytes, reuse=True)
        window.fill()
        buffer = window.data
        window.consume(3, 1)
        window.fill()
        assert window.data is buffer
        assert window.data.tobytes() == DATA[3 : 3 + window_bytes]
    with Source(path) as source:
        assert walk_whole(Window(source, window_bytes, reuse=True), 50, 1) == DATA


def test_a_broken_stream_ends_the_window_and_keeps_its_bytes(tmp_path: Path) -> None:
    """What could be unpacked is in the window, with the reason why there is no more."""
    file = tmp_path / "data"
    file.write_bytes(gzip.compress(DATA)[:-10])
    with Source(file) as source:
        window = Window(source, 1 << 20)
        window.fill()
        assert DATA.startswith(window.data[: window.end].tobytes())
        assert window.is_last
        assert "cut off" in window.broken
