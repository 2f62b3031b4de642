"""Proof on the bundled captures: replay each, and compare what came of it with what the manifest says.

An expectation is an entry of the manifest: rules that must raise an alert and rules that must not (``*`` for every
other one), the file's digest and packets, and the messages of one dataset that another decoder counted in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wanglou.errors import Fault, FaultsError

if TYPE_CHECKING:
    from correlation.store import Store
    from wanglou.capture_report import CaptureReport, Progress
    from wanglou.replay_options import ReplayOptions

EVERY_OTHER = "*"
"""In ``must_not``: every rule that is not in ``must``."""


@dataclass(frozen=True, slots=True)
class Part:
    """One term of a count."""

    query: str = ""
    """The records that it is of."""
    summed: str = ""
    """The whole-number field whose values are added up; empty: each record counts one."""


_MBAP = "network.transport:tcp AND destination.port:502 AND modbus.framing:mbap"  # all that the other decoder looks at
_PAIRED = Part("wanglou.pairing:paired")
_QOS_2 = Part("wanglou.pairing:paired AND mqtt.type:publish AND mqtt.acknowledged:pubcomp")

COUNTS: Mapping[str, Mapping[str, tuple[Part, ...]]] = {
    "modbus": {
        "requests": (Part(f"{_MBAP} AND wanglou.pairing:(paired OR no_response)"),),
        "replies": (Part(f"{_MBAP} AND wanglou.pairing:(paired OR no_request)"),),
        "exceptions": (Part(f"{_MBAP} AND _exists_:modbus.exception.code"),),
    },
    "opcua": {"messages": (Part(summed="opcua.request.chunks"), Part(summed="opcua.response.chunks"))},
    "mqtt": {"messages": (Part(), _PAIRED, _QOS_2, _QOS_2)},
    "dns": {"messages": (Part(), _PAIRED)},
}
"""By dataset, what the terms of each count of ``records.tshark`` are.

