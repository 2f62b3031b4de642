"""The closing tables of a replay: conversations, protocols, devices and identifiers, alerts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from wanglou.commands.figures import SEVERITIES, name_severity, paint_severity, write_count, write_size
from wanglou.commands.inventory import Devices, ProtocolUse, count_devices, count_identifiers, count_protocols
from wanglou.commands.recent import Recent, is_fresh
from wanglou.commands.summary import Conversation, RuleAlerts, Source, group_alerts, rank_conversations
from wanglou.commands.terminal import Terminal, stack

if TYPE_CHECKING:
    from wanglou.capture_report import CaptureReport

MOST_CONVERSATIONS = 10
MOST_NAMED = 6
"""Actions, roles or schemes that a line names."""


def print_findings(
    terminal: Terminal, folder: Path | str, identities: Sequence[str], reports: Sequence[CaptureReport] = ()
) -> None:
    """Print what the lake holds of these captures, and how to go on; nothing when there are none.

    ``reports`` are those of the same captures, where they were read just now: what they tell is not read back.
    """
    if not identities:
        return
    from correlation.opening import find_folder, open_store

    with open_store(folder) as store:
        told = [report for report in reports if is_fresh(report)]
        is_told = find_folder(folder) is not None and [report.identity for report in told] == list(identities)
        lake: Source = Recent(told, store) if is_told else store
        conversations, total = rank_conversations(lake, identities, MOST_CONVERSATIONS)
        protocols = count_protocols(lake, identities)
        devices, identifiers = count_devices(lake, identities), count_identifiers(lake, identities)
        groups = group_alerts(lake, identities, terminal.say)
    if conversations:
        terminal.head("findings.conversations", shown=len(conversations), total=write_count(total))
        headers = ("conversation", "protocol", "packets", "size", "messages")
        terminal.grid(headers, map(_tell_conversation, conversations), right={2, 3, 4})
    if protocols:
        terminal.head("findings.protocols")
        headers = ("protocol", "records", "failed", "malformed", "commonest")
        terminal.grid(headers, (_tell_protocol(terminal, use) for use in protocols), right={1, 2, 3})
    print_inventory(terminal, devices, identifiers)
    print_alert_groups(terminal, groups)


def _tell_conversation(conversation: Conversation) -> tuple[str, ...]:
    enterprise, source, destination, port, transport, protocol = conversation.key
    ends = f"{source or '?'} → {destination or '?'}" + (f":{port}" if port else "")
    return (
        f"{enterprise}  {ends}" if enterprise else ends,
        f"{transport or '?'} {protocol or ''}".strip(),
        write_count(conversation.packets),
        write_size(conversation.bytes),
        write_count(conversation.messages),
    )


def _tell_protocol(terminal: Terminal, use: ProtocolUse) -> tuple[str, ...]:
    numbers = (write_count(number) if number else "" for number in (use.failed, use.malformed))
    return use.dataset, write_count(use.records), *numbers, name_commonest(terminal, use.actions)


def name_commonest(terminal: Terminal, counts: Counter[str]) -> str:
    """Name the commonest with their counts, and how many others there are."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{name} {write_count(count)}" for name, count in ranked[:MOST_NAMED])
    others = len(ranked) - MOST_NAMED
    return f"{shown}, {terminal.say('findings.more', count=write_count(others))}" if others > 0 else shown


def print_inventory(terminal: Terminal, devices: Devices, identifiers: Counter[str]) -> None:
    """Print how many devices and identifiers were seen, and of which kinds; nothing where there were none."""
    rows = [
        (terminal.say("findings.devices"), devices.count, devices.roles),
        (terminal.say("findings.parts"), devices.parts, Counter[str]()),
        (terminal.say("findings.identifiers"), identifiers.total(), identifiers),
    ]
    told = [(name, write_count(count), name_commonest(terminal, kinds)) for name, count, kinds in rows if count]
    if told:
        terminal.head("findings.inventory")
        terminal.grid(("seen", "count", "which"), told, right={1})


def print_alert_groups(terminal: Terminal, groups: Sequence[RuleAlerts]) -> None:
    """Print alerts by severity, one line a rule."""
    if not groups:
        terminal.head("findings.no_alerts")
        return
    terminal.head("findings.alerts", count=write_count(sum(group.alerts for group in groups)))
    terminal.out.print(Text("  ").join(_count_severities(terminal, groups)))
    headers = ("severity", "rule", "alerts", "records", "attack")
    rows = (
        (
            paint_severity(group.severity, terminal.say(f"severity.{name_severity(group.severity)}")),
            stack(group.title or group.name, _tell_entities(terminal, group)),
            write_count(group.alerts),
            write_count(group.records),
            tell_attack(group.attack_v18, group.attack_v19),
        )
        for group in groups
    )
    terminal.grid(headers, rows, right={2, 3})


def _count_severities(terminal: Terminal, groups: Sequence[RuleAlerts]) -> Iterator[Text]:
    for _, name, style in SEVERITIES:
        count = sum(group.alerts for group in groups if name_severity(group.severity) == name)
        if count:
            yield Text(f"{write_count(count)} {terminal.say(f'severity.{name}')}", style=style)


def _tell_entities(terminal: Terminal, group: RuleAlerts) -> str:
    """Tell what the alerts are about: the first in full, the others as a number."""
    entity = next((entity for entity, _ in group.entities.most_common(1)), "")
    others = len(group.entities) - 1
    return f"{entity} {terminal.say('findings.more', count=write_count(others))}" if others > 0 else entity


def tell_attack(v18: Sequence[str], v19: Sequence[str]) -> Text:
    """Write the techniques of ATT&CK for ICS: by version 18, and by version 19 where its ids differ."""
    old, new = ", ".join(v18), ", ".join(v19)
    return stack(old, "" if old == new or not new else f"v19 {new}")
