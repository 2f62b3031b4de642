"""The rules as pages show them: those of the files, what was decided about them, and what their cases did.

Loading them and running all their cases takes seconds of a processor, so both happen once. Cases run in a thread that
rests between rules, and what they did is kept beside the rules' cache for the next start.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

from correlation.store import Capture
from detection.cases import CaseResult, run_rule
from detection.preparation import prepare_rules
from detection.rule import SHIPPED, Rule, Ruleset
from detection.tuning import Decisions, tune_rules
from detection.tuning_ledger import RuleTuning
from wanglou.kernel_cache import cache_folder, digest_module, drop_oldest
from wanglou.ledger import Ledger
from wanglou.site import Site

REST_S = 0.1
"""Rest between the cases of two rules, so that pages go first."""
Counts = tuple[int, int]
"""Cases that did what the rule says, and all."""


class Reading(Protocol):
    """A store, or as much of one as somebody may see."""

    def captures(self) -> Sequence[Capture]:
        """List its captures."""


class RuleBook:
    """The rules of one park; safe for any number of threads."""

    def __init__(self, ledger: Ledger, folders: Sequence[Path], site: Site | None) -> None:
        """Read the shipped rules and those of ``folders`` when they are first asked for."""
        self._folders, self._site = (SHIPPED, *folders), site
        self._lock = threading.Lock()
        self._tuned: tuple[Decisions, Ruleset] | None = None
        self._thread: threading.Thread | None = None
        self.tuning = RuleTuning(ledger)

    @cached_property
    def written(self) -> Ruleset:
        """The rules as their files have them."""
        return prepare_rules(self._folders, self._site)

    @cached_property
    def by_name(self) -> Mapping[str, Rule]:
        """Rules that raise alerts, by name."""
        return {rule.name: rule for rule in self.written.rules if rule.facts is not None}

    def tuned(self) -> Ruleset:
        """Give the rules as they run now, by what was decided."""
        decisions = self.tuning.decisions()
        kept = self._tuned
        if kept is None or kept[0] != decisions:
            kept = self._tuned = decisions, tune_rules(self.written, decisions)
        return kept[1]

    def count_outdated(self, store: Reading) -> tuple[int, int]:
        """Count captures whose alerts other rules made than those that run now, and all that are whole."""
        whole = [one for one in store.captures() if one.is_complete]
        return sum(one.detection_digest != self.tuned().digest for one in whole), len(whole)

    def run(self, rule: Rule, ruleset: Ruleset | None = None) -> list[CaseResult]:
        """Run the cases of one rule, as its file has it or as it is in ``ruleset``."""
        given = ruleset or self.written
        results = list(run_rule(given, given.by_id[rule.id]))
        if given is self.written:
            self._results[rule.name] = (sum(one.is_right for one in results), len(results))
        return results

    def results(self) -> Mapping[str, Counts]:
        """Give what cases are known to have done, by rule; those that are not known yet begin to run."""
        with self._lock:
            waiting = self._thread is None and len(self._results) < len(self.by_name)
            if waiting:
                self._thread = threading.Thread(target=self._run_all, name="rule cases", daemon=True)
                self._thread.start()
        return dict(self._results)

    def wait(self, seconds: float) -> None:
        """Wait until cases that began to run are done."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _run_all(self) -> None:
        for rule in self.by_name.values():
            if rule.name not in self._results:
                self.run(rule)
                time.sleep(REST_S)
        self._keep()

    @cached_property
    def _path(self) -> Path:
        engine = digest_module("detection.cases")
        return cache_folder("cases") / f"{self.written.digest[:24]}-{engine[:16]}.json"

    @cached_property
    def _results(self) -> dict[str, Counts]:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            return {str(name): (int(right), int(every)) for name, (right, every) in kept.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _keep(self) -> None:
        """Keep the results; where that is not possible they are found anew after the next start."""
        with contextlib.suppress(OSError):
            self._path.write_text(json.dumps(self._results), encoding="utf-8")
            drop_oldest(self._path.parent)
