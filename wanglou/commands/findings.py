"""The closing tables of a replay: conversations, function codes, alerts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.text import Text

from wanglou.commands.figures import name_severity, paint_severity, write_count, write_size
from wanglou.commands.summary import (
    Conversation,
    RuleAlerts,
    count_functions,
    group_alerts,
    rank_conversations,
)
from wanglou.commands.terminal import Terminal, stack

MOST_CONVERSATIONS = 10
MOST_ENTITIES = 3
"""Entities told of one rule; the rest is counted."""


def print_findings(terminal: Terminal, folder: Path, identities: Sequence[str]) -> None:
    """Print what the lake holds of these captures, and how to go on; nothing when there are none."""
    if not identities:
        return
    from correlation.lake import Lake

    with Lake(folder) as lake:
        conversations, total = rank_conversations(lake, identities, MOST_CONVERSATIONS)
        functions = count_functions(lake, identities)
        groups = group_alerts(lake, identities, terminal.say.language)
    if conversations:
        terminal.head("findings.conversations", shown=len(conversations), total=write_count(total))
        headers = ("conversation", "protocol", "packets", "size", "messages")
        terminal.grid(headers, map(_tell_conversation, conversations), right={2, 3, 4})
    if functions:
        terminal.head("findings.functions")
        rows = [(u.code, u.name, u.category, write_count(u.records), write_count(u.exceptions)) for u in functions]
        terminal.grid(("code", "function", "category", "records", "exceptions"), rows, right={0, 3, 4})
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


def print_alert_groups(terminal: Terminal, groups: Sequence[RuleAlerts]) -> None:
    """Print alerts by severity, one line a rule."""
    if not groups:
        terminal.head("findings.no_alerts")
        return
    terminal.head("findings.alerts", count=write_count(sum(group.alerts for group in groups)))
    headers = ("severity", "rule", "alerts", "records", "attack")
    rows = (
        (
            paint_severity(group.severity, terminal.say(f"severity.{name_severity(group.severity)}")),
            stack(group.title or group.name, *_tell_entities(terminal, group)),
            write_count(group.alerts),
            write_count(group.records),
            tell_attack(group.attack_v18, group.attack_v19),
        )
        for group in groups
    )
    terminal.grid(headers, rows, right={2, 3})


def _tell_entities(terminal: Terminal, group: RuleAlerts) -> Iterator[str]:
    shown = group.entities.most_common(MOST_ENTITIES)
    for entity, _ in shown:
        yield entity
    if len(group.entities) > len(shown):
        yield terminal.say("findings.more", count=write_count(len(group.entities) - len(shown)))


def tell_attack(v18: Sequence[str], v19: Sequence[str]) -> Text:
    """Write the techniques of ATT&CK for ICS: by version 18, and by version 19 where its ids differ."""
    old, new = ", ".join(v18), ", ".join(v19)
    return stack(old, "" if old == new or not new else f"v19 {new}")
