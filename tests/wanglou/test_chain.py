"""Verifying the audit: whatever is done to its rows is found, and the rows it was done to are named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.support.ledgers import add_notes, drop_guards, list_audit, open_notes, restore_guards, tampering
from tests.support.postgresql import Server
from wanglou.audit import AUDIT, HEAD, Head, digest_row
from wanglou.chain import Finding, Verdict, verify
from wanglou.errors import StoreError
from wanglou.ledger import Ledger

ROWS = 12
NUMBERS = st.integers(1, ROWS)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=70)
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    column.name: st.integers(-(1 << 63), (1 << 63) - 1)
    if column.name == "at_ns"
    else TEXTS | st.none()
    if column.nullable
    else TEXTS.map(lambda text: text[:64])
    for column in AUDIT.c
    if column.name != "seq"
}
FIELDS = st.sampled_from(sorted(COLUMNS)).flatmap(lambda name: st.tuples(st.just(name), COLUMNS[name]))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs_postgresql)])
def ledger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A ledger whose audit has ROWS rows; tests tamper with it in transactions that are not kept."""
    place: Path | str = tmp_path_factory.mktemp("chain") / "ledger.db"
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgresql")
        place = server.create_schema()
    ledger = open_notes(place)
    add_notes(ledger, "abcd")
    add_notes(ledger, "efghij")
    assert ledger.head().count == ROWS
    yield ledger
    ledger.close()


def rows_of(verdict: Verdict) -> list[int]:
    """Numbers of the rows that a verdict blames."""
    return [number for finding in verdict.findings for number in range(finding.first, finding.last + 1)]


def set_row(connection: sa.Connection, seq: int, /, **values: Any) -> None:
    """Change columns of a row."""
    connection.execute(sa.update(AUDIT).where(AUDIT.c.seq == seq).values(values))


def get_row(connection: sa.Connection, seq: int) -> dict[str, Any]:
    """Give a row by column."""
    return dict(connection.execute(sa.select(AUDIT).where(AUDIT.c.seq == seq)).mappings().one())


def forge(connection: sa.Connection, seq: int, **values: Any) -> None:
    """Change columns of a row and give it the digest that fits."""
    row = {**get_row(connection, seq), **values}
    set_row(connection, seq, **values, digest=digest_row(list(row.values())[:-1]))


def end(connection: sa.Connection) -> Head:
    """Number and digest of the last row."""
    row = connection.execute(sa.select(AUDIT.c.seq, AUDIT.c.digest).order_by(AUDIT.c.seq.desc()).limit(1)).one()
    return Head(*row)


def set_head(connection: sa.Connection, head: Head) -> None:
    """Change where the chain is said to end."""
    connection.execute(sa.update(HEAD).values(count=head.count, digest=head.digest))


def test_an_audit_as_it_was_written(ledger: Ledger) -> None:
    """Nothing is found, with the anchor and with a head kept earlier."""
    rows = list_audit(ledger)
    for kept in (None, *(Head(row.seq, row.digest) for row in rows), Head(-1, rows[4].digest)):
        assert ledger.verify(kept) == Verdict(ROWS, ledger.head(), [])


@given(NUMBERS, FIELDS)
@example(ROWS, ("digest", "0" * 64))
@example(1, ("previous", "1" * 64))
@example(3, ("before", ""))
def test_a_field_that_was_changed(ledger: Ledger, seq: int, field: tuple[str, Any]) -> None:
    """Any other value in any column of any row is found in that row and in no other."""
    with tampering(ledger) as connection:
        assume(get_row(connection, seq)[field[0]] != field[1])
        set_row(connection, seq, **dict([field]))
        assert verify(connection, None).findings == [Finding("changed", seq, seq)]


@given(
    NUMBERS, st.dictionaries(st.sampled_from(["actor", "after", "previous"]), TEXTS.map(lambda t: t[:64]), min_size=1)
)
@example(ROWS, {"previous": "x"})
@example(5, {"previous": "x", "actor": "y"})
def test_a_row_that_was_forged(ledger: Ledger, seq: int, values: dict[str, str]) -> None:
    """A row with the digest of what it was changed to is found: the next one, or the head, was chained to another."""
    with tampering(ledger) as connection:
        assume(any(get_row(connection, seq)[name] != value for name, value in values.items()))
        forge(connection, seq, **values)
        verdict = verify(connection, None)
    assert verdict.findings == [Finding("head" if seq == ROWS else "changed", seq, seq)]


