"""The closing tables."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from correlation.lake import Lake
from tests.support.command_line import Screen
from wanglou.commands.findings import name_commonest, print_alert_groups, print_findings, print_inventory, tell_attack
from wanglou.commands.inventory import Devices
from wanglou.commands.summary import RuleAlerts
from wanglou.languages import LANGUAGES, Language


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [80, 120])
def test_all_tables_fit(lake_folder: Path, lake: Lake, language: Language, width: int) -> None:
    """Conversations, protocols, devices and alerts are shown, and no line is wider than the terminal."""
    screen = Screen(language, width=width)
    print_findings(screen.terminal, lake_folder, [capture.record.identity for capture in lake.captures()])
    assert all(screen.terminal.out.measure(line).maximum <= width for line in screen.out.splitlines())
    for part in (
        "10.20.3.66 → 10.20.1.12:502",
        "tcp modbus",
        "write_single_register",
        "modbus_server",
        "T0855, T0836",
        "v19 T1692.001",
    ):
        assert part in screen.out
    assert screen.terminal.say("findings.alerts", count=lake.count("alert")) in screen.out


def test_nothing_read_tells_nothing(tmp_path: Path) -> None:
    """Without a capture no lake is opened."""
    screen = Screen()
    print_findings(screen.terminal, tmp_path / "none", [])
    assert screen.out == ""


def test_silence_is_told() -> None:
    """That there are no alerts is a finding."""
    screen = Screen()
    print_alert_groups(screen.terminal, [])
    assert screen.out.strip() == "No alerts"


def test_all_protocols_fit(mixed_folder: Path) -> None:
    """Captures of several protocols take a few lines each, in both languages and at both usual widths."""
    with Lake(mixed_folder) as lake:
        identities = [capture.record.identity for capture in lake.captures()]
    for language, width in ((language, width) for language in LANGUAGES for width in (80, 120)):
        screen = Screen(language, width=width)
        print_findings(screen.terminal, mixed_folder, identities)
        assert all(screen.terminal.out.measure(line).maximum <= width for line in screen.out.splitlines())
        protocols = screen.out.split(f"\n{screen.terminal.say('findings.protocols')}\n")[1]
        table = protocols.split(screen.terminal.say("findings.inventory"))[0]
        for part in ("opcua", "mqtt", "dns", "handle", "open_secure_channel", "publish", "SOA", "create_handle"):
            assert part in table
        assert len(table.splitlines()) < 25
        assert screen.terminal.say("findings.identifiers") in protocols


def test_the_commonest_are_named() -> None:
    """By count, then by name; those that are not named are counted."""
    screen = Screen()
    counts = Counter({name: 1000 if name == "z" else 2 for name in "abcdefgz"})
    assert name_commonest(screen.terminal, counts) == "z 1,000, a 2, b 2, c 2, d 2, e 2, and 2 more"
    assert name_commonest(screen.terminal, Counter({"a": 1})) == "a 1"


def test_what_was_not_seen_takes_no_line() -> None:
    """Without devices and identifiers there is no table of them."""
    screen = Screen()
    print_inventory(screen.terminal, Devices(), Counter())
    assert screen.out == ""
    print_inventory(screen.terminal, Devices(2, 0, Counter({"plc": 1})), Counter())
    assert "devices" in screen.out
    assert "identifiers  " not in screen.out


def test_severities_are_counted_and_entities_cut() -> None:
    """Alerts are counted by severity; of many entities the commonest is told and the others are counted."""
    entities = Counter({"10.0.0.1 → 10.0.0.2": 1, "10.0.0.3 → 10.0.0.2": 5, "10.0.0.4 → 10.0.0.2": 2})
    groups = [
        RuleAlerts(95, "one", "One", ["T0855"], ["T1692.001"], 3, 8, entities),
        RuleAlerts(30, "two", "", ["T0846"], ["T0846"], 1, 1, Counter({"10.0.0.9": 1})),
    ]
    screen = Screen()
    print_alert_groups(screen.terminal, groups)
    assert "3 critical  1 low" in screen.out
    assert "10.0.0.3 → 10.0.0.2 and 2 more" in screen.out
    assert "two" in screen.out


def test_techniques_of_both_versions() -> None:
    """Version 19 is told where its ids differ."""
    assert tell_attack(["T0855", "T0836"], ["T1692.001", "T0836"]).plain == "T0855, T0836\nv19 T1692.001, T0836"
    assert tell_attack(["T0846"], ["T0846"]).plain == "T0846"
