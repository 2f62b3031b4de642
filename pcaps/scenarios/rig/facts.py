"""What the manifest says of a capture and a program can measure: digest, packets, duration, and tshark's counts."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.metadata
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from pcaps.scenarios.rig.recording import read_packets
from pcaps.scenarios.rig.scenario import Scenario
from pcaps.scenarios.rig.staging import Outcome
from wanglou.errors import WanglouError

_ORDER = ("file", "dataset", "enterprise", "title", "story", "timeline", "alerts", "records", "sha256", "bytes",
          "packets", "duration_s", "time_scale", "origin", "licence")  # fmt: skip
"""Keys of a manifest entry, in the order people read them."""


def measure(path: Path) -> dict[str, Any]:
    """Digest, size, packets and duration of a capture."""
    times = [time_us for time_us, _ in read_packets(path)]
    return {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "packets": len(times),
        "duration_s": round((max(times) - min(times)) / 1e6, 1),
    }


def count_pdus(path: Path) -> dict[str, int]:
    """Count with tshark's default settings the Modbus messages to (requests) and from (replies) TCP port 502.

    ``malformed_frames`` are the frames tshark marks so.
    """
    only = "tcp.port == 502 and (mbtcp or _ws.malformed)"
    command = ["tshark", "-n", "-r", str(path), "-Y", only, "-T", "fields", "-E", "occurrence=a"]
    for field in ("mbtcp.trans_id", "modbus.exception_code", "_ws.malformed", "tcp.dstport"):
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    counts: Counter[str] = Counter(requests=0, replies=0, exceptions=0, malformed_frames=0)
    for line in done.stdout.splitlines():
        headers, exceptions, malformed, port = line.split("\t")
        counts["requests" if port == "502" else "replies"] += headers.count(",") + 1 if headers else 0
        counts["exceptions"] += exceptions.count(",") + 1 if exceptions else 0
        counts["malformed_frames"] += bool(malformed)
    return dict(counts)


_MESSAGES = {"opcua": "opcua.transport.type", "mqtt": "mqtt.msgtype", "dns": "dns.id"}
"""By dataset, the field of tshark that every message has once."""

_PROTOCOLS = {"opcua": "opcua", "mqtt": "mqtt", "dns": "dns"}
"""By dataset, tshark's name of the protocol."""


def count_messages(path: Path, dataset: str) -> dict[str, int]:
    """Count with tshark's default settings the messages of a capture, and the frames it marks malformed.

    Empty for a dataset that tshark 4.0 cannot read. A message of several OPC UA chunks counts once a chunk; what ICMP
    quotes does not count. Sparkplug is left to us: version 4.0 takes the STATE topic of Sparkplug 3.0 for malformed.
    """
    if dataset == "modbus":
        return count_pdus(path)
    if dataset not in _MESSAGES:
        return {}
    only = f"({_PROTOCOLS[dataset]} or _ws.malformed) and not icmp"
    command = ["tshark", "-n", "-r", str(path), "-Y", only, "-T", "fields", "-E", "occurrence=a"]
    command += ["-e", _MESSAGES[dataset], "-e", "_ws.malformed", "--disable-protocol", "sparkplugb"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    counts: Counter[str] = Counter(messages=0, malformed_frames=0)
    for line in done.stdout.splitlines():
        messages, malformed = line.split("\t")
        counts["messages"] += messages.count(",") + 1 if messages else 0
        counts["malformed_frames"] += bool(malformed)
    return dict(counts)


def name_version(maker: str) -> str:
    """Give a package or program with its version; words that are neither stay as they are."""
    try:
        return f"{maker} {importlib.metadata.version(maker)}"
    except importlib.metadata.PackageNotFoundError:
        pass
    if " " in maker or shutil.which(maker) is None:
        return maker
    done = subprocess.run([maker, "-h"], capture_output=True, text=True, check=False)
    version = re.search(r"version (\S+)", done.stdout)
    return f"{maker} {version[1]}" if version else maker


def describe_origin(scenario: Scenario, outcome: Outcome) -> str:
    """Say how the capture came to be."""
    tcpdump = subprocess.run(["tcpdump", "--version"], capture_output=True, text=True, check=False)
    version = (tcpdump.stdout or tcpdump.stderr).split("\n", 1)[0]
    origin = (
        f"made by scenario {scenario.name} with {', '.join(name_version(maker) for maker in scenario.stack)} "
        f"in network namespaces, {version}, on {dt.datetime.now(dt.UTC):%Y-%m-%d}"
    )
    if scenario.time_scale != 1:
        origin += f"; recorded {scenario.time_scale:g} times faster, timestamps stretched afterwards"
    return origin + (f"; {outcome.left_out} packets left out afterwards" if outcome.left_out else "")


def update_manifest(manifest: Path, scenario: Scenario, outcome: Outcome) -> None:
    """Put the measured facts of a capture into the manifest; its texts and expectations stay as written."""
    document = yaml.safe_load(manifest.read_text(encoding="utf-8"))
    entry = next((item for item in document["captures"] if item["file"] == scenario.file), None)
    if entry is None:
        raise WanglouError(
            "has no entry for this capture", where=f"{manifest}: {scenario.file}", do="write title and story first"
        )
    said, made = len(entry["timeline"]), len(outcome.marks_s)
    if said != made:
        where = f"{manifest}: {scenario.file}"
        raise WanglouError(f"timeline has {said} entries, the scenario made {made} marks", where=where)
    for item, at_s in zip(entry["timeline"], outcome.marks_s, strict=True):
        item["at_s"] = at_s
    entry |= measure(outcome.path)
    entry |= {
        "dataset": scenario.dataset,
        "time_scale": scenario.time_scale,
        "enterprise": scenario.enterprise,
        "origin": describe_origin(scenario, outcome),
        "licence": "Apache-2.0",
    }
    counts = count_messages(outcome.path, scenario.dataset)
    entry.setdefault("records", {})["tshark"] = {name: n for name, n in counts.items() if name not in scenario.disputed}
    document["captures"] = [{key: item[key] for key in _ORDER if key in item} for item in document["captures"]]
    write_manifest(manifest, document)


def write_manifest(manifest: Path, document: dict[str, Any]) -> None:
    """Write a manifest, keeping the comment at its head."""
    head = "".join(line for line in manifest.read_text(encoding="utf-8").splitlines(True) if line.startswith("#"))
    body = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)
    manifest.write_text(head + body, encoding="utf-8")
