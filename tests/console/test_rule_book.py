"""The rules as pages show them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.rule_book import RuleBook
from detection.tuning import Exemption, Tuning
from detection.tuning_tables import TUNING
from tests.support.ledgers import ACTOR
from wanglou.ledger import Ledger


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RuleBook]:
    """The shipped rules over a new ledger; results of cases are kept in a folder of their own."""
    monkeypatch.setattr("console.rule_book.cache_folder", lambda _: tmp_path)
    monkeypatch.setattr("console.rule_book.REST_S", 0)
    with Ledger(tmp_path / "ledger.db", [TUNING], create=True) as ledger:
        yield RuleBook(ledger, (), None)


def test_it_holds_the_rules_that_raise_alerts(book: RuleBook) -> None:
    """Those that only feed others are not among them."""
    assert "flow_port_scan" in book.by_name
    assert "flow_port_scan_probe" not in book.by_name
    assert book.tuned() is book.written


def test_rules_follow_the_decisions(book: RuleBook) -> None:
    """At once, and back."""
    rule = book.by_name["flow_port_scan"]
    book.tuning.tune(rule, Tuning(rule.id, count=40), "why", ACTOR)
    tuned = book.tuned()
    assert book.tuned() is tuned
    assert tuned.digest != book.written.digest
    assert {one.is_right for one in book.run(rule)} == {True}
    assert [one.alerts for one in book.run(rule, tuned) if one.kind == "fires"] == [0]
    made = book.tuning.exempt(rule, Exemption("", "chem"), "why", ACTOR)
    assert book.tuned().digest != tuned.digest
    book.tuning.lift(rule.id, made.id, ACTOR)
    book.tuning.tune(rule, Tuning(rule.id), "back", ACTOR)
    assert book.tuned().digest == book.written.digest


def test_cases_run_once_and_are_kept(book: RuleBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a thread; a second book takes what the first found."""
    some = dict(list(book.by_name.items())[:5])
    book.__dict__["by_name"] = some
    assert book.results() == {}
    book.wait(60)
    found = book.results()
    assert set(found) == set(some)
    assert all(right == every > 0 for right, every in found.values())
    other = RuleBook.__new__(RuleBook)
    other.__dict__.update(written=book.written, by_name=some, _lock=book._lock, _thread=None)
    monkeypatch.setattr(other, "run", None)
    assert other.results() == found
    assert list(tmp_path.glob("*.json"))


def test_broken_results_are_found_anew(book: RuleBook) -> None:
    """Whatever the file holds."""
    for text in ("", "[]", "{", '{"a": 1}', '{"a": ["x", 1]}'):
        book._path.write_text(text, encoding="utf-8")
        book.__dict__.pop("_results", None)
        assert book._results == {}
