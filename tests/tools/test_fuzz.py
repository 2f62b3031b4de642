"""Fuzzing: every target runs for a while and nothing falls over.

``WANGLOU_FUZZ_SECONDS`` sets how long each target runs: 20 where CI is set, 1 elsewhere; targets run side by side, one
a core.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.requirements import is_ci, require
from tools.fuzz.__main__ import MISSING, main
from tools.fuzz.harness import MOST_MESSAGES, make_batch, unpack
from tools.fuzz.seeds import DHCP_DISCOVER, LLDP_FRAME, pack
from tools.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
SECONDS = os.environ.get("WANGLOU_FUZZ_SECONDS") or ("20" if is_ci() else "1")


def test_nothing_falls_over(tmp_path: Path) -> None:
    """Every target runs and says how far it came."""
    require(find_spec("atheris"), MISSING)
    command = [sys.executable, "-m", "tools.fuzz", "--seconds", SECONDS, "--folder", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6_000:]
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == list(TARGETS)
    assert " 0 runs" not in done.stdout


def test_a_fall_is_told_and_kept(tmp_path: Path) -> None:
    """A target that falls over makes the run end with 1, and the input that did it is there."""
    require(find_spec("atheris"), MISSING)
    script = (
        "import sys; from tools.fuzz import harness, targets, target\n"
        "def make():\n"
        "    def run(value):\n        assert not value.startswith(b'\\0')\n    return run\n"
        "targets.TARGETS['lldp'] = targets.Target('', make, lambda: [b'\\0'])\n"
        f"target.main('lldp', {str(tmp_path)!r}, ['-runs=2000', {f'-artifact_prefix={tmp_path}/lldp-'!r}])"
    )
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, check=False)
    assert done.returncode != 0
    assert [path.read_bytes()[:1] for path in tmp_path.glob("lldp-crash-*")] == [b"\0"]


def test_every_protocol_with_a_table_is_fuzzed() -> None:
    """Where there are ``recognise_<name>`` and a table of that name, there is a target."""
    framings = {path.stem.removesuffix("_frame"): path for path in (ROOT / "parsers").glob("*_frame.py")}
    names = {name for name, path in framings.items() if f"def recognise_{name}(" in path.read_text(encoding="utf-8")}
    assert {name for name in names if (ROOT / "parsers" / f"{name}_table.py").is_file()} <= set(TARGETS)
    assert {"frame", "dissection", "modbus", "dhcp", "lldp"} <= set(TARGETS)


def test_an_unknown_target_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is none ends with the names that are."""
    with pytest.raises(SystemExit):
        main(["modbuss"])
    assert "there are frame, dissection, modbus" in capsys.readouterr().err


def test_messages_are_unpacked_as_they_were_packed() -> None:
    """By turns of client and server; one that is cut short is what is there of it."""
    assert unpack(pack(b"ab", b"", b"c")) == [(False, b"ab"), (True, b""), (False, b"c")]
    assert unpack(pack(b"abcdef")[:4]) == [(False, b"ab")]
    assert len(unpack(bytes(1_000))) == MOST_MESSAGES


def test_packets_stay_within_their_input() -> None:
    """A packet that says to be longer than what is there ends with it."""
    batch = make_batch(b"\0\x00\x02ab" + b"\0\xff\xffcd")
    assert batch.offset.tolist() == [3, 8]
    assert batch.caplen.tolist() == [2, 2]


@pytest.mark.parametrize("seed", [DHCP_DISCOVER, LLDP_FRAME])
def test_seeds_of_our_own_are_whole(seed: bytes) -> None:
    """They fit into one message of an input."""
    assert unpack(pack(seed)) == [(False, seed)]
