"""The demonstration's data: every bundled capture has a place in the week, and tells what it tells elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlation.lake import Lake
from wanglou import demonstration
from wanglou.bundled import MANIFEST, captures_folder
from wanglou.demonstration import MINUTE_NS, SITE, Place, load_places, place_captures, prepare_demo
from wanglou.errors import FaultsError
from wanglou.site import load_site
from wanglou.verification import compare, load_expectations

NOW_NS = 1_800_000_000 * 10**9
WEEK_NS = 7 * 24 * 60 * MINUTE_NS


def test_every_bundled_capture_has_a_place() -> None:
    """Each capture stands for one of the park's three enterprises; each of these has one that ends now."""
    places = load_places()
    assert set(places) == {one.path.name for one in load_expectations(captures_folder() / MANIFEST)}
    enterprises = {one.id for one in load_site(captures_folder() / SITE).enterprises}
    assert {place.enterprise for place in places.values()} == enterprises
    assert {place.enterprise for place in places.values() if place.minutes_ago == 0} == enterprises
    for enterprise in enterprises:
        assert sum(place.enterprise == enterprise for place in places.values()) >= 15


def test_a_demonstration_is_as_expected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules fire as the manifest says though enterprise and time are others; the same moment again reads nothing."""
    chosen = ("machining_write.pcap", "unauthorized_write.pcap", "rogue_master.pcap", "opcua_downgrade.pcap.gz",
              "dns_update.pcap.gz", "mqtt_exposed_broker.pcap.gz", "handle_weak_node.pcap.gz")  # fmt: skip
    everything = load_expectations(captures_folder() / MANIFEST)
    monkeypatch.setattr(
        demonstration, "load_expectations", lambda _: [one for one in everything if one.path.name in chosen]
    )
    made = prepare_demo(tmp_path / "lake", NOW_NS)
    assert made.site == captures_folder() / SITE
    assert [report.state for report in prepare_demo(tmp_path / "lake", NOW_NS).reports] == ["known"] * len(chosen)
    expectations = [one for one in place_captures(everything, load_places()) if one.path.name in chosen]
    with Lake(tmp_path / "lake") as lake:
        for expectation, report in zip(expectations, made.reports, strict=True):
            assert report.identity.endswith(f"@{expectation.enterprise}")
            assert compare(expectation, report, lake).differences == ()
        for capture in lake.captures():
            ago = load_places()[Path(capture.record.name).name].minutes_ago
            assert capture.max_ns is not None
            assert capture.max_ns <= NOW_NS - ago * MINUTE_NS
            assert capture.max_ns > NOW_NS - WEEK_NS


def test_what_has_no_place_keeps_its_own() -> None:
    """A capture that the file does not name stays with the enterprise of the manifest."""
    everything = load_expectations(captures_folder() / MANIFEST)
    placed = place_captures(everything, {everything[0].path.name: Place("water", 5)})
    assert placed[0].enterprise == "water"
    assert placed[1:] == everything[1:]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[]", "is no list"),
        ("captures: [x]", "a capture is a mapping"),
        ("captures: [{file: a, enterprise: b, minutes_ago: 10081}]", "from 0 to 10080"),
        ("captures: [{file: a, enterprise: b}]", "'minutes_ago' is missing"),
        ("captures: [{file: a, enterprise: b, minutes_ago: 1}, {file: a, enterprise: b, minutes_ago: 1}]", "twice"),
        ("captures: [{file: a, enterprise: b, minutes_ago: 1, colour: red}]", "unknown key"),
    ],
)
def test_faults_are_told(tmp_path: Path, text: str, told: str) -> None:
    """Each with file and line."""
    path = tmp_path / "demo.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FaultsError, match=told):
        load_places(path)
