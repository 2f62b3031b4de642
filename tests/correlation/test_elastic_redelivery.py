"""Dead letters that are sent once more: what may go to this cluster, what stays, and what is told."""

from __future__ import annotations

from pathlib import Path

from correlation.dead_letter import DeadLetter, Held
from correlation.elastic import Elastic
from correlation.elastic_migrate import MOVING
from correlation.elastic_redelivery import Redelivery
from correlation.store import CaptureRecord
from tests.support.command_line import run
from tests.support.lakes import MODBUS, NO_ALERTS, make_identity, make_record, make_table


def make_letter(store: Elastic, name: str, index: str = "") -> DeadLetter:
    """Make a letter that the cluster takes now."""
    index = index or f"{store.address.prefix}-modbus-2026.09.21"
    return DeadLetter(index, name, "create", 400, "kind", "reason", {"modbus.unit_id": 77})


def test_letters_of_another_store_stay(elastic: Elastic) -> None:
    """Neither is their index made here, nor are they lost; ours go."""
    elastic.init()
    foreign = [make_letter(elastic, "x", index) for index in (f"{elastic.address.prefix}x-modbus-1", "other-modbus-1")]
    elastic.letters.add([foreign[0], make_letter(elastic, "ours"), foreign[1]])
    assert elastic.replay_dead_letters() == Redelivery(sent=1, foreign=2)
    assert list(elastic.letters.read()) == foreign
    assert list(elastic._client.indices.get(index="other-*,*x-modbus-*")) == []
    assert elastic.count("modbus", "modbus.unit_id:77") == 1


def test_letters_of_an_index_that_was_moved(elastic: Elastic) -> None:
    """They go to the index itself, which has them still where moving it failed."""
    elastic.init()
    letter = make_letter(elastic, "moved")
    elastic.letters.add([make_letter(elastic, "moved", MOVING + letter.index)])
    assert elastic.replay_dead_letters() == Redelivery(sent=1)
    assert list(elastic._client.indices.get(index=f"{MOVING}{elastic.address.prefix}-*")) == []


def refuse(store: Elastic, names: str) -> None:
    """Write captures of three records each, one of which the cluster refuses."""
    for name in names:
        records = [make_record(number, make_identity(name)) for number in range(3)]
        records[0]["event.action"] = "x" * 40_000
        with store.ingest(CaptureRecord(make_identity(name), name)) as ingest:
            ingest.append("modbus", make_table(MODBUS, records))
            ingest.commit(NO_ALERTS, {"packets": 3}, "rules")


def count(store: Elastic) -> list[tuple[int, int]]:
    """Records and refused ones of each capture."""
    return [(one.rows["modbus"], one.counters.get("store_dead_letters", 0)) for one in store.captures()]


def test_the_counts_of_captures_follow(elastic: Elastic) -> None:
    """Those that are kept now are no longer counted as refused; those that are refused again are."""
    refuse(elastic, "ab")
    assert count(elastic) == [(2, 1), (2, 1)]
    assert elastic.replay_dead_letters() == Redelivery(refused=2)
    assert count(elastic) == [(2, 1), (2, 1)]
    lines = elastic.letters.path.read_text(encoding="utf-8").splitlines()
    mended = [line.replace("x" * 40_000, "read") if make_identity("b") in line else line for line in lines]
    elastic.letters.path.write_text("\n".join(mended), encoding="utf-8")
    assert elastic.replay_dead_letters() == Redelivery(sent=1, refused=1)
    assert count(elastic) == [(2, 1), (3, 0)]
    (_, found) = elastic.captures()
    assert found.counters == {"packets": 3}
    assert found.is_complete


def test_a_capture_that_is_gone(elastic: Elastic) -> None:
    """Its letters are sent; there is no count to follow."""
    elastic.init()
    elastic._cluster.captures.settle(make_identity("z"), 3)
    assert elastic.captures() == []


def test_what_is_told(elastic: Elastic, tmp_path: Path) -> None:
    """Letters of another store and damaged lines: both are named with their file and what to do; exit code 3."""
    place = f"{elastic.address.urls[0]}?prefix={elastic.address.prefix}&dead={elastic.letters.path}"
    elastic.init()
    elastic.letters.add([make_letter(elastic, "a"), make_letter(elastic, "b", "other-modbus-1")])
    with elastic.letters.path.open("ab") as file:
        file.write(b'{"time": "2026')
    (found,) = [one for one in elastic.check() if one.subject == "letters"]
    told = "1 lines that are none, which go to dead.ndjson.damaged"
    assert found.what == f"2 dead letters in {tmp_path}/dead.ndjson, {told}"
    done = run("store", "replay-dead-letters", "--store", place, width=500)
    assert done.code == 3
    assert done.out.startswith("1 document sent, 0 refused again")
    assert "1 document in" in done.err
    assert f"is of another store and was not sent: name that store, with its prefix= and dead={tmp_path}" in done.err
    assert f"1 line of the dead letters could not be read and lies in {tmp_path}/dead.ndjson.damaged" in done.err
    assert elastic.letters.measure() == Held(letters=1, damaged=1)
    elastic.letters.damaged.unlink()
    again = run("store", "replay-dead-letters", "--store", place, width=500)
    assert again.code == 3
    assert "could not be read" not in again.err
