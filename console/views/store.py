"""The store as pages and the API show it: what it holds, what it takes, what a look at it found, what goes when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, cast

from console.views.captures import Keeping, tell_keeping
from console.visit import Visit
from correlation.finding import Finding, Grade
from correlation.opening import find_folder
from correlation.store import DiskUsage
from wanglou.errors import StoreError
from wanglou.languages import load_catalogue
from wanglou.sentences import find_sentence

if TYPE_CHECKING:
    from correlation.elastic import Elastic
    from correlation.lake import Lake

BADGES: Mapping[Grade, str] = {"fine": "done", "warning": "waiting", "wrong": "failed"}
"""Kind of the badge of each grade."""
SECOND_NS = 10**9


@dataclass(frozen=True, slots=True)
class Look:
    """One thing that was looked at, in the reader's language as far as it is known."""

    finding: Finding
    subject: str
    what: str
    """Empty where it is known in English only."""
    do: str


@dataclass(frozen=True, slots=True)
class Due:
    """What goes at the next expiry by age."""

    before: str
    """The first day that stays."""
    days: int
    records: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class StoreState:
    """What the store holds."""

    kind: Literal["lake", "cluster"]
    captures: int
    rows: Sequence[tuple[str, int]]
    """Records by dataset, the most first."""
    start_ns: int | None
    """Time of the first record."""
    end_ns: int | None
    usage: DiskUsage | None
    """None where it cannot be measured just now."""
    keeping: Keeping
    looks: Sequence[Look]
    due: Due | None
    """None where records are not kept for days, or nothing is due."""

    @property
    def records(self) -> int:
        """All records."""
        return sum(count for _, count in self.rows)

    @property
    def grade(self) -> Grade:
        """The worst that was found."""
        grades = {look.finding.grade for look in self.looks}
        return "wrong" if "wrong" in grades else "warning" if "warning" in grades else "fine"


def read_store(visit: Visit) -> StoreState:
    """Look at the store; what it cannot tell just now is a finding."""
    captures = visit.store.captures()
    rows: Counter[str] = Counter()
    for one in captures:
        rows.update(one.rows)
    keeping = tell_keeping(visit)
    usage: DiskUsage | None = None
    findings: list[Finding] = []
    try:
        findings.extend(cast("Lake | Elastic", visit.services.store).check())
        usage = visit.store.disk_usage()
    except StoreError as error:
        findings.append(Finding("health", "wrong", error.what, error.do))
    return StoreState(
        kind="cluster" if find_folder(visit.services.settings.store) is None else "lake",
        captures=len(captures),
        rows=sorted(rows.items(), key=lambda row: (-row[1], row[0])),
        start_ns=min((one.min_ns for one in captures if one.min_ns is not None), default=None),
        end_ns=max((one.max_ns for one in captures if one.max_ns is not None), default=None),
        usage=usage,
        keeping=keeping,
        looks=[_tell(visit, finding) for finding in findings],
        due=_find_due(visit, keeping.days),
    )


def _tell(visit: Visit, finding: Finding) -> Look:
    subject = load_catalogue(visit.language).find(f"store.subject.{finding.subject}") or finding.subject
    if visit.language == "en":
        return Look(finding, subject, finding.what, finding.do)
    return Look(finding, subject, find_sentence(finding.what, "zh"), find_sentence(finding.do, "zh"))


def _find_due(visit: Visit, days: int | None) -> Due | None:
    if days is None:
        return None
    before = datetime.fromtimestamp(visit.now_ns // SECOND_NS, UTC).date() - timedelta(days=days)
    gone = visit.services.store.expire_older(before, dry_run=True)
    records = sum(sum(day.rows.values()) for day in gone)
    return Due(before.isoformat(), len(gone), records, sum(day.size_bytes for day in gone)) if gone else None
