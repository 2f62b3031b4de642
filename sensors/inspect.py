"""Deep dissection of a handful of packets by pyshark and tshark, in a child process with limits.

``dissect`` starts ``python -m sensors.inspect FILE``. The child limits its own memory, which tshark inherits; the
parent limits the time and ends the whole process group. Protocol dissectors are large programs fed with hostile
bytes: neither their crash nor their hunger may reach the appliance.

A dissection is plain data, here with one packet, one layer and one field::

    [{"number": 1, "ts_ns": 0, "caplen": 66, "wirelen": 66, "linktype": 1, "highest": "MODBUS", "is_complete": true,
      "layers": [{"name": "eth", "fields": [
        {"name": "eth.type", "label": "Type: IPv4 (0x0800)", "value": "0x0800", "raw": "0800", "pos": 12, "size": 2,
         "is_hidden": false}]}]}]

``number`` counts from 1, as tshark does; ``label`` is what Wireshark shows, ``value`` the value alone, ``raw`` its
bytes in hex, ``pos`` and ``size`` say where they lie in the packet (or in what was reassembled), in bytes. Fields come
by position, the wider first, so that a field follows what it is a part of.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wanglou.errors import UsageError, WanglouError

MAX_PACKETS = 50
MAX_FIELDS = 20_000
"""Fields told of one file; what is beyond is left out, and the packet says ``is_complete: false``."""
MAX_FILE_BYTES = 32 << 20

_ROOT = Path(__file__).resolve().parent.parent
_INSTALL = "install it: apt-get install tshark"
_QUOTE = "Last error line:"  # how pyshark 0.6 hands on what tshark said
_FEWER = "try fewer packets, or give it more time and memory"
_FACTS = ("ts_ns", "caplen", "wirelen", "linktype")


def dissect(
    path: Path, *, seconds: float = 20, megabytes: int = 1024, decode_as: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """Dissect the first 50 packets of a small capture; the result is as the module's text draws it.

    ``megabytes`` bounds the address space of each process, ``decode_as`` names the protocol of odd ports, as in
    ``{"tcp.port==5020": "mbtcp"}``. Raises ``UsageError`` for a large file, ``CaptureError`` for no capture, and
    ``WanglouError`` when tshark is missing, takes too long, needs too much memory or crashes.
    """
    if not shutil.which("tshark"):
        raise WanglouError("tshark is not installed, so packets cannot be dissected", do=_INSTALL)
    _check_size(path)
    facts = _read_facts(path)
    command = [sys.executable, "-P", "-m", "sensors.inspect", str(path.resolve())]
    settings = json.dumps({"megabytes": megabytes, "decode_as": dict(decode_as or {})})
    with tempfile.TemporaryDirectory(prefix="wanglou-inspect-") as folder:
        output = _run([*command, settings], Path(folder), path, seconds)
    dissections = _parse_output(output, path)
    if len(dissections) < len(facts):
        raise WanglouError(f"tshark ended after {len(dissections)} of {len(facts)} packets", where=str(path), do=_FEWER)
    return [fact | dissection for fact, dissection in zip(facts, dissections, strict=True)]


def _read_facts(path: Path) -> list[dict[str, Any]]:
    """Give what our own reader knows of the first packets; raises ``CaptureError``."""
    from sensors.pcap import open_capture  # noqa: PLC0415 - the child, which is this module too, must stay small

    facts: list[dict[str, Any]] = []
    for batch in open_capture(path).batches():
        columns = (batch.ts_ns, batch.caplen, batch.wirelen, batch.linktype)
        rows = zip(*(column[:MAX_PACKETS].tolist() for column in columns), strict=True)
        facts += [dict(zip(_FACTS, row, strict=True)) for row in rows]
        if len(facts) >= MAX_PACKETS:
            break
    return [{"number": number, **fact} for number, fact in enumerate(facts[:MAX_PACKETS], 1)]


def _parse_output(output: str, path: Path) -> list[dict[str, Any]]:
    """Read what the child printed."""
    try:
        dissections: list[dict[str, Any]] = json.loads(output)
    except ValueError:
        raise WanglouError("the dissection is not readable", where=str(path), do=_FEWER) from None
    return dissections


def _check_size(path: Path) -> None:
    """Refuse what cannot be a handful of packets."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise WanglouError(
            f"the file cannot be read: {error.strerror}", where=str(path), do="check the file and its permissions"
        ) from None
    if size > MAX_FILE_BYTES:
        raise UsageError(f"{size} bytes are too many to dissect", where=str(path), do="cut out a few packets first")


