"""``wanglou search``."""

from __future__ import annotations

import json
from pathlib import Path

from correlation.lake import Lake
from tests.support.command_line import run


def test_records_as_a_table(lake_folder: Path, lake: Lake) -> None:
    """The newest twenty records are shown, and how many there are."""
    done = run("search", "", "--lake", lake_folder)
    assert done.code == 0
    assert done.out.count("-modbus-") == 20
    assert done.err == f"20 of {lake.count('modbus')} records\n"


def test_records_as_ndjson(lake_folder: Path, lake: Lake) -> None:
    """With ``--limit 0`` all of them are written, one a line, and nothing else."""
    done = run("search", "modbus.function.category:write", "--json", "--limit", "0", "--lake", lake_folder)
    records = [json.loads(line) for line in done.out.splitlines()]
    assert (done.code, done.err) == (0, "")
    assert len(records) == lake.count("modbus", "modbus.function.category:write") > 0
    assert {record["modbus.function.category"] for record in records} == {"write"}
    assert all(None not in record.values() for record in records)
    assert all(lake.get(record["event.id"]) for record in records[:3])
    assert [record["@timestamp"] for record in records] == sorted((r["@timestamp"] for r in records), reverse=True)


def test_limits(lake_folder: Path) -> None:
    """Other limits hold for both forms."""
    assert run("search", "", "--limit", "3", "--json", "--lake", lake_folder).out.count("\n") == 3
    assert run("search", "", "--limit", "3", "--lake", lake_folder).out.count("-modbus-") == 3


def test_other_datasets(lake_folder: Path, lake: Lake) -> None:
    """Flows and alerts can be searched too."""
    for dataset in ("flow", "alert"):
        done = run("search", "", "--dataset", dataset, "--json", "--limit", "0", "--lake", lake_folder)
        assert len(done.out.splitlines()) == lake.count(dataset)
        assert run("search", "", "--dataset", dataset, "--limit", "1", "--lake", lake_folder).code == 0


def test_other_protocols(mixed_folder: Path) -> None:
    """Each has a table of its own, which the short option asks for too."""
    for dataset, part in (
        ("opcua", "open_secure_channel"),
        ("mqtt", "publish"),
        ("dns", "update SOA"),
        ("handle", "88."),
    ):
        done = run("search", "", "-d", dataset, "--limit", "0", "--lake", mixed_folder)
        assert (done.code, part in done.out, "Subject" in done.out) == (0, True, True)


def test_a_lake_without_the_dataset_names_those_it_has(mixed_folder: Path) -> None:
    """Where no record of the dataset is, the note says which datasets can be asked for, in both languages."""
    done = run("search", "", "--lake", mixed_folder)
    assert (done.code, done.out.strip()) == (0, "")
    assert done.err.startswith("0 of 0 records in modbus; this lake has opcua, mqtt, ")
    assert done.err.endswith(": --dataset opcua\n")
    assert "--dataset opcua" in run("search", "", "--lake", mixed_folder, environment={"LANG": "zh_CN.UTF-8"}).err
    assert run("search", "no_such_text", "-d", "mqtt", "--lake", mixed_folder).err == "0 of 0 records\n"


def test_times_bound_the_search(lake_folder: Path, lake: Lake) -> None:
    """``--from`` and ``--to`` hold, and a day is meant to its end."""
    first = min(capture.min_ns or 0 for capture in lake.captures())
    day = json.loads(run("search", "", "--json", "--limit", "1", "--lake", lake_folder).out)["@timestamp"][:10]
    everything = lake.count("modbus")
    assert first > 0
    assert run("search", "", "--from", day, "--to", day, "--lake", lake_folder).err == f"20 of {everything} records\n"
    assert run("search", "", "--to", "2000-01-01", "--lake", lake_folder).err == "0 of 0 records\n"
    assert run("search", "", "--from", "2100", "--json", "--lake", lake_folder).out == ""


def test_a_wrong_query_is_pointed_at(lake_folder: Path) -> None:
    """The message shows the query with a mark under the character, ends with code 2 and writes no record."""
    done = run("search", "modbus.unit_id:abc", "--json", "--lake", lake_folder)
    assert (done.code, done.out) == (2, "")
    lines = done.err.splitlines()
    assert lines[1].strip() == "modbus.unit_id:abc"
    assert lines[2].index("^") == lines[1].index("abc")


def test_wrong_use(lake_folder: Path) -> None:
    """Datasets, times and limits that cannot be are refused."""
    for wrong in (["--dataset", "nonsense"], ["--from", "soon"], ["--limit", "-1"]):
        done = run("search", "", *wrong, "--lake", lake_folder)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("error: ")
