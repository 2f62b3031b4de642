"""``wanglou replay``."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

from correlation.lake import Lake
from correlation.lock import hold
from correlation.segments import name_key
from tests.support.command_line import CAPTURES, SAMPLE, run
from wanglou.commands.replay import is_capture_name, list_captures
from wanglou.errors import UsageError

SITE = CAPTURES / "site.yaml"


def test_a_capture_is_replayed(tmp_path: Path, lake: Lake) -> None:
    """The lake holds what it should, and what was found is printed."""
    folder = tmp_path / "lake"
    done = run("replay", SAMPLE, "--site", SITE, "--enterprise", "chem", "--lake", folder)
    assert done.code == 0
    with Lake(folder) as made:
        for dataset in ("flow", "modbus", "alert"):
            assert made.count(dataset) == lake.count(dataset)
    for part in ("Conversations with the most packets", "Protocols", "Devices and identifiers", "Alerts: ", "75 high"):
        assert part in done.out


def test_a_capture_that_is_known(lake_copy: Path) -> None:
    """The second time nothing is read, and what the lake holds of it is printed."""
    done = run("replay", SAMPLE, "--site", SITE, "--enterprise", "chem", "--lake", lake_copy)
    assert done.code == 0
    assert "known, unchanged" in done.out
    assert "Alerts: " in done.out


def test_a_capture_that_is_cut_off(tmp_path: Path) -> None:
    """What was before the cut is kept and shown; code 3 and the message say where it ends."""
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(SAMPLE.read_bytes()[:50_001])
    done = run("replay", cut, "--lake", tmp_path / "lake")
    assert done.code == 3
    assert "incomplete" in done.out
    assert f"error: {cut}: byte " in done.err
    assert "cut off inside a record" in done.err
    with Lake(tmp_path / "lake") as lake:
        assert lake.count("modbus") > 0


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    """A file that is no capture is refused by name; the others are read."""
    done = run("replay", SITE, SAMPLE, tmp_path / "none.pcap", "--lake", tmp_path / "lake")
    assert done.code == 3
    assert done.out.count("refused") == 2
    assert done.err.count("error: ") == 2
    assert "Protocols" in done.out


def test_only_bad_files(tmp_path: Path) -> None:
    """Where nothing could be read there is nothing to show."""
    done = run("replay", SITE, "--lake", tmp_path / "lake")
    assert done.code == 3
    assert "Alerts" not in done.out.replace("Alerts  Time", "")


@pytest.mark.parametrize(
    ("option", "content", "said"),
    [("--site", "id: x\nzonez: []\n", "zonez"), ("--rules", "titlle: x\n", "titlle")],
)
def test_faults_in_what_is_given(tmp_path: Path, option: str, content: str, said: str) -> None:
    """A site file or rules with faults stop everything before a file is read, each fault with its line."""
    folder = tmp_path / "given"
    folder.mkdir()
    path = folder / "my.yml"
    path.write_text(content, encoding="utf-8")
    done = run("replay", SAMPLE, option, path if option == "--site" else folder, "--lake", tmp_path / "lake")
    assert (done.code, done.out) == (3, "")
    assert f"{path}:" in done.err
    assert said in done.err
    assert not (tmp_path / "lake").exists()


def test_an_interrupt_says_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code 130, and how to go on."""

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("wanglou.appliance.replay", interrupt)
    done = run("replay", SAMPLE, "--lake", tmp_path / "lake")
    assert (done.code, done.out) == (130, "")
    assert f"is kept in {tmp_path / 'lake'}" in done.err


def test_a_folder_stands_for_its_captures(tmp_path: Path) -> None:
    """Captures are told by their names, in order; what else lies there, and deeper, is left."""
    for name in ("b.pcap.gz", "a.pcapng", "notes.txt", "c.CAP.zst"):
        (tmp_path / name).touch()
    (tmp_path / "d.pcap").mkdir()
    assert [path.name for path in list_captures([tmp_path])] == ["a.pcapng", "b.pcap.gz", "c.CAP.zst"]
    assert list(list_captures([tmp_path / "notes.txt"])) == [tmp_path / "notes.txt"]
    with pytest.raises(UsageError, match="no captures in this folder"):
        list(list_captures([tmp_path / "d.pcap"]))
    assert not is_capture_name("pcap")


def test_the_oldest_days_go(tmp_path: Path) -> None:
    """With ``--max-disk`` whole days go and are told, and a limit that the ledger alone exceeds is warned of."""
    copy = shutil.copy(SAMPLE, tmp_path / "a.pcap")
    done = run("replay", copy, "--max-disk", "1K", "--lake", tmp_path / "lake")
    assert done.code == 0
    assert "\nexpired 20" in f"\n{done.err}"
    assert "more than the limit of 1.0 KB" in done.err
    with Lake(tmp_path / "lake") as lake:
        assert lake.disk_usage().records_bytes == 0


def test_a_limit_that_is_kept_is_silent(tmp_path: Path) -> None:
    """Where the lake takes less than the limit nothing is said of it."""
    done = run("replay", SAMPLE, "--max-disk", "1T", "--lake", tmp_path / "lake")
    assert done.code == 0
    assert "expired" not in done.err
    assert "limit" not in done.err


def test_a_capture_that_another_process_writes(tmp_path: Path, lake: Lake) -> None:
    """It is refused with code 3 and the others are read."""
    folder = tmp_path / "lake"
    identity = lake.captures()[0].record.identity
    other = tmp_path / "other.pcap"
    other.write_bytes(SAMPLE.read_bytes()[:50_001])
    with hold(folder / "locks" / name_key(identity), SAMPLE.name):
        done = run("replay", SAMPLE, other, "--enterprise", "chem", "--lake", folder)
    assert done.code == 3
    assert "refused" in done.out
    assert "another process is writing" in done.err
    with Lake(folder) as made:
        assert [Path(one.record.name).name for one in made.captures()] == ["other.pcap"]


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    """A name in GBK, and a folder of such a name, are written byte by byte; the packets are found again by it."""
    folder = tmp_path / os.fsdecode(b"\xb2\xe2")
    folder.mkdir()
    shutil.copy(SAMPLE, folder / os.fsdecode(b"\xca\xd4.pcap"))
    done = run("replay", folder, "--lake", tmp_path / "lake", "--no-stages")
    assert (done.code, done.err) == (0, "")
    assert "\\xca\\xd4.pcap" in done.out
    with Lake(tmp_path / "lake") as lake:
        (capture,) = lake.captures()
        assert capture.record.name == f"{tmp_path}/\\xb2\\xe2/\\xca\\xd4.pcap"
        record = next(lake.search("modbus", limit=1)).to_pylist()[0]
    assert record["observer.name"] == "\\xca\\xd4.pcap"
    assert "is not there" not in run("show", record["event.id"], "--lake", tmp_path / "lake").err
    for refused in (run("replay", SAMPLE, "--lake", folder), run("search", "*", "--lake", folder)):
        assert refused.code == 2
        assert "the folder's name is not UTF-8 (rename it)" in refused.err
    gone = run("replay", folder / os.fsdecode(b"\xb2.pcap"), "--lake", tmp_path / "lake")
    assert gone.code == 3
    assert "\\xb2\\xe2/\\xb2.pcap" in gone.err
