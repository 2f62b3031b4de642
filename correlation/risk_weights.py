"""The weights of the risk figures: one YAML file that people edit, read with every fault at its line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from correlation.risk_facts import STATES
from wanglou.document import Document, Key, Reader, parse_documents, read_documents
from wanglou.errors import Fault, FaultsError
from wanglou.site import Name

SHIPPED = Path(__file__).with_name("risk_weights.yaml")
"""The weights that hold until others are taken into use."""
EXPOSURES = (
    "internet", "other_enterprise", "other_zone", "skipped_level", "remote_login", "open_control", "foreign_master",
    "calls_internet",
)  # fmt: skip
"""What can expose an asset."""
LEVELS = ("critical", "high", "medium", "low", "informational")
"""Levels of alerts (Sigma's)."""
CRITICALITIES = (1, 2, 3, 4, 5)
STATUSES = ("official", "local", "demo")
"""Where figures come from: an official text, a decision of the park, or a proposal of this program."""
MOST_POINTS = 95
"""Points one thing alone can give; 100 would leave no room for a second one."""
_SECTIONS = ("exposure", "threat", "handling", "vulnerability", "asset_value", "together")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the figures of one section come from."""

    status: str
    source: str


@dataclass(frozen=True, slots=True)
class Weights:
    """All weights; points are what one thing alone gives an asset whose factor is 1."""

    id: str
    version: int
    name: Name
    window_days: int
    exposure: Mapping[str, float]
    control_protocols: frozenset[str]
    remote_ports: frozenset[int]
    threat: float
    source_share: float
    repeat: float
    next_rule: float
    threat_half_life_days: float
    states: tuple[float, ...]
    """Share of an alert's strength by how it stands, in the order of ``STATES``."""
    handling: float
    hours: Mapping[str, float]
    handling_half_life_days: float
    vulnerability: Mapping[str, float]
    factors: Mapping[int, float]
    unknown: int
    enterprise: float
    park: float
    origins: Mapping[str, Origin]
    """By section."""
    text: str
    """The file as it was read."""

    @property
    def digest(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def status(self) -> str:
        """``demo`` where any section is; else ``local`` where any is; else ``official``."""
        found = {origin.status for origin in self.origins.values()}
        return max(found, key=STATUSES.index)


def load_weights(path: Path = SHIPPED) -> Weights:
    """Read a file of weights; raises ``FaultsError`` with every fault, each with its line."""
    documents, faults = read_documents(path)
    return _build(path, documents, faults, path.read_text(encoding="utf-8") if not faults else "")


def parse_weights(text: str, path: Path) -> Weights:
    """Read weights from a text; ``path`` names it in faults."""
    return _build(path, *parse_documents(path, text), text)


def _build(path: Path, documents: list[Document], faults: list[Fault], text: str) -> Weights:
    if not faults and (len(documents) != 1 or not isinstance(documents[0].value, dict)):
        faults = [Fault(path, 0, "weights are one YAML mapping with the keys id, version, " + ", ".join(_SECTIONS))]
    if faults:
        raise FaultsError("weights", faults)
    file = _WeightsFile(documents[0])
    weights = file.weights(text)
    if file.reader.faults:
        raise FaultsError("weights", file.reader.faults)
    return weights


class _WeightsFile:
    """One file of weights being read; what is wrong is noted and stands as 0."""

    def __init__(self, document: Document) -> None:
        self.reader = Reader(document)
        self.top: dict[str, Any] = document.value
        self.origins: dict[str, Origin] = {}

    def weights(self, text: str) -> Weights:
        reader, top = self.reader, self.top
        reader.check_keys(top, ("id", "version", "name", *_SECTIONS))
        exposure = self.section("exposure", "window_days", "points", "control_protocols", "remote_ports")
        threat = self.section("threat", "points", "source_share", "repeat", "next_rule", "half_life_days", "states")
        handling = self.section("handling", "points", "hours", "half_life_days")
        vulnerability = self.section("vulnerability", "points")
        value = self.section("asset_value", "factors", "unknown")
        together = self.section("together", "enterprise", "park")
        factors = self.table(value, CRITICALITIES, 1, "asset_value", "factors")
        self.check_order([factors[one] for one in CRITICALITIES], "asset_value", "factors", rising=True)
        return Weights(
            id=reader.text(top, "id", required=True),
            version=reader.integer(top, "version", 1, 10**6),
            name=self.name(),
            window_days=reader.integer(exposure, "window_days", 1, 400, "exposure", default=30),
            exposure=self.table(exposure, EXPOSURES, MOST_POINTS, "exposure", "points"),
            control_protocols=frozenset(reader.texts(exposure, "control_protocols", "exposure")),
            remote_ports=self.ports(exposure),
            threat=self.number(threat, "points", 0, MOST_POINTS, "threat"),
            source_share=self.number(threat, "source_share", 0, 1, "threat"),
            repeat=self.number(threat, "repeat", 0, 0.9, "threat"),
            next_rule=self.number(threat, "next_rule", 0, 0.9, "threat"),
            threat_half_life_days=self.number(threat, "half_life_days", 0.01, 10**5, "threat"),
            states=self.states(threat),
            handling=self.number(handling, "points", 0, MOST_POINTS, "handling"),
            hours=self.table(handling, LEVELS, 10**5, "handling", "hours", low=0.01),
            handling_half_life_days=self.number(handling, "half_life_days", 0.01, 10**5, "handling"),
            vulnerability=self.table(vulnerability, LEVELS[:4], MOST_POINTS, "vulnerability", "points"),
            factors=factors,
            unknown=reader.integer(value, "unknown", 1, 5, "asset_value"),
            enterprise=self.number(together, "enterprise", 0, 0.9, "together"),
            park=self.number(together, "park", 0, 0.9, "together"),
            origins=self.origins,
            text=text,
        )

    def section(self, name: str, *known: str) -> dict[str, Any]:
        """Take a section, and note where its figures come from."""
        section = self.reader.mapping(self.top, name, required=True)
        if not section:
            return section
        self.reader.check_keys(section, ("status", "source", *known), name)
        status = self.reader.text(section, "status", name, required=True)
        if status and status not in STATUSES:
            self.reader.fault(f"'status' must be one of {', '.join(STATUSES)}, not {status!r}", name, "status")
        source = self.reader.text(section, "source", name, required=True)
        self.origins[name] = Origin(status if status in STATUSES else "demo", source)
        return section

    def number(self, holder: Mapping[str, Any], key: str, low: float, high: float, *keys: Key) -> float:
        """Take a number of ``low`` to ``high``."""
        value = holder.get(key)
        if value is None:
            if holder or len(keys) > 1:
                self.reader.fault(f"{key!r} is missing", *keys, key)
        elif isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.reader.fault(f"{key!r} must be a number from {low:g} to {high:g}, not {value!r:.40}", *keys, key)
        else:
            return float(value)
        return low

    def table(
        self, section: Mapping[str, Any], keys: Iterable[Any], high: float, *place: str, low: float = 0
    ) -> dict[Any, float]:
        """Take a mapping with exactly these keys, each to a number."""
        names = list(keys)
        held = self.reader.mapping(section, place[-1], *place[:-1], required=bool(section))
        if not held:
            return dict.fromkeys(names, low)
        self.reader.check_keys(held, map(str, names), *place)
        return {name: self.number(held, str(name), low, high, *place) for name in names}

    def states(self, threat: Mapping[str, Any]) -> tuple[float, ...]:
        """Take the shares of how an alert stands; handling one never makes it count more."""
        found = self.table(threat, STATES, 1, "threat", "states")
        shares = [found[name] for name in STATES]
        self.check_order(shares, "threat", "states", rising=False)
        return tuple(shares)

    def check_order(self, values: list[float], *place: str, rising: bool) -> None:
        """Note values that do not go one way."""
        if values != sorted(values, reverse=not rising):
            self.reader.fault("the figures must " + ("rise" if rising else "fall") + " from first to last", *place)

    def ports(self, exposure: Mapping[str, Any]) -> frozenset[int]:
        """Take the ports of remote login."""
        kept = set()
        for index, port in enumerate(self.reader.items(exposure, "remote_ports", "exposure")):
            if isinstance(port, int) and not isinstance(port, bool) and 0 < port < 65_536:
                kept.add(port)
            else:
                self.reader.fault(f"{port!r} is no port", "exposure", "remote_ports", index)
        return frozenset(kept)

    def name(self) -> Name:
        """Take what people call it; the id stands in."""
        value = self.top.get("name", self.top.get("id", ""))
        if isinstance(value, str):
            return Name(value, value)
        named = self.reader.mapping(self.top, "name")
        self.reader.check_keys(named, ("zh", "en"), "name")
        texts = {key: self.reader.text(named, key, "name", required=True) for key in ("zh", "en")}
        return Name(texts["zh"], texts["en"])
