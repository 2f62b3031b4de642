"""Synthetic rules: as varied as real ones, none of which the benchmark's traffic breaks."""

from __future__ import annotations

import uuid
from pathlib import Path

_TEMPLATE = """\
title: Synthetic {number}
id: {id}
name: synthetic_{number}
status: experimental
description: Benchmark rule {number}.
author: Wanglou
date: 2026-11-21
logsource: {{product: wanglou, service: modbus}}
detection:
  selection: {{{selection}}}
  condition: selection
level: low
tags: [attack.t0801]
falsepositives: [none]
wanglou:
  version: 1
  severity: 10
  attack: {{v18: [T0801], v19: [T0801]}}
  event_class: {{class: 网络攻击事件, subclass: 网络扫描探测}}
  entities: [source.ip, destination.ip]
  window: 10m
  zh:
    title: 合成
    description: 第 {number} 条测试规则。
    sentence: "{{source.ip}} 合成规则"
    advice: 无
    falsepositives: [无]
  en: {{title: Synthetic, sentence: "{{source.ip}} synthetic rule", advice: none}}
  fires: [{{{example}}}]
  silent: [{{modbus.unit_id: 1}}]
"""

# What a rule looks for, and a record it fires on.
_SELECTIONS = (
    ("modbus.request.address: {at}", "modbus.request.address: {at}"),
    ("source.ip: 172.16.{high}.{low}", "source.ip: 172.16.{high}.{low}"),
    (
        "source.ip|cidr: 172.17.{low}.0/24, modbus.function.code: 6",
        "source.ip: 172.17.{low}.9, modbus.function.code: 6",
    ),
    (
        "modbus.unit_id: {unit}, modbus.request.address|gte: {at}",
        "modbus.unit_id: {unit}, modbus.request.address: {at}",
    ),
    ("destination.ip|startswith: '172.18.{low}.'", "destination.ip: 172.18.{low}.1"),
    ("modbus.request.quantity|gt: {quantity}", "modbus.request.quantity: 2000"),
)


def write_rules(folder: Path, count: int) -> None:
    """Write ``count`` rules, one a file, always the same ones."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        places = {
            "at": 10_000 + number,
            "high": number // 250,
            "low": number % 250,
            "unit": 100 + number % 100,
            "quantity": 1000 + number % 900,
        }
        selection, example = (text.format(**places) for text in _SELECTIONS[number % len(_SELECTIONS)])
        rule_id = uuid.uuid5(uuid.NAMESPACE_OID, f"wanglou-bench-{number}")
        text = _TEMPLATE.format(number=number, id=rule_id, selection=selection, example=example)
        (folder / f"synthetic_{number}.yml").write_text(text, encoding="utf-8")
