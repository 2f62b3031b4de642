"""Expected against found, on captures of which both are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from correlation.lake import Lake
from correlation.store import CaptureRecord
from detection.alert import ALERT
from parsers.mqtt_schema import MQTT
from tests.support.command_line import CAPTURES, SAMPLE, run
from wanglou.appliance import replay
from wanglou.capture_report import CaptureReport
from wanglou.errors import FaultsError
from wanglou.replay_options import ReplayOptions
from wanglou.site import load_site
from wanglou.verification import Expectation, Outcome, compare, load_expectations, verify

ENTRY: dict[str, Any] = {
    "file": SAMPLE.name,
    "enterprise": "chem",
    "title": {"zh": "中", "en": "English"},
    "alerts": {"must": ["modbus_write_unauthorized"], "must_not": ["modbus_safety_range_write"]},
}


@pytest.fixture(scope="module")
def lake_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a lake that holds the sample."""
    return tmp_path_factory.mktemp("verification") / "lake"


@pytest.fixture(scope="module")
def options(lake_folder: Path) -> ReplayOptions:
    """How the sample is replayed."""
    return ReplayOptions(lake_folder, load_site(CAPTURES / "site.yaml"))


@pytest.fixture(scope="module")
def expectation() -> Expectation:
    """What the bundled manifest says of the sample."""
    return next(one for one in load_expectations(CAPTURES / "manifest.yaml") if one.path == SAMPLE)


@pytest.fixture(scope="module")
def outcome(expectation: Expectation, options: ReplayOptions) -> Outcome:
    """What came of the sample."""
    return verify([expectation], options)[0]


def kinds(outcome: Outcome, lake_folder: Path, **changes: Any) -> list[tuple[str, str]]:
    """Compare the sample with a changed expectation."""
    with Lake(lake_folder) as lake:
        found = compare(replace(outcome.expectation, **changes), outcome.report, lake)
    return [(one.kind, one.subject) for one in found.differences]


def write_manifest(folder: Path, *entries: Any) -> Path:
    """Write a manifest."""
    path = folder / "manifest.yaml"
    path.write_text(yaml.safe_dump({"version": 1, "captures": list(entries)}, allow_unicode=True), encoding="utf-8")
    return path


def test_the_sample_is_as_expected(outcome: Outcome) -> None:
    """Rules, packets and PDUs of a bundled capture are those of the manifest."""
    assert outcome.differences == ()
    assert outcome.expectation.must <= outcome.fired
    assert outcome.counts == outcome.expectation.counts
    assert set(outcome.counts) == {"packets", "requests", "replies", "exceptions"}


def test_missing_and_unwanted_rules(outcome: Outcome, lake_folder: Path) -> None:
    """A rule that must fire and did not, one that must not and did, and every one beside those that must."""
    assert kinds(outcome, lake_folder, must=frozenset({"no_such_rule"}), must_not=frozenset()) == [
        ("missing", "no_such_rule")
    ]
    some = sorted(outcome.fired)[:1]
    assert kinds(outcome, lake_folder, must=frozenset(), must_not=frozenset(some)) == [("unwanted", some[0])]
    others = [("unwanted", name) for name in sorted(outcome.fired)[1:]]
    assert kinds(outcome, lake_folder, must=frozenset(some), must_not=frozenset({"*"})) == others


def test_counts_and_digest_that_differ(outcome: Outcome, lake_folder: Path) -> None:
    """Each count is compared by itself, and so are the bytes of the file."""
    counts = {**outcome.counts, "packets": 1, "exceptions": 10**6}
    assert kinds(outcome, lake_folder, counts=counts) == [("count", "packets"), ("count", "exceptions")]
    assert kinds(outcome, lake_folder, sha256="0" * 64) == [("digest", "sha256")]