@given(st.sets(NUMBERS, min_size=1))
@example({ROWS})
@example(set(range(1, ROWS + 1)))
def test_rows_that_were_removed(ledger: Ledger, gone: set[int]) -> None:
    """Exactly their numbers are missing, at the end too."""
    with tampering(ledger) as connection:
        connection.execute(sa.delete(AUDIT).where(AUDIT.c.seq.in_(gone)))
        verdict = verify(connection, None)
    assert rows_of(verdict) == sorted(gone)
    assert {finding.kind for finding in verdict.findings} == {"removed"}


@given(st.integers(0, ROWS - 1))
def test_rows_that_were_removed_with_the_head(ledger: Ledger, left: int) -> None:
    """A chain cut short, its head set back, is right in itself: the anchor and a head kept elsewhere find it."""
    head = ledger.head()
    with tampering(ledger) as connection:
        connection.execute(sa.delete(AUDIT).where(AUDIT.c.seq > left))
        set_head(connection, end(connection) if left else Head(0, "0" * 64))
        assert verify(connection, None).findings == []
        assert verify(connection, head).findings == [Finding("removed", left + 1, ROWS)]
        assert verify(connection, None, head).findings == [Finding("removed", left + 1, ROWS)]
        assert verify(connection, None, Head(-1, head.digest)).findings == [Finding("kept", 0, 0)]


@given(st.lists(NUMBERS, min_size=2, max_size=2, unique=True))
def test_rows_that_were_exchanged(ledger: Ledger, pair: Sequence[int]) -> None:
    """Two rows that changed places are both named, with the numbers they had."""
    first, second = sorted(pair)
    with tampering(ledger) as connection:
        rows = [get_row(connection, seq) for seq in (first, second)]
        for seq, row in zip((second, first), rows, strict=True):
            set_row(connection, seq, **{name: value for name, value in row.items() if name != "seq"})
        verdict = verify(connection, None)
    assert verdict.findings == [Finding("moved", first, first, second), Finding("moved", second, second, first)]


@given(st.permutations(range(1, ROWS + 1)))
def test_rows_in_another_order(ledger: Ledger, order: list[int]) -> None:
    """Every row that has another's number is named, and no other."""
    with tampering(ledger) as connection:
        rows = {seq: get_row(connection, seq) for seq in order}
        for seq, was in enumerate(order, 1):
            set_row(connection, seq, **{name: value for name, value in rows[was].items() if name != "seq"})
        verdict = verify(connection, None)
    assert rows_of(verdict) == [seq for seq, was in enumerate(order, 1) if seq != was]


@given(st.sampled_from([-5, 0, ROWS + 1, ROWS + 2, 1 << 40]), NUMBERS, st.booleans())
def test_a_row_that_was_added(ledger: Ledger, seq: int, like: int, fits: bool) -> None:
    """A row outside of the numbers is named, even one that is chained to the last as it should be."""
    with tampering(ledger) as connection:
        row = {**get_row(connection, like), "seq": seq}
        if fits:
            row["previous"] = end(connection).digest
            row["digest"] = digest_row(list(row.values())[:-1])
        connection.execute(sa.insert(AUDIT).values(row))
        verdict = verify(connection, ledger.head())
    assert verdict.findings == [Finding("added", seq, seq)]


@given(NUMBERS)
def test_a_row_that_was_put_between(ledger: Ledger, at: int) -> None:
    """It and all rows that made way for it are named, these with the numbers they had."""
    with tampering(ledger) as connection:
        for seq in range(ROWS, at - 1, -1):
            set_row(connection, seq, seq=seq + 1)
        row = {**get_row(connection, at + 1), "seq": at, "actor": "user:nobody"}
        connection.execute(sa.insert(AUDIT).values(row))
        set_head(connection, Head(ROWS + 1, ledger.head().digest))
        verdict = verify(connection, None)
    assert verdict.findings == [Finding("changed", at, at), Finding("moved", at + 1, ROWS + 1, at)]


@given(NUMBERS)
def test_a_chain_that_was_written_anew(ledger: Ledger, first: int) -> None:
    """All digests from a row on made to fit, and the head with them: only a head that was kept finds it."""
    kept = ledger.head()
    with tampering(ledger) as connection:
        previous = get_row(connection, first)["previous"]
        for seq in range(first, ROWS + 1):
            forge(connection, seq, previous=previous, actor="user:nobody")
            previous = get_row(connection, seq)["digest"]
        set_head(connection, end(connection))
        assert verify(connection, None).findings == []
        assert verify(connection, kept).findings == [Finding("anchor", ROWS, ROWS)]
        assert verify(connection, None, kept).findings == [Finding("kept", ROWS, ROWS)]


