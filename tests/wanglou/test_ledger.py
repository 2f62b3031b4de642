"""The ledger on both databases: transactions, versions, and several processes at once, killed ones among them."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.ledgers import (
    ACTOR,
    NOTE,
    NOTES,
    add_notes,
    list_audit,
    list_notes,
    open_notes,
    start_adding,
)
from tests.support.requirements import ROOT
from wanglou.component import VERSIONS
from wanglou.errors import StoreError
from wanglou.ledger import Ledger


@pytest.fixture
def ledger(place: Path | str) -> Iterator[Ledger]:
    """A new ledger with one component of version 1."""
    ledger = open_notes(place)
    yield ledger
    ledger.close()


def test_a_transaction_is_kept(ledger: Ledger, place: Path | str) -> None:
    """What a transaction wrote is read by a ledger that is opened anew."""
    with ledger.transaction() as connection:
        connection.execute(sa.insert(NOTE).values(id="a"))
    ledger.close()
    again = open_notes(place, create=False)
    assert list_notes(again) == {"a"}
    again.close()


def test_a_transaction_that_fails_leaves_nothing(ledger: Ledger) -> None:
    """An exception inside takes everything back."""

    def write_twice() -> None:
        with ledger.transaction() as connection:
            for _ in range(2):
                connection.execute(sa.insert(NOTE).values(id="a"))

    with pytest.raises(sa.exc.IntegrityError):
        write_twice()
    assert list_notes(ledger) == set()


def test_foreign_keys_hold(ledger: Ledger) -> None:
    """A row cannot point at one that does not exist, and the error keeps its kind."""
    with pytest.raises(sa.exc.IntegrityError), ledger.transaction() as connection:
        connection.execute(sa.insert(NOTE).values(id="a", of="missing"))


def test_a_savepoint_is_taken_back_alone(ledger: Ledger) -> None:
    """What fails inside one leaves the rest of the transaction."""
    with ledger.change(ACTOR) as change:
        change.insert(NOTE, {"id": "a"})
        with pytest.raises(sa.exc.IntegrityError), change.connection.begin_nested():
            change.connection.execute(sa.insert(NOTE).values(id="a"))
        change.insert(NOTE, {"id": "b"})
    assert list_notes(ledger) == {"a", "b"}


def test_a_reader_sees_one_moment(ledger: Ledger) -> None:
    """What is written during a reading is not seen by it, and the reading does not hold the writer up."""
    with ledger.reading() as reading:
        assert reading.scalars(sa.select(NOTE.c.id)).all() == []
        add_notes(ledger, "a")
        assert reading.scalars(sa.select(NOTE.c.id)).all() == []
    assert list_notes(ledger) == {"a"}


def test_writers_wait_for_one_another(ledger: Ledger) -> None:
    """Changes of several threads that read before they write all come through, and their audit is one chain."""

    def count_up() -> None:
        for _ in range(5):
            with ledger.change(ACTOR) as change:
                count = change.connection.scalar(sa.select(sa.func.count()).select_from(NOTE))
                change.insert(NOTE, {"id": str(count)})

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list_notes(ledger) == {str(number) for number in range(20)}
    assert [row.subject for row in list_audit(ledger)[2:]] == [str(number) for number in range(20)]
    assert ledger.verify().findings == []


def test_a_newer_version_is_refused(ledger: Ledger, place: Path | str) -> None:
    """A component written by a newer program is not touched, and the message says what to do."""
    with ledger.transaction() as connection:
        connection.execute(sa.update(VERSIONS).where(VERSIONS.c.component == "notes").values(version=2))
    ledger.close()
    for create in (False, True):
        with pytest.raises(StoreError, match=r"notes: written in version 2, this program knows 1 \(use the newer"):
            open_notes(place, create=create)
    Ledger(place, []).close()


def test_a_component_that_comes_later(place: Path | str) -> None:
    """Its tables are made at the first opening that names it, of a ledger that was there before."""
    Ledger(place, [], create=True).close()
    ledger = open_notes(place, create=False)
    add_notes(ledger, "a")
    assert [row.action for row in list_audit(ledger)] == ["component.created"] * 2 + ["note.created"]
    ledger.close()


def test_an_empty_place_is_no_ledger(place: Path | str) -> None:
    """Without ``create`` nothing is made in it."""
    if isinstance(place, Path):
        place.touch()
    for _ in range(2):
        with pytest.raises(StoreError, match="no ledger of Wanglou"):
            open_notes(place, create=False)


def test_processes_that_open_a_new_ledger_at_once(place: Path | str) -> None:
    """One of them makes it, the others wait, and all can use it."""
    adding = [start_adding(place, name, 1, 1) for name in "abc"]
    assert [process.communicate()[0] for process in adding] == ["1\n"] * 3
    ledger = open_notes(place, create=False)
    assert list_notes(ledger) == {f"{name}-0" for name in "abc"}
    assert [row.action for row in list_audit(ledger)].count("component.created") == 2
    assert ledger.verify().findings == []
    ledger.close()


def test_processes_that_add_at_once(ledger: Ledger, place: Path | str) -> None:
    """A thousand rows of each of two processes are all there, in one chain, each change in one piece."""
    adding = [start_adding(place, name, 125, 8) for name in "ab"]
    while any(process.poll() is None for process in adding):
        assert ledger.verify().findings == []
    assert [process.communicate()[0].split()[-1] for process in adding] == ["1000", "1000"]
    rows = list_audit(ledger)[2:]
    assert {row.subject for row in rows} == {f"{name}-{number}" for name in "ab" for number in range(1000)}
    for name in "ab":
        numbers = [int(row.subject[2:]) for row in rows if row.subject.startswith(name)]
        assert numbers == list(range(1000))
    assert {len({row.at_ns for row in rows[first : first + 8]}) for first in range(0, 2000, 8)} == {1}
    assert ledger.verify().findings == []


def test_processes_that_are_killed(ledger: Ledger, place: Path | str) -> None:
    """What a killed process was told to be safe is there with its audit, nothing is there in part, others go on."""
    safe = {}
    for name, lines in (("a", 2), ("b", 9), ("c", 20)):
        process = start_adding(place, name, 10_000, 4)
        assert process.stdout is not None
        other = start_adding(place, f"other-{name}", 5, 1)
        safe[name] = [int(process.stdout.readline()) for _ in range(lines)][-1]
        process.kill()
        process.communicate()
        assert other.communicate()[0].split()[-1] == "5"
    notes = list_notes(ledger)
    for name, count in safe.items():
        its = {note for note in notes if note.startswith(f"{name}-")}
        assert len(its) >= count
        assert len(its) % 4 == 0
    assert {row.subject for row in list_audit(ledger)[2:]} == notes
    assert ledger.verify().findings == []


def test_opening_does_not_load_alembic(tmp_path: Path) -> None:
    """Neither making a ledger nor opening one of the newest version pays for it."""
    script = (
        "import sys\nfrom pathlib import Path\nfrom wanglou.ledger import Ledger\n"
        "from correlation.manifest import LAKE\nimport correlation.captures\n"
        f"for _ in range(2):\n    Ledger(Path({str(tmp_path / 'ledger.db')!r}), [LAKE], create=True).close()\n"
        "print('loaded:', *sorted({'alembic', 'mako', 'psycopg'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["loaded:"]


def test_where_it_is(ledger: Ledger, place: Path | str) -> None:
    """Messages name the path or the URL."""
    assert ledger.where.replace("%2F", "/").replace("%3D", "=") == str(place).replace("%3D", "=")
    assert ledger._components[1:] == (NOTES,)