OPC UA counts chunks. A record of MQTT or DNS is one message, or two where it is paired; a whole MQTT handshake of
QoS 2 is four: it begins with PUBLISH and ends with PUBCOMP (MQTT 5.0, 4.3.3).
"""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the manifest says of one capture."""

    path: Path
    enterprise: str
    title: Mapping[str, str]
    """By language."""
    must: frozenset[str]
    must_not: frozenset[str]
    counts: Mapping[str, int]
    """``packets``, and those of ``COUNTS``."""
    sha256: str
    dataset: str = "modbus"
    """What ``counts`` are of."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected."""

    kind: str
    """``missing`` or ``unwanted`` (a rule), ``count``, ``digest``, or ``unread``."""
    subject: str
    """The rule, the count, or the reason."""
    expected: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One capture, compared."""

    expectation: Expectation
    report: CaptureReport
    fired: frozenset[str]
    """Names of the rules that raised alerts."""
    counts: Mapping[str, int]
    differences: tuple[Difference, ...]


def load_expectations(manifest: Path) -> list[Expectation]:
    """Read the manifest; raises FaultsError for what is no manifest."""
    from wanglou.document import Reader, read_documents

    documents, faults = read_documents(manifest)
    if faults or not documents or not isinstance(documents[0].value, dict):
        raise FaultsError("manifest", faults or [Fault(manifest, 0, "is no manifest of captures")])
    reader = Reader(documents[0])
    entries = reader.items(documents[0].value, "captures", required=True)
    found = [_read_entry(reader, manifest.parent, place, entry) for place, entry in enumerate(entries)]
    if reader.faults:
        raise FaultsError("manifest", reader.faults)
    return found


def _read_entry(reader: Any, folder: Path, place: int, entry: Any) -> Expectation:
    at = ("captures", place)
    if not isinstance(entry, dict):
        reader.fault("a capture is a mapping", *at)
        entry = {}
    alerts = reader.mapping(entry, "alerts", *at, required=True)
    records = reader.mapping(reader.mapping(entry, "records", *at), "tshark", *at, "records")
    # Where that decoder met malformed frames, it and we need not agree which PDUs there are.
    dataset = reader.text(entry, "dataset", *at) or "modbus"
    names = COUNTS.get(dataset, {}) if not records.get("malformed_frames") else {}
    counts = {name: records[name] for name in names if isinstance(records.get(name), int)}
    packets = reader.integer(entry, "packets", 0, 10**12, *at, default=0)
    return Expectation(
        folder / reader.text(entry, "file", *at, required=True),
        reader.text(entry, "enterprise", *at),
        reader.mapping(entry, "title", *at, required=True),
        frozenset(reader.texts(alerts, "must", *at, "alerts")),
        frozenset(reader.texts(alerts, "must_not", *at, "alerts")),
        {"packets": packets, **counts} if packets else counts,
        reader.text(entry, "sha256", *at),
        dataset,
    )


def verify(
    expectations: Sequence[Expectation], options: ReplayOptions, progress: Progress | None = None
) -> list[Outcome]:
    """Replay every capture into ``options.lake`` under its own enterprise, and compare."""
    from correlation.opening import open_store

    reports = replay_bundled(expectations, options, progress)
    with open_store(options.lake) as lake:
        pairs = zip(expectations, reports, strict=True)
        return [compare(expectation, report, lake) for expectation, report in pairs]


def replay_bundled(
    expectations: Sequence[Expectation], options: ReplayOptions, progress: Progress | None = None
) -> list[CaptureReport]:
    """Replay captures, those of one enterprise together; the reports come in the order of the expectations."""
    from wanglou.appliance import replay

    reports: dict[tuple[str, Path], CaptureReport] = {}
    for enterprise in dict.fromkeys(one.enterprise for one in expectations):
        paths = [one.path for one in expectations if one.enterprise == enterprise]
        told = replay(paths, replace(options, enterprise=enterprise), progress)
        reports.update(zip(((enterprise, path) for path in paths), told, strict=True))
    return [reports[one.enterprise, one.path] for one in expectations]


def compare(expectation: Expectation, report: CaptureReport, lake: Store) -> Outcome:
    """Compare what the lake holds of a capture with what was expected of it."""
    if report.fault is not None or not report.identity:
        reason = Difference("unread", str(report.fault or ""))
        return Outcome(expectation, report, frozenset(), {}, (reason,))
    fired = _find_fired(lake, report.identity)
    counts = _count_records(lake, report, expectation)
    differences = (
        *_compare_rules(expectation, fired),
        *_compare_counts(expectation.counts, counts),
        *_compare_digest(expectation, report),
    )
    return Outcome(expectation, report, fired, counts, differences)


def _find_fired(lake: Store, identity: str) -> frozenset[str]:
    from correlation.store import Terms

    buckets = lake.aggregate("alert", Terms("rule.name", 10_000), f'wanglou.capture:"{identity}"')
    return frozenset(str(bucket.key) for bucket in buckets)


def _count_records(lake: Store, report: CaptureReport, expectation: Expectation) -> dict[str, int]:
    dataset, scope = expectation.dataset, f'wanglou.capture:"{report.identity}"'
    is_whole = getattr(lake, "policies", {}).get(dataset, "all") == "all"  # else there are fewer on purpose
    counts = {
        name: sum(_count_part(lake, dataset, scope, part) for part in parts)
        for name, parts in COUNTS.get(dataset, {}).items()
        if name in expectation.counts and is_whole
    }
    return {"packets": report.packets, **counts} if report.packets else counts


def _count_part(lake: Store, dataset: str, scope: str, part: Part) -> int:
    from correlation.store import Terms

    query = f"{scope} AND {part.query}" if part.query else scope
    if not part.summed:
        return lake.count(dataset, query)
    buckets = lake.aggregate(dataset, Terms(part.summed, 10_000), query)
    return sum(int(str(bucket.key)) * int(bucket.value) for bucket in buckets)


def _compare_rules(expectation: Expectation, fired: frozenset[str]) -> list[Difference]:
    unwanted = fired - expectation.must if EVERY_OTHER in expectation.must_not else fired & expectation.must_not
    missing = [Difference("missing", name) for name in sorted(expectation.must - fired)]
    return missing + [Difference("unwanted", name) for name in sorted(unwanted)]


def _compare_counts(expected: Mapping[str, int], found: Mapping[str, int]) -> list[Difference]:
    return [
        Difference("count", name, str(count), str(found[name]))
        for name, count in expected.items()
        if name in found and found[name] != count
    ]


def _compare_digest(expectation: Expectation, report: CaptureReport) -> list[Difference]:
    digest = report.identity[:64]
    if not expectation.sha256 or digest == expectation.sha256:
        return []
    return [Difference("digest", "sha256", expectation.sha256[:16], digest[:16])]
