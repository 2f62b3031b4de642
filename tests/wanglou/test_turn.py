"""Writers take turns: who waits is not overtaken by one that writes without a pause."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support.ledgers import add_notes, list_notes, open_notes, start_adding
from wanglou.turn import taking_turn


def test_a_turn_is_waited_for_so_long(tmp_path: Path) -> None:
    """Who holds it keeps others out, who then give up; afterwards it is free, and the file stays empty."""
    with taking_turn(tmp_path / "turn", 1), pytest.raises(TimeoutError), taking_turn(tmp_path / "turn", 0.01):
        pass
    with taking_turn(tmp_path / "turn", 0):
        assert (tmp_path / "turn").read_bytes() == b""


def test_a_turn_ends_with_its_process(tmp_path: Path) -> None:
    """A process that is killed while it waits keeps nobody out."""
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom wanglou.turn import taking_turn\n"
        "with taking_turn(Path(sys.argv[1]), 1):\n    print('held', flush=True)\n    time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "turn")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        process.kill()
    with taking_turn(tmp_path / "turn", 1):
        pass


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """Whoever may write in the folder makes nobody touch another file."""
    (tmp_path / "turn").symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match="symbolic"), taking_turn(tmp_path / "turn", 0):
        pass
    assert not (tmp_path / "other").exists()


def test_nobody_starves(tmp_path: Path) -> None:
    """Beside processes that begin anew as soon as they are done, another has its turn after a few of their changes."""
    ledger, size = open_notes(tmp_path / "ledger.db"), 200
    greedy = [start_adding(tmp_path / "ledger.db", name, 3_000, size) for name in "ab"]
    for process in greedy:
        assert process.stdout is not None
        process.stdout.readline()
    before = ledger.head().count
    for number in range(10):
        add_notes(ledger, [str(number)])
    overtaken = (ledger.head().count - before) // size
    for process in greedy:
        process.kill()
        process.communicate()
    assert overtaken <= 100
    ledger.close()


def test_processes_and_threads_that_write_hard(tmp_path: Path) -> None:
    """All changes of three processes and of three threads come through, and none is told that the file is locked."""
    path = tmp_path / "ledger.db"
    ledger = open_notes(path)
    adding = [start_adding(path, name, 30, 20) for name in "abc"]

    def add(name: str) -> None:
        for number in range(20):
            add_notes(ledger, [f"{name}-{number}"])

    threads = [threading.Thread(target=add, args=(name,)) for name in "xyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.communicate()[0].split()[-1] for process in adding] == ["600"] * 3
    assert len(list_notes(ledger)) == 3 * 600 + 3 * 20
    assert ledger.verify().findings == []
    ledger.close()
