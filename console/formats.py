"""How values are written on pages: filters of the templates. What depends on the reader takes the visit."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from console.address import local_path
from console.event_class import name_event_class
from console.figures import name_severity, write_count, write_duration, write_size, write_time
from console.period import SECOND_NS
from console.visit import Visit

SHAPES: Mapping[str, str] = {"critical": "◆", "high": "▲", "medium": "●", "low": "○", "informational": "–"}  # noqa: RUF001 - a dash is the shape
"""Severity is never told by colour alone."""
_UNITS_ZH = {"ns": "纳秒", "µs": "微秒", "ms": "毫秒", "s": "秒", "min": "分", "h": "小时", "d": "天"}
_UNIT = re.compile(r"[a-zµ]+$|[a-z]+(?= )")


def write_local(ns: int | None, visit: Visit, digits: int = 0) -> str:
    """Write a time in the reader's zone: ``2026-11-21 08:00:00``."""
    if ns is None:
        return ""
    moment = datetime.fromtimestamp(ns // SECOND_NS, visit.zone).strftime("%Y-%m-%d %H:%M:%S")
    return f"{moment}.{f'{ns % SECOND_NS:09d}'[:digits]}" if digits else moment


def write_moment(ns: int | None, visit: Visit, digits: int = 0) -> Markup:
    """Write a time as an element: local time shown, UTC in the tooltip."""
    if ns is None:
        return Markup("")
    utc = write_time(ns, digits=3)
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
        utc, utc[:-1].replace("T", " "), write_local(ns, visit, digits)
    )


def write_day(ns: int, visit: Visit) -> str:
    """Write the day of a time in the reader's zone."""
    return datetime.fromtimestamp(ns // SECOND_NS, visit.zone).strftime("%Y-%m-%d")


def write_ago(ns: int, visit: Visit) -> str:
    """Write how long ago a time was, roughly; only ever beside the time itself."""
    seconds = max(0, (visit.now_ns - ns) // SECOND_NS)
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= size:
            return visit.say(f"frame.ago_{unit}", count=seconds // size)
    return visit.say("frame.ago_now")


def write_span(ns: int, language: str) -> str:
    """Write a duration in a language: ``3 min 5 s``, ``3 分 5 秒``."""
    told = write_duration(ns)
    return _UNIT.sub(lambda found: _UNITS_ZH[found[0]], told) if language == "zh" else told


@pass_context
def _write_span(context: Context, ns: int) -> str:
    return write_span(ns, context["say"].language)


def write_zone(visit: Visit) -> str:
    """Write the zone that times are shown in: ``UTC+8``."""
    offset = datetime.fromtimestamp(visit.now_ns // SECOND_NS, UTC).astimezone(visit.zone).utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset else 0
    hours, rest = divmod(abs(minutes), 60)
    return "UTC" if not minutes else f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02d}" if rest else "")


def write_json(value: Any) -> str:
    """Write data for a script's eyes into an attribute; the template escapes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def write_segment(text: str) -> str:
    """Write a text as one segment of a path, whatever it holds."""
    return quote(text, safe="")


def quote_value(text: object) -> str:
    """Write a value so that a query takes it as it is: in quotes, unless it is a plain word."""
    written = str(text)
    if written and all(character.isalnum() or character in "_." for character in written) and written.isascii():
        return written if written.upper() not in ("AND", "OR", "NOT", "TO") else f'"{written}"'
    escaped = written.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


FILTERS: Mapping[str, Callable[..., Any]] = {
    "count": write_count,
    "size": write_size,
    "duration": _write_span,
    "moment": write_moment,
    "local": write_local,
    "day": write_day,
    "ago": write_ago,
    "json_text": write_json,
    "severity": name_severity,
    "shape": SHAPES.__getitem__,
    "segment": write_segment,
    "term": quote_value,
    "event_class": name_event_class,
    "zone": write_zone,
    "local_path": local_path,
}
"""Filters by their names in templates."""
