"""The weights of risk as a form: its figures by section, read back with every fault beside its field."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from console.refusal import Refused
from console.views.risk import find_day
from console.visit import Visit
from correlation.risk_ledger import drop_weights, load_used, use_weights
from correlation.risk_weights import Weights, load_weights, parse_weights
from wanglou.errors import FaultsError

SECTIONS = ("exposure", "threat", "handling", "vulnerability", "asset_value", "together")
LONGEST = 24
"""Characters of a figure that are read."""
_FILE = Path("weights")


@dataclass(frozen=True, slots=True)
class Knob:
    """One figure of the weights."""

    path: tuple[str, ...]
    """Keys from the section down."""
    value: float

    @property
    def name(self) -> str:
        """Name of its field: keys with dots between them."""
        return ".".join(self.path)

    @property
    def text(self) -> str:
        """The figure as a form has it."""
        return f"{self.value:g}"


@dataclass(frozen=True, slots=True)
class Section:
    """Figures of one section, and where they come from."""

    name: str
    status: str
    source: str
    knobs: Sequence[Knob]


@dataclass(frozen=True, slots=True)
class Used:
    """The weights in use."""

    weights: Weights
    is_shipped: bool
    is_newer: bool
    """True where the figures of the last assessed day were worked out with others."""

    @property
    def version(self) -> str:
        """Changes with the weights: the ETag."""
        return f'"{self.weights.digest[:16]}"'


def read_used(visit: Visit) -> Used:
    """Give the weights in use."""
    with visit.ledger.reading() as connection:
        day = find_day(connection)
        weights = load_used(connection, _site(visit, day.site if day else None))
    is_newer = day is not None and day.weights != weights.digest
    return Used(weights, weights.digest == load_weights().digest, is_newer)


def _site(visit: Visit, site: str | None) -> str:
    return visit.services.site.id if site is None else site


def list_sections(weights: Weights) -> list[Section]:
    """Give the figures of all sections."""
    told: Mapping[str, Any] = yaml.safe_load(weights.text)
    return [
        Section(name, weights.origins[name].status, weights.origins[name].source, list(_walk((name,), told[name])))
        for name in SECTIONS
    ]


def _walk(path: tuple[str, ...], held: Mapping[Any, Any]) -> Iterator[Knob]:
    for key, value in held.items():
        if isinstance(value, dict):
            yield from _walk((*path, str(key)), value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield Knob((*path, str(key)), float(value))


def change_weights(visit: Visit, given: Mapping[str, str], expected: str) -> tuple[Used, dict[str, str]]:
    """Take other figures into use; gives the weights in use then, and what is wrong by field, where nothing changed.

    Raises Refused (412) where others were taken into use since ``expected``.
    """
    used = read_used(visit)
    if expected not in ("*", used.version):
        raise Refused(412, reason="conflict")
    told = yaml.safe_load(used.weights.text)
    faults = _fill(told, used.weights, given, visit)
    if faults:
        return used, faults
    text = yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=120)
    try:
        made = parse_weights(text, _FILE)
    except FaultsError as error:
        return used, {_place(text, fault.line): fault.message for fault in error.faults}
    _use(visit, made, expected)
    return read_used(visit), {}


def reset_weights(visit: Visit, expected: str) -> Used:
    """Go back to the shipped weights; raises Refused (412) where others were taken into use since ``expected``."""
    if expected not in ("*", read_used(visit).version):
        raise Refused(412, reason="conflict")
    _use(visit, None, expected)
    return read_used(visit)


def _use(visit: Visit, made: Weights | None, expected: str) -> None:
    with visit.ledger.change(visit.actor) as change:
        day = find_day(change.connection)
        site = _site(visit, day.site if day else None)
        now = load_used(change.connection, site)
        if expected not in ("*", f'"{now.digest[:16]}"'):
            raise Refused(412, reason="conflict")
        if made is None:
            drop_weights(change, site)
        elif made.digest != now.digest:
            use_weights(change, site, made)


def _fill(told: dict[str, Any], weights: Weights, given: Mapping[str, str], visit: Visit) -> dict[str, str]:
    """Put figures in their places; sections that change are the park's decision from then on."""
    faults: dict[str, str] = {}
    before = copy.deepcopy(told)
    for knob in (knob for section in list_sections(weights) for knob in section.knobs):
        text = given.get(knob.name, knob.text).strip()
        try:
            number = float(text) if len(text) <= LONGEST else float("nan")
        except ValueError:
            number = float("nan")
        if number != number or abs(number) == float("inf"):  # noqa: PLR0124 - true of what is no number only
            faults[knob.name] = f"{text[:40]!r} is no number"
        elif number != knob.value:
            _put(told, knob.path, int(number) if number.is_integer() else number)
    for name in SECTIONS:
        if told[name] != before[name]:
            told[name] |= {"status": "local", "source": f"Set in the console by {visit.actor.name}."}
    if told != before:
        told["version"] = min(int(told["version"]) + 1, 10**6)
    return faults


def _put(told: dict[str, Any], path: Sequence[str], number: float) -> None:
    held: dict[Any, Any] = told
    for key in path[:-1]:
        held = held[key]
    names = {str(key): key for key in held}
    held[names[path[-1]]] = number


def _place(text: str, line: int) -> str:
    """Name the field at a line of the written weights; the section where the line has none."""
    path: list[tuple[int, str]] = []
    for row in text.splitlines()[: max(line, 1)]:
        key, colon, _ = row.partition(":")
        depth = len(key) - len(key.lstrip())
        if colon and key.strip() and not key.strip().startswith(("-", "'", '"')):
            path = [one for one in path if one[0] < depth] + [(depth, key.strip())]
    return ".".join(key for _, key in path)
