"""Dead letters that are sent once more: what may go to this cluster, what stays, and what is told."""

from __future__ import annotations

from pathlib import Path

from correlation.dead_letter import DeadLetter, Held
from correlation.elastic import Elastic
from correlation.elastic_migrate import MOVING
from correlation.elastic_redelivery import Redelivery
from tests.support.command_line import run


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
    assert done.out.startswith("1 documents sent, 0 refused again")
    assert "1 documents" in done.err
    assert f"are of another store and were not sent: name that store, with its prefix= and dead={tmp_path}" in done.err
    assert f"1 lines of the dead letters could not be read and lie in {tmp_path}/dead.ndjson.damaged" in done.err
    assert elastic.letters.measure() == Held(letters=1, damaged=1)
    elastic.letters.damaged.unlink()
    again = run("store", "replay-dead-letters", "--store", place, width=500)
    assert again.code == 3
    assert "could not be read" not in again.err
