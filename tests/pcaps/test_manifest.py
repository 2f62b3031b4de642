"""The manifest tells the truth about the bundled captures, and every capture is in it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pcaps.scenarios.rig.recording import read_packets
from wanglou.site import load_site

FOLDER = Path(__file__).parents[2] / "pcaps"
RULES = Path(__file__).parents[2] / "detection" / "rules"
LARGEST_BYTES = 8_000_000
"""A checkout and a wheel carry all captures; README promises a few megabytes."""

ENTRIES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "manifest.yaml").read_text(encoding="utf-8"))["captures"]
KEYS = {
    "file", "dataset", "enterprise", "title", "story", "timeline", "alerts", "records", "sha256", "bytes", "packets",
    "duration_s", "time_scale", "origin", "licence",
}  # fmt: skip


def each_entry() -> Iterable[Any]:
    """One parameter per capture, named by its file."""
    return [pytest.param(entry, id=entry["file"]) for entry in ENTRIES]


@pytest.mark.parametrize("entry", each_entry())
def test_entry_is_complete(entry: dict[str, Any]) -> None:
    """Every entry has exactly the known keys, both languages, a licence and an origin."""
    assert set(entry) == KEYS
    texts = [entry["title"], entry["story"], *(item["what"] for item in entry["timeline"])]
    assert all(set(text) == {"zh", "en"} and text["zh"] and text["en"] for text in texts)
    assert entry["licence"] == "Apache-2.0"
    assert entry["origin"].startswith(f"made by scenario {entry['file'].split('.', 1)[0]} with ")


@pytest.mark.parametrize("entry", each_entry())
def test_facts_match_the_file(entry: dict[str, Any]) -> None:
    """Digest, size, packets and duration are those of the file, and its packets are in order of time."""
    path = FOLDER / entry["file"]
    data = path.read_bytes()
    times = [time_us for time_us, _ in read_packets(path)]
    assert hashlib.sha256(data).hexdigest() == entry["sha256"]
    assert (len(data), len(times)) == (entry["bytes"], entry["packets"])
    assert round((max(times) - min(times)) / 1e6, 1) == entry["duration_s"]
    assert times == sorted(times)


@pytest.mark.parametrize("entry", each_entry())
def test_timeline_is_inside_the_capture(entry: dict[str, Any]) -> None:
    """The timeline is in order and within the capture's duration."""
    moments = [item["at_s"] for item in entry["timeline"]]
    assert moments == sorted(moments)
    assert all(0 <= moment <= entry["duration_s"] for moment in moments)


@pytest.mark.parametrize("entry", each_entry())
def test_expectations_name_rules_that_exist(entry: dict[str, Any]) -> None:
    """Expected alerts are names of shipped rules; no rule must both fire and stay silent."""
    must, must_not = set(entry["alerts"]["must"]), set(entry["alerts"]["must_not"])
    shipped = {path.stem for path in RULES.glob("*/*.yml")}
    assert must | must_not - {"*"} <= shipped
    assert not must & must_not
    assert must or must_not


def test_every_capture_is_listed_once() -> None:
    """The folder's captures and the manifest's entries are the same."""
    files = sorted(path.name for path in FOLDER.iterdir() if ".pcap" in path.name)
    assert sorted(entry["file"] for entry in ENTRIES) == files


def test_captures_stay_small() -> None:
    """All captures together stay within a few megabytes."""
    assert sum((FOLDER / entry["file"]).stat().st_size for entry in ENTRIES) <= LARGEST_BYTES


def test_a_long_normal_capture_expects_silence() -> None:
    """At least one capture of an hour or more must raise nothing at all."""
    quiet = [entry for entry in ENTRIES if entry["alerts"] == {"must": [], "must_not": ["*"]}]
    assert any(entry["duration_s"] >= 3600 and entry["packets"] >= 20_000 for entry in quiet)


def test_enterprises_are_those_of_the_site_file() -> None:
    """Every capture's enterprise is declared in the demo park's site file."""
    site = load_site(FOLDER / "site.yaml")
    assert {entry["enterprise"] for entry in ENTRIES} == {enterprise.id for enterprise in site.enterprises}
