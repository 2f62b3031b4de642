"""The acceptance list: every check with its goal. A later stage adds its lines here."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import venv
from functools import partial
from pathlib import Path

from tools.acceptance.benchmark import bench_check, judge_memory, judge_mixed_memory
from tools.acceptance.check import (
    ROOT,
    SIDE_BY_SIDE,
    Check,
    Outcome,
    at_least,
    at_most,
    last_line,
    run_command,
    run_tests,
    run_tests_compiled_and_not,
)
from tools.acceptance.protocols import run_captures, run_fuzz


def run_test_target() -> Outcome:
    """Time ``make test`` as CI calls it."""
    began = time.monotonic()
    done = run_command("make", "test", environment={"CI": "accept"})
    minutes = (time.monotonic() - began) / 60
    return Outcome(done.returncode == 0 and minutes <= 15, f"{minutes:.1f} min; {last_line(done.stdout)}")


def run_bare_wheel() -> Outcome:
    """Install the wheel and the locked requirements into a fresh environment, and verify away from the checkout."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        venv.create(folder / "venv", with_pip=True)
        pip = (str(folder / "venv/bin/python"), "-m", "pip", "--quiet", "install")
        steps = (
            (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)),
            (*pip, "--require-hashes", "--requirement", str(ROOT / "requirements.txt")),
            (*pip, "--no-deps", "--no-index", "--find-links", str(folder), "wanglou"),
            (str(folder / "venv/bin/wanglou"), "verify", "--lake", str(folder / "lake")),
        )
        for step in steps:
            done = run_command(*step, folder=folder, environment={"WANGLOU_CACHE": str(folder / "cache")})
            if done.returncode:
                print(done.stdout)
                return Outcome(passed=False, measured=f"{' '.join(step)[-60:]}: {last_line(done.stdout)}")
        return Outcome(passed=True, measured=last_line(done.stdout))


def time_help() -> Outcome:
    """Time ``wanglou --help`` on a warm machine: median of five, after one that is not counted."""
    times = []
    for _ in range(6):
        began = time.monotonic()
        done = run_command(str(Path(sys.executable).parent / "wanglou"), "--help")
        times.append(time.monotonic() - began)
        if done.returncode:
            return Outcome(passed=False, measured=last_line(done.stdout))
    return at_most(statistics.median(times[1:]), 0.5, "s")


def run_bulk() -> Outcome:
    """Measure bulk writing, which tells its least share last."""
    done = run_command(sys.executable, "-m", "bench.elastic")
    return Outcome(done.returncode == 0, last_line(done.stdout))


def tests(*arguments: str) -> partial[Outcome]:
    """Make a check's ``run`` of some tests."""
    return partial(run_tests, *arguments)