def test_counts_of_a_store_that_keeps_few(outcome: Outcome, lake_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where records of the dataset are left out on purpose, only packets and alerts are compared."""
    monkeypatch.setattr(Lake, "policies", {"modbus": "rollup"})
    with Lake(lake_folder) as lake:
        found = compare(replace(outcome.expectation, counts={"packets": 2, "requests": 10**6}), outcome.report, lake)
    assert set(found.counts) == {"packets"}
    assert {one.subject for one in found.differences} == {"packets"}


def test_what_could_not_be_read(expectation: Expectation, options: ReplayOptions, tmp_path: Path) -> None:
    """A file that is missing, or was cut, differs, whatever was found in it."""
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(SAMPLE.read_bytes()[:50_001])
    elsewhere = replace(options, lake=tmp_path / "lake")
    missing = replace(expectation, path=tmp_path / "none.pcap")
    outcomes = verify([missing, replace(expectation, path=cut)], elsewhere)
    assert [[one.kind for one in outcome.differences] for outcome in outcomes] == [["unread"], ["unread"]]


def test_a_lake_that_knows_it(expectation: Expectation, outcome: Outcome, options: ReplayOptions) -> None:
    """Verified again on the same lake nothing is read, and alerts and PDUs are compared all the same."""
    (again,) = verify([expectation], options)
    assert again.report.state == "known"
    assert (again.differences, again.fired) == ((), outcome.fired)


def test_enterprises_are_kept(expectation: Expectation, options: ReplayOptions, tmp_path: Path) -> None:
    """Captures are replayed under their own enterprises, and the outcomes come in the order of the manifest."""
    wanted = [replace(expectation, enterprise=name) for name in ("chem", "water")]
    wanted.append(replace(wanted[0], path=CAPTURES / "safety_write.pcap"))
    outcomes = verify(wanted, replace(options, lake=tmp_path / "lake"))
    assert [outcome.expectation for outcome in outcomes] == wanted
    assert [outcome.report.identity.partition("@")[2] for outcome in outcomes] == ["chem", "water", "chem"]
    assert [outcome.report.path for outcome in outcomes] == [one.path for one in wanted]


def test_counts_of_a_decoder_that_met_malformed_frames_are_left_out(tmp_path: Path) -> None:
    """Where it marked frames as malformed, the two need not agree on what is a request."""
    counts = {"requests": 1, "replies": 1, "exceptions": 0}
    clean = {**ENTRY, "packets": 3, "records": {"tshark": {**counts, "malformed_frames": 0}}}
    dirty = {**ENTRY, "packets": 3, "records": {"tshark": {**counts, "malformed_frames": 2}}}
    dirty |= {"title": dict(ENTRY["title"]), "alerts": {"must": ["a"], "must_not": ["b"]}}  # YAML would alias them
    first, second = load_expectations(write_manifest(tmp_path, clean, dirty))
    assert first.counts == {"packets": 3, **counts}
    assert second.counts == {"packets": 3}


def test_counts_are_those_of_the_dataset(tmp_path: Path) -> None:
    """A capture without a dataset is one of Modbus; where no other decoder reads a dataset, nothing is compared."""
    entries = []
    for dataset in (None, "opcua", "mqtt", "dns", "handle"):
        named = {} if dataset is None else {"dataset": dataset}
        told = {"title": dict(ENTRY["title"]), "alerts": {"must": ["a"], "must_not": ["b"]}}
        entries.append({**ENTRY, **named, **told, "records": {"tshark": {"messages": 7, "requests": 3}}})
    found = load_expectations(write_manifest(tmp_path, *entries))
    assert [one.dataset for one in found] == ["modbus", "opcua", "mqtt", "dns", "handle"]
    assert [dict(one.counts) for one in found] == [{"requests": 3}, *[{"messages": 7}] * 3, {}]


@pytest.mark.parametrize("name", ["opcua_discovery", "mqtt_exposed_broker", "dns_update"])
def test_messages_of_other_protocols_are_counted(name: str, options: ReplayOptions, tmp_path: Path) -> None:
    """Chunks of OPC UA, packets of MQTT and messages of DNS are as many as another decoder saw; one more differs."""
    wanted = next(one for one in load_expectations(CAPTURES / "manifest.yaml") if one.path.name == f"{name}.pcap.gz")
    elsewhere = replace(options, lake=tmp_path / "lake")
    (found,) = verify([wanted], elsewhere)
    assert (found.differences, set(found.counts)) == ((), {"packets", "messages"})
    more = {**wanted.counts, "messages": wanted.counts["messages"] + 1}
    assert kinds(found, Path(elsewhere.lake), counts=more) == [("count", "messages")]


def test_a_handshake_of_qos_2_is_four_messages(tmp_path: Path) -> None:
    """PUBLISH, PUBREC, PUBREL and PUBCOMP are one record; a PUBREL found alone and its PUBCOMP are two messages."""
    rows = [
        {"@timestamp": 1, "wanglou.packet": place, "wanglou.capture": "c" * 64, "mqtt.type": kind, **rest}
        for place, (kind, rest) in enumerate(
            [
                ("publish", {"wanglou.pairing": "paired", "mqtt.acknowledged": "pubcomp"}),
                ("pubrel", {"wanglou.pairing": "paired", "mqtt.acknowledged": "pubcomp"}),
                ("publish", {"wanglou.pairing": "paired", "mqtt.acknowledged": "puback"}),
                ("publish", {"wanglou.pairing": "one_way"}),
            ]
        )
    ]
    table = pa.table({field.name: pa.array([row.get(field.name) for row in rows], field.type) for field in MQTT.arrow})
    with Lake(tmp_path) as lake:
        with lake.ingest(CaptureRecord("c" * 64, "c.pcap")) as ingest:
            ingest.append("mqtt", table)
            ingest.commit(ALERT.arrow.empty_table(), {}, "")
        report = CaptureReport(SAMPLE, "c" * 64, "read")
        nothing: frozenset[str] = frozenset()
        wanted = Expectation(SAMPLE, "", {}, nothing, nothing, {"messages": 9}, "", "mqtt")
        assert compare(wanted, report, lake).differences == ()


def test_faults_of_a_manifest(tmp_path: Path) -> None:
    """Each is told with its line."""
    path = write_manifest(tmp_path, {"file": "a.pcap", "alerts": {"must": [5]}}, "x")
    with pytest.raises(FaultsError) as caught:
        load_expectations(path)
    assert {fault.line > 0 for fault in caught.value.faults} == {True}
    assert len(caught.value.faults) >= 3
    for text in ("", "- a\n", "captures: {", "captures: 5\n"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(FaultsError):
            load_expectations(path)


def test_reports_without_packets_compare_no_packets(outcome: Outcome, lake_folder: Path) -> None:
    """Of a capture that was known, packets were not counted, so they are not compared."""
    report = CaptureReport(SAMPLE, outcome.report.identity, "known")
    with Lake(lake_folder) as lake:
        assert "packets" not in compare(outcome.expectation, report, lake).counts


def test_an_alert_of_another_capture_does_not_count(options: ReplayOptions, outcome: Outcome, tmp_path: Path) -> None:
    """What fired is looked for in the capture itself, whatever else the lake holds."""
    quiet = CAPTURES / "water_normal.pcap.gz"
    folder = tmp_path / "lake"
    reports = replay([quiet], replace(options, lake=folder, enterprise="water"))
    replay([SAMPLE], replace(options, lake=folder, enterprise="chem"))
    with Lake(folder) as lake:
        expectation = replace(outcome.expectation, path=quiet, must=frozenset(), must_not=frozenset("*"), counts={})
        assert compare(replace(expectation, sha256=""), reports[0], lake).differences == ()


def test_the_command_verifies_everything() -> None:
    """All bundled captures are as expected, and their losses are shown."""
    done = run("verify")
    entries = len(load_expectations(CAPTURES / "manifest.yaml"))
    assert done.code == 0, done.out
    assert f"All {entries} captures are as expected." in done.out
    assert "bytes of TCP streams that were never seen" in done.out