def _run(command: list[str], folder: Path, path: Path, seconds: float) -> str:
    """Run the child in an empty folder and give what it printed."""
    # Its own session makes one process group of child and tshark; an empty folder keeps personal settings out.
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and module; the file name is an argument
        command,
        cwd=folder,
        env=_make_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, complaint = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise WanglouError(
            f"the dissection took longer than {seconds:g} s and was ended", where=str(path), do=_FEWER
        ) from None
    finally:
        _end_group(child)
    if child.returncode:
        raise WanglouError(
            f"the dissection failed: {_tell_reason(complaint) or f'exit code {child.returncode}'}",
            where=str(path),
            do=_FEWER,
        )
    return output


def _make_environment(folder: Path) -> dict[str, str]:
    """Give the child's environment: our modules, and no personal tshark settings or plug-ins."""
    search = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
    own = {"PYTHONPATH": search, "HOME": str(folder), "WIRESHARK_CONFIG_DIR": str(folder), "PYTHONWARNINGS": "ignore"}
    return {**os.environ, **own}


def _end_group(child: subprocess.Popen[str]) -> None:
    """End what is left of the child and of what it started, and close its pipes."""
    with contextlib.suppress(ProcessLookupError):  # all have ended
        os.killpg(child.pid, signal.SIGKILL)
    child.communicate()


def _tell_reason(complaint: str) -> str:
    """Give the line of a complaint that says what was wrong: tshark's own last line, else the last of all."""
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    quoted = [line for line in lines if line.startswith(_QUOTE)]
    return (quoted or lines or [""])[-1].replace(_QUOTE, "tshark says:")[:300]


def _dissect_here(path: str, decode_as: dict[str, str]) -> list[dict[str, Any]]:
    """Dissect in this process, which is the child."""
    import pyshark  # noqa: PLC0415 - only the child needs it

    # Names are not resolved: evidence is shown as it was sent, and nobody is asked about it.
    limits = ["-n", "-c", str(MAX_PACKETS)]
    capture = pyshark.FileCapture(path, keep_packets=False, custom_parameters=limits, decode_as=decode_as)
    budget = MAX_FIELDS
    dissections = []
    try:
        for packet in capture:
            dissection, used = _describe_packet(packet, budget)
            budget -= used
            dissections.append(dissection)
    finally:
        capture.close()
    return dissections


def _describe_packet(packet: Any, budget: int) -> tuple[dict[str, Any], int]:
    """Give a packet of pyshark's as plain data with at most ``budget`` fields, and the fields told."""
    layers, used = [], 0
    is_complete = True
    for layer in packet.layers:
        fields = sorted(_list_fields(layer), key=lambda field: (field["pos"], -field["size"]))
        is_complete = is_complete and len(fields) <= budget - used
        fields = fields[: budget - used]
        used += len(fields)
        layers.append({"name": layer.layer_name, "fields": fields})
    return {"highest": packet.highest_layer, "is_complete": is_complete, "layers": layers}, used


def _list_fields(layer: Any) -> Iterator[dict[str, Any]]:
    """Give the fields of a layer, repeated ones apart."""
    for container in layer._all_fields.values():  # noqa: SLF001 - the only way to the unaltered field names
        for field in container.all_fields:
            yield {
                "name": field.name,
                "label": field.showname or field.show or "",
                "value": field.show or "",
                "raw": field.raw_value or "",
                "pos": int(field.pos or 0),
                "size": int(field.size or 0),
                "is_hidden": field.hide,
            }


def main() -> None:
    """Print the dissection of the file named first, by the settings given second as JSON."""
    path, settings = sys.argv[1], json.loads(sys.argv[2]) if len(sys.argv) > 2 else {}
    limit = settings.get("megabytes", 1024) << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    json.dump(_dissect_here(path, settings.get("decode_as", {})), sys.stdout)


if __name__ == "__main__":
    main()
