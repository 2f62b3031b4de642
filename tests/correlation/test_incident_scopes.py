"""Scopes, and how one is grouped."""

from __future__ import annotations

from correlation.decision import Decision
from correlation.incident_ledger import Kept
from correlation.incident_scopes import group_scope, make_scopes
from correlation.recording import Piece
from tests.support.alerts import READ, WRITE, make_alert, make_columns

ONE, TWO, FAR = "a" * 64, "b" * 64, "c" * 64


def make_piece(identity: str, at_ns: int) -> Piece:
    """Make a file of one moment."""
    return Piece(identity, f"{identity[0]}.pcap", "park", "chem", at_ns, at_ns + 10**10, at_ns, at_ns)


PIECES = [make_piece(ONE, 0), make_piece(TWO, 0), make_piece(FAR, 10**16)]


def test_scopes_are_parts_unless_decisions_cross_them() -> None:
    """A merge across files makes them one scope of two parts; one of files that are gone makes none."""
    assert [scope.captures for scope in make_scopes(PIECES, [])] == [[ONE], [TWO], [FAR]]
    kept = [Kept(1, Decision("merge", ("1",), ("2",), captures=(FAR, ONE))), Kept(2, Decision("split", ("3",)))]
    first, second = make_scopes(PIECES, kept)
    assert (first.name, first.parts, first.site, first.decisions) == (ONE, ((ONE,), (FAR,)), "park", (kept[0],))
    assert (second.name, second.decisions) == (TWO, ())
    assert make_scopes(PIECES[1:2], kept)[0].decisions == ()


def test_parts_of_a_scope_are_grouped_apart() -> None:
    """The same attacker in two files that have nothing to do with each other is two, but for what people joined."""
    alerts = [
        make_alert(READ, "10.0.0.9", "10.0.0.1", 1, capture=ONE),
        make_alert(WRITE, "10.0.0.9", "10.0.0.1", 2, capture=TWO),
        make_alert(WRITE, "10.0.0.8", "10.0.0.2", 2, capture=TWO),
    ]
    table = make_columns(alerts)
    assert [len(one.alerts) for one in group_scope(table)] == [2, 1]
    parts = [[ONE], [TWO]]
    assert [one.incident.captures for one in group_scope(table, parts=parts)] == [(ONE,), (TWO,), (TWO,)]
    merge = Decision("merge", (alerts[0]["event.id"],), (alerts[2]["event.id"],))
    merged = list(group_scope(table, (), [merge], parts))
    assert [one.incident.captures for one in merged] == [(ONE, TWO), (TWO,)]