CHECKS = (
    Check(
        "parity",
        "Every reference Modbus capture: our PDUs equal tshark's, field by field, but for the listed differences",
        tests("tests/golden/test_parity.py", "tests/golden/test_flows.py"),
    ),
    Check(
        "parity-opcua",
        "Every reference OPC UA capture: all messages found, fields equal tshark's, but for the listed differences",
        tests("tests/golden/test_parity_opcua.py"),
    ),
    Check(
        "parity-mqtt",
        "Every reference MQTT capture: all packets found, fields equal tshark's, but for the listed differences",
        tests("tests/golden/test_parity_mqtt.py"),
    ),
    Check(
        "parity-dns",
        "Every reference DNS capture: all messages found, fields equal tshark's, but for the listed differences",
        tests("tests/golden/test_parity_dns.py"),
    ),
    Check(
        "parity-http",
        "HTTP in the reference captures: all messages found, fields equal tshark's, but for the listed differences",
        tests("tests/golden/test_parity_http.py"),
    ),
    Check(
        "parity-handle",
        "Handle reference capture: every message and key equals the independent decode",
        tests("tests/parsers/test_handle_golden.py"),
    ),
    Check(
        "protocols",
        "Every flow of the reference captures has the protocol that tshark names, but for the listed differences",
        tests("tests/golden/test_protocols.py"),
    ),
    Check(
        "stacks",
        "pymodbus, asyncua, mosquitto with paho, dnslib with dnspython, TLS: what they did equals what was recorded",
        tests(
            "tests/parsers/test_modbus_stack.py",
            "tests/parsers/test_opcua_stack.py",
            "tests/parsers/test_mqtt_stacks.py",
            "tests/golden/test_dns_stack.py",
            "tests/parsers/test_tls_table.py",
        ),
    ),
    Check(
        "rate-suricata",
        "Marginal rate at least 12 times Suricata's",
        bench_check(lambda figures: at_least(figures.marginal_over_suricata, 12, "times")),
    ),
    Check(
        "rate-tshark",
        "Marginal rate at least 50 times tshark's",
        bench_check(lambda figures: at_least(figures.marginal_over_tshark, 50, "times")),
    ),
    Check(
        "whole-process",
        "Whole process with start-up on 1 M packets at least 3 times as fast as Suricata",
        bench_check(lambda figures: at_least(figures.whole_over_suricata, 3, "times")),
    ),
    Check("memory", "Resident memory below 600 MB, the same at 5 M packets as at 1 M", bench_check(judge_memory)),
    Check(
        "mixed-rate",
        "Mixed traffic: marginal rate at least 5 times Suricata's with Modbus, MQTT, DNS and flow records",
        bench_check(lambda figures: at_least(figures.mixed_over_suricata, 5, "times")),
    ),
    Check(
        "mixed-memory",
        "Mixed traffic: resident memory below 600 MB at 1 M and 5 M packets",
        bench_check(judge_mixed_memory),
    ),
    Check(
        "rules",
        "1,000 rules take at most twice the time of 10",
        bench_check(lambda figures: at_most(figures.rules_1000_over_10, 2, "times")),
    ),
    Check(
        "cold-start",
        "Compiling all kernels takes at most 60 s",
        bench_check(lambda figures: at_most(figures.cold_start_s, 60, "s")),
    ),
    Check("start-up", "wanglou --help in less than 0.5 s", time_help),
    Check(
        "any-bytes",
        "Any bytes at any split: the same records or MALFORMED, no exception (2,000 examples a property)",
        tests(*SIDE_BY_SIDE, "-m", "hypothesis", "--hypothesis-profile=accept"),
    ),
    Check("fuzz", "Half an hour of coverage-guided fuzzing, every parser: nothing falls over", run_fuzz),
    Check(
        "uncompiled",
        "Sensors and parsers give the same with kernels compiled and uncompiled",
        partial(run_tests_compiled_and_not, *SIDE_BY_SIDE, "tests/sensors", "tests/parsers"),
    ),
    Check(
        "replay",
        "Read twice, killed and read again, two enterprises with one subnet, captures deleted, old days expired",
        tests("tests/test_replay.py"),
    ),
    Check(
        "captures",
        "OPC UA, MQTT, DNS, Handle: a normal and at least six attack captures each; verify finds what is expected",
        run_captures,
    ),
    Check(
        "stores",
        "The contract of stores holds on the lake and on Elasticsearch, and when a node of one or three is killed",
        tests(*SIDE_BY_SIDE, "tests/correlation", "-m", "heavy or not heavy"),
    ),
    Check(
        "stores-three-nodes",
        "The contract of stores holds on a cluster of three nodes",
        partial(
            run_tests,
            *SIDE_BY_SIDE,
            "tests/correlation",
            "-k",
            "contract",
            "-m",
            "heavy or not heavy",
            environment={"WANGLOU_TEST_NODES": "3"},
        ),
    ),
    Check("bulk-rate", "Bulk writing at least 80 % as fast as the bare client's parallel_bulk", run_bulk),
    Check(
        "ledger",
        "The ledger, its audit and the tables of every stage hold on SQLite and on PostgreSQL",
        tests("tests/wanglou", "tests/correlation", "tests/console", "-k", "sqlite or postgresql"),
    ),
    Check(
        "assets",
        "Devices of the captures against the table made by hand: merged right, none invented",
        tests("tests/correlation/test_asset_truth.py"),
    ),
    Check(
        "incidents",
        "One incident for each bundled attack, none for normal captures",
        tests("tests/test_incidents.py"),
    ),
    Check(
        "console",
        "Every page in each combination of width and theme: no grave fault of accessibility, no error, no other site",
        tests(*SIDE_BY_SIDE, "tests/console", "-m", "heavy or not heavy"),
    ),
    Check(
        "console-api",
        "schemathesis on the whole API: no fault of the program, no answer that is not described",
        tests("tests/console/test_openapi.py", "--hypothesis-profile=accept"),
    ),
    Check("wheel", "A bare wheel in a fresh environment verifies the bundled captures", run_bare_wheel),
    Check("make-test", "make test passes in at most 15 minutes", run_test_target),
)
