"""One writer for each capture, across threads and processes."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from correlation.lock import hold
from wanglou.errors import LockedError, StoreError

HOLDER = """
import sys, time
from pathlib import Path
from correlation.lock import hold
with hold(Path(sys.argv[1]), "x"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_is_held_once(tmp_path: Path) -> None:
    """A second holder gets a clear error at once, and the next one comes in when the first is done."""
    path = tmp_path / "locks" / "a"
    with (
        hold(path, "x.pcap"),
        pytest.raises(LockedError, match=r"another process is writing the capture x\.pcap"),
        hold(path, "x.pcap"),
    ):
        pytest.fail("held twice")
    with hold(path, "x.pcap"):
        assert path.exists()


def test_nothing_is_left(tmp_path: Path) -> None:
    """The file goes with its holder, also when the holder fails."""
    with pytest.raises(KeyError), hold(tmp_path / "a", "x"):
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_a_killed_holder_lets_go(tmp_path: Path) -> None:
    """The kernel lets go of a lock when its process dies, and the file that is left does not matter."""
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path / "a")], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(StoreError, match="another process"), hold(tmp_path / "a", "x"):
        pytest.fail("held twice")
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with hold(tmp_path / "a", "x"):
        assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_many_threads_never_hold_it_together(tmp_path: Path) -> None:
    """Whoever comes in between another's letting go and deleting the file does not come in twice."""
    inside, most, entered = 0, 0, 0
    guard = threading.Lock()

    def enter() -> None:
        nonlocal inside, most, entered
        for _ in range(100):
            try:
                with hold(tmp_path / "a", "x"):
                    with guard:
                        inside, entered = inside + 1, entered + 1
                        most = max(most, inside)
                    with guard:
                        inside -= 1
            except StoreError:
                continue

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert entered > 0


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file in the place of the folder is a StoreError."""
    (tmp_path / "locks").write_text("in the way")
    with pytest.raises(StoreError, match="cannot write"), hold(tmp_path / "locks" / "a", "x"):
        pytest.fail("held")
