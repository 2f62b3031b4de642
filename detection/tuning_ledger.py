"""Decisions about rules in the ledger: each with its reason, audited, and read by whoever runs rules.

``read_decisions`` is what a replay asks of a ledger that may not be there yet; ``RuleTuning`` is what people change.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from detection.rule import Rule
from detection.tuning import Decisions, Exemption, Tuning, check_tuning, write_network
from detection.tuning_tables import RULE_EXEMPTIONS, RULE_TUNINGS, TUNING
from wanglou.audit import Actor
from wanglou.errors import ConflictError, UsageError
from wanglou.ledger import Ledger
from wanglou.migration import read_versions

MOST_EXEMPTIONS = 200
"""Exemptions of one rule; each adds a test to its condition."""
LONGEST_REASON = 1_000
_DECIDED = ("is_enabled", "severity", "count", "timespan_ns", "bound")
"""What is decided about a rule, as columns."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about one rule, why, and how often that changed."""

    tuning: Tuning
    reason: str = ""
    version: int = 0
    """Counts the changes; 0 for a rule that nobody touched."""


@dataclass(frozen=True, slots=True)
class Exempted:
    """One exemption as it is kept."""

    id: str
    exemption: Exemption
    reason: str


def read_decisions(place: Path | str) -> Decisions:
    """Read what was decided in the ledger at ``place``; nothing where there is none yet, or none with rules.

    Raises StoreError where it cannot be read: alerts must not be made as if nothing had been decided.
    """
    if isinstance(place, Path) and not place.exists():
        return Decisions()
    with Ledger(place, (), create=True) as ledger, ledger.reading() as connection:
        version = (read_versions(connection) or {}).get(TUNING.name, 0)
        if version in (0, TUNING.version):
            return _read(connection) if version else Decisions()
    with Ledger(place, (TUNING,)) as ledger:  # brings older tables up, and refuses newer ones
        return RuleTuning(ledger).decisions()


def _read(connection: sa.Connection) -> Decisions:
    tunings = [_tuning(row) for row in connection.execute(sa.select(RULE_TUNINGS)).mappings()]
    exemptions = [_exemption(row) for row in connection.execute(sa.select(RULE_EXEMPTIONS)).mappings()]
    return Decisions(tunings, exemptions)


class RuleTuning:
    """The decisions in one ledger, opened with the component TUNING."""

    def __init__(self, ledger: Ledger, site: str = "") -> None:
        """Keep what belongs to ``site``."""
        self._ledger, self._site = ledger, site

    def decisions(self) -> Decisions:
        """Give all that was decided."""
        with self._ledger.reading() as connection:
            return _read(connection)

    def find(self, rule: str) -> Decided:
        """Give what was decided about the rule of that id."""
        with self._ledger.reading() as connection:
            row = connection.execute(sa.select(RULE_TUNINGS).filter_by(rule=rule)).mappings().first()
        return Decided(Tuning(rule)) if row is None else Decided(_tuning(row), row["reason"], row["version"])

    def tune(self, rule: Rule, tuning: Tuning, reason: str, actor: Actor, *, expected: int | None = None) -> Decided:
        """Decide about a rule; with ``expected`` only over that version.

        Raises UsageError for what the rule does not declare and where no reason is given, ConflictError where another
        decided meanwhile.
        """
        check_tuning(rule, tuning)
        why = _check_reason(reason)
        values = {name: getattr(tuning, name) for name in _DECIDED} | {"name": rule.name, "reason": why}
        key = {"rule": rule.id}
        with self._ledger.change(actor) as change:
            row = change.connection.execute(sa.select(RULE_TUNINGS).filter_by(**key)).mappings().first()
            version = row["version"] if row else 0
            if expected is not None and expected != version:
                raise ConflictError(f"{rule.name} was changed meanwhile", do="read it again, then decide")
            if row is None:
                change.insert(RULE_TUNINGS, {**key, "site": self._site, **values, "version": 1}, action="tuned")
            else:
                change.update(RULE_TUNINGS, key, {**values, "version": version + 1}, action="tuned")
        return self.find(rule.id)

    def exemptions(self, rule: str, enterprises: frozenset[str] | None = None) -> Sequence[Exempted]:
        """List a rule's exemptions; of some enterprises only, those that name one of them."""
        chosen = sa.select(RULE_EXEMPTIONS).filter_by(rule=rule)
        if enterprises is not None:
            chosen = chosen.where(RULE_EXEMPTIONS.c.enterprise.in_(sorted(enterprises)))
        chosen = chosen.order_by(RULE_EXEMPTIONS.c.enterprise, RULE_EXEMPTIONS.c.id)
        with self._ledger.reading() as connection:
            rows = connection.execute(chosen).mappings().all()
        return [Exempted(row["id"], _exemption(row), row["reason"]) for row in rows]

    def exempt(self, rule: Rule, exemption: Exemption, reason: str, actor: Actor) -> Exempted:
        """Let a rule not look at some traffic; raises UsageError where nothing is named, or no reason is given."""
        told = Exemption(rule.id, exemption.enterprise.strip(), *map(_tidy, (exemption.source, exemption.destination)))
        if not (told.enterprise or told.source or told.destination):
            raise UsageError("an exemption needs an enterprise or an address", do="name one, or switch the rule off")
        if len(self.exemptions(rule.id)) >= MOST_EXEMPTIONS:
            raise UsageError(f"{rule.name} has {MOST_EXEMPTIONS} exemptions", do="lift some, or switch the rule off")
        made = Exempted(f"exemption-{secrets.token_hex(6)}", told, _check_reason(reason))
        values = {"enterprise": told.enterprise, "source": told.source, "destination": told.destination}
        row = {"id": made.id, "rule": rule.id, "site": self._site, **values, "reason": made.reason}
        with self._ledger.change(actor) as change:
            change.insert(RULE_EXEMPTIONS, row)
        return made

    def lift(self, rule: str, identity: str, actor: Actor) -> Exempted:
        """End an exemption; raises UsageError where the rule has none of that id."""
        found = next((one for one in self.exemptions(rule) if one.id == identity), None)
        if found is None:
            raise UsageError(f"no exemption {identity[:60]!r}", do="it may be lifted already")
        with self._ledger.change(actor) as change:
            change.delete(RULE_EXEMPTIONS, {"id": identity}, action="lifted")
        return found


def _check_reason(reason: str) -> str:
    told = reason.strip()
    if not told:
        raise UsageError("a decision about a rule needs a reason", do="say why")
    if len(told) > LONGEST_REASON:
        raise UsageError(f"the reason has {len(told)} characters", do=f"give at most {LONGEST_REASON}")
    return told


def _tidy(text: str) -> str:
    return write_network(text) if text.strip() else ""


def _tuning(row: Mapping[Any, Any]) -> Tuning:
    return Tuning(row["rule"], **{name: row[name] for name in _DECIDED})


def _exemption(row: Mapping[Any, Any]) -> Exemption:
    return Exemption(*(row[name] for name in ("rule", "enterprise", "source", "destination")))