def test_a_head_that_is_gone(ledger: Ledger) -> None:
    """It is told, and the rows are looked at all the same."""
    with tampering(ledger) as connection:
        connection.execute(sa.delete(HEAD))
        set_row(connection, 4, actor="user:nobody")
        assert verify(connection, None).findings == [Finding("head_missing", 0, 0), Finding("changed", 4, 4)]


def test_rows_removed_after_a_changed_one(ledger: Ledger) -> None:
    """Findings stand side by side, by row."""
    with tampering(ledger) as connection:
        set_row(connection, 3, actor="user:nobody")
        set_row(connection, 4, actor="user:nobody")
        connection.execute(sa.delete(AUDIT).where(AUDIT.c.seq.in_([5, 9])))
        verdict = verify(connection, ledger.head())
    assert [(one.kind, one.first, one.last) for one in verdict.findings] == [
        ("changed", 3, 4), ("removed", 5, 5), ("removed", 9, 9),
    ]  # fmt: skip


EDITS = st.lists(
    st.tuples(st.sampled_from(["change", "forge", "remove", "renumber", "exchange"]), NUMBERS, NUMBERS, TEXTS),
    min_size=1,
    max_size=6,
)


def edit(connection: sa.Connection, what: str, seq: int, other: int, text: str) -> None:
    """Do one thing to one row, if it is there."""
    if connection.scalar(sa.select(AUDIT.c.seq).where(AUDIT.c.seq == seq)) is None:
        return
    if what == "change":
        set_row(connection, seq, actor=text)
    elif what == "forge":
        forge(connection, seq, actor=text)
    elif what == "remove":
        connection.execute(sa.delete(AUDIT).where(AUDIT.c.seq == seq))
    elif what == "renumber":
        set_row(connection, seq, seq=other + 100 * seq)
    elif connection.scalar(sa.select(AUDIT.c.seq).where(AUDIT.c.seq == other)) is not None:
        set_row(connection, seq, seq=0)
        set_row(connection, other, seq=seq)
        set_row(connection, 0, seq=other)


@given(EDITS)
def test_whatever_is_done_together_is_found(ledger: Ledger, edits: list[tuple[str, int, int, str]]) -> None:
    """A verdict is sound only where all rows are as they were, and blames at most one before the first that is not."""
    with tampering(ledger) as connection:
        chosen = sa.select(AUDIT).order_by(AUDIT.c.seq)
        before = connection.execute(chosen).all()
        for one in edits:
            edit(connection, *one)
        after = connection.execute(chosen).all()
        verdict = verify(connection, ledger.head())
    assert (verdict.findings == []) == (before == after)
    first = next((row.seq for row, now in zip(before, [*after, *before], strict=False) if row != now), ROWS + 1)
    assert not [number for number in rows_of(verdict) if number < first - 1]


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    """What SQLite keeps though it is no text cannot stop the verification; reading it says where to look."""
    ledger = open_notes(tmp_path / "ledger.db")
    add_notes(ledger, "ab")
    with ledger.transaction() as connection:
        drop_guards(connection)
        connection.exec_driver_sql("UPDATE audit SET actor = CAST(x'ff00' AS TEXT) WHERE seq = 3")
        connection.exec_driver_sql("UPDATE audit SET digest = x'ff' WHERE seq = 4")
        restore_guards(connection)
    assert ledger.verify().findings == [Finding("changed", 3, 4)]
    with pytest.raises(StoreError, match="decode") as caught:
        list_audit(ledger)
    assert "wanglou audit verify" in caught.value.do
    ledger.close()


def test_more_wrong_rows_than_are_kept(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded; what is beyond counts as changed."""
    monkeypatch.setattr("wanglou.chain._MOST_WRONG", 3)
    with tampering(ledger) as connection:
        connection.execute(sa.delete(AUDIT).where(AUDIT.c.seq == 5))
        for seq in range(6, ROWS + 1):
            set_row(connection, seq, seq=seq - 1)
        verdict = verify(connection, None)
    found = [("moved", 5, 7), ("changed", 8, ROWS - 1), ("removed", ROWS, ROWS)]
    assert [(one.kind, one.first, one.last) for one in verdict.findings] == found
