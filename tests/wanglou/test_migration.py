"""Versions of tables: declarations and revisions agree, and older ledgers are brought to the newest version."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import console.account_tables
import console.display_tables
import console.job_tables
import console.view_tables
import correlation.asset_ledger
import correlation.binding
import correlation.captures
import correlation.documents
import correlation.incident_tables
import correlation.manifest
import correlation.mirror_tables
import correlation.risk_ledger
import correlation.triage_tables
import detection.tuning_tables
from correlation.lake import Lake
from tests.support.lakes import make_identity
from tests.support.ledgers import ACTOR, list_audit, open_notes, start_adding
from tests.support.requirements import ROOT
from wanglou.component import LEDGER, Component
from wanglou.database import choose_database
from wanglou.errors import StoreError
from wanglou.ledger import Ledger
from wanglou.migration import _run_revisions

COMPONENTS = [
    LEDGER,
    correlation.manifest.LAKE,
    correlation.documents.DOCUMENTS,
    correlation.asset_ledger.ASSETS,
    correlation.incident_tables.INCIDENTS,
    correlation.triage_tables.TRIAGE,
    correlation.risk_ledger.RISK,
    console.account_tables.ACCOUNTS,
    console.display_tables.DISPLAYS,
    correlation.binding.BINDING,
    correlation.mirror_tables.MIRROR,
    console.job_tables.JOBS,
    detection.tuning_tables.TUNING,
    console.view_tables.VIEWS,
]
"""Every component of the product, its tables imported."""
OLD = Path(__file__).with_name("ledger_version_1.sql")
"""A ledger as it was before there was an audit, with one capture of two segments."""


def describe(connection: sa.Connection) -> dict[str, Any]:
    """What a database holds: tables with columns, keys and indexes, and triggers."""
    inspector = sa.inspect(connection)
    found: dict[str, Any] = {}
    for name in inspector.get_table_names():
        found[name] = (
            [(one["name"], str(one["type"]), one["nullable"], one["default"]) for one in inspector.get_columns(name)],
            inspector.get_pk_constraint(name)["constrained_columns"],
            sorted((one["constrained_columns"], one["referred_table"]) for one in inspector.get_foreign_keys(name)),
            sorted(one["column_names"] for one in inspector.get_unique_constraints(name)),
            sorted((one["name"], one["column_names"], one["unique"]) for one in inspector.get_indexes(name)),
        )
    triggers = "SELECT sql FROM sqlite_master WHERE type = 'trigger'"
    if connection.dialect.name == "postgresql":
        triggers = (
            "SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace"
        )
    found["triggers"] = sorted(connection.exec_driver_sql(triggers).scalars())
    return found


def make_tables(
    place: Path | str, component: Component, make: Callable[[sa.Connection], None]
) -> tuple[dict[str, Any], list[list[Any]]]:
    """Make tables in a transaction that is not kept; gives the schema and what is in each table."""
    engine = choose_database(place, create=True).engine
    try:
        with engine.connect() as connection, connection.begin() as transaction:
            make(connection)
            schema = describe(connection)
            rows = [[*connection.execute(sa.select(table))] for table in component.metadata.sorted_tables]
            transaction.rollback()
    finally:
        engine.dispose()
    return schema, rows


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
def test_revisions_lead_to_the_declaration(place: Path | str, tmp_path: Path, component: Component) -> None:
    """Tables that went through every version are those that a new ledger gets, with what is in them from the start."""
    second = tmp_path / "second.db" if isinstance(place, Path) else place
    declared = make_tables(place, component, component.metadata.create_all)
    revised = make_tables(second, component, lambda connection: _run_revisions(connection, component, 0))
    assert declared == revised
    assert set(declared[0]) == {*component.metadata.tables, "triggers"}


def test_every_version_has_its_revision() -> None:
    """Files are named for component and version, without a gap, up to the newest; and no file is of no component."""
    found = {
        str(path.relative_to(ROOT).with_suffix("")).replace("/", ".")
        for path in ROOT.glob("*/migrations/*.py")
        if path.name != "__init__.py"
    }
    assert found == {
        f"{component.migrations}.{component.revision(version)}"
        for component in COMPONENTS
        for version in range(1, component.version + 1)
    }


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Folder of a lake whose ledger is of version 1."""
    connection = sqlite3.connect(tmp_path / "ledger.db")
    connection.executescript(OLD.read_text())
    connection.close()
    return tmp_path


def test_a_lake_of_before_the_audit(old: Path) -> None:
    """Reading it migrates its ledger, captures and segments stay, and the migration is the first row of the audit."""
    with Lake(old) as lake:
        (capture,) = lake.captures()
        assert (capture.record.identity, capture.rows) == (make_identity("a", "chem"), {"flow": 2, "modbus": 10})
        rows = list_audit(lake._ledger())
        assert [(row.action, row.subject, row.before, row.after) for row in rows] == [
            ("component.migrated", "ledger", '{"version":1}', '{"version":2}'),
            ("component.migrated", "lake", '{"version":1}', '{"version":4}'),
            ("component.created", "documents", None, '{"version":1}'),
        ]
        assert lake._ledger().verify().findings == []
        with lake._ledger().reading() as connection:
            migrated = describe(connection)
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    (old / "new").mkdir()
    new = Ledger(old / "new" / "ledger.db", [correlation.manifest.LAKE, correlation.documents.DOCUMENTS], create=True)
    with new.reading() as connection:
        assert describe(connection) == migrated
    new.close()


def test_processes_that_migrate_at_once(old: Path) -> None:
    """One of them does, once; the others wait and go on."""
    adding = [start_adding(old / "ledger.db", name, 1, 1) for name in "abc"]
    assert [process.communicate()[0] for process in adding] == ["1\n"] * 3
    ledger = open_notes(old / "ledger.db", create=False)
    assert [row.action for row in list_audit(ledger)].count("component.migrated") == 1
    assert ledger.verify().findings == []
    ledger.close()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Folder of a package of revisions, importable as ``revisions_of_a_test``."""
    folder = tmp_path / "revisions_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    sys.modules.pop(folder.name, None)


def write_revision(package: Path, version: int, *lines: str) -> None:
    """Write the revision of tasks that makes ``version``."""
    down = None if version == 1 else f"tasks_{version - 1:04d}"
    body = "\n    ".join(lines)
    (package / f"tasks_{version:04d}.py").write_text(
        f"import sqlalchemy as sa\nfrom alembic import op\n\nrevision = 'tasks_{version:04d}'\n"
        f"down_revision = {down!r}\n\n\ndef upgrade():\n    {body}\n"
    )


def declare(version: int, *columns: sa.Column[Any]) -> Component:
    """Declare tasks in a version."""
    component = Component("tasks", version, "revisions_of_a_test")
    key = sa.Column("id", sa.Integer, primary_key=True)
    table = sa.Table("tasks", component.metadata, key, sa.Column("of", sa.ForeignKey("tasks.id")), *columns)
    assert table is not None
    return component


def test_rows_go_through_the_versions(place: Path | str, package: Path) -> None:
    """A table that is rebuilt keeps its rows and its references; several versions are gone through in one opening."""
    write_revision(package, 1, "pass")
    write_revision(
        package, 2, "with op.batch_alter_table('tasks') as tasks:",
        "    tasks.add_column(sa.Column('state', sa.String(9), nullable=False, server_default='open'))",
    )  # fmt: skip
    write_revision(package, 3, "op.execute(\"UPDATE tasks SET state = 'done' WHERE id = 1\")")
    first = Ledger(place, [declare(1)], create=True)
    with first.transaction() as connection:
        connection.exec_driver_sql("INSERT INTO tasks VALUES (1, NULL), (2, 1)")
    first.close()
    column = sa.Column("state", sa.String(9), nullable=False, server_default="open")
    second = Ledger(place, [declare(3, column)])
    with second.reading() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM tasks ORDER BY id").all()
    assert [tuple(row) for row in rows] == [(1, None, "done"), (2, 1, "open")]
    row = list_audit(second)[-1]
    assert (row.action, row.before, row.after) == ("component.migrated", '{"version":1}', '{"version":3}')
    second.close()


@pytest.mark.parametrize("fault", ["raise RuntimeError('fault')", "op.execute('UPDATE tasks SET of = 99')"])
def test_a_migration_that_fails(place: Path | str, package: Path, fault: str) -> None:
    """Nothing of it is kept, its earlier steps neither, and the ledger can be used as before."""
    write_revision(package, 1, "pass")
    write_revision(package, 2, "op.create_table('extra', sa.Column('id', sa.Integer, primary_key=True))", fault)
    first = Ledger(place, [declare(1)], create=True)
    with first.transaction() as connection:
        connection.exec_driver_sql("INSERT INTO tasks VALUES (1, NULL)")
    first.close()
    with pytest.raises((RuntimeError, StoreError, sa.exc.IntegrityError)):
        Ledger(place, [declare(2)])
    again = Ledger(place, [declare(1)])
    with again.change(ACTOR) as change:
        assert change.connection.exec_driver_sql("SELECT * FROM tasks").all() == [(1, None)]
        assert not sa.inspect(change.connection).has_table("extra")
    assert again.verify().findings == []
    again.close()


def test_revisions_do_not_lean_on_the_declaration() -> None:
    """A revision imports nothing of the product: it stays as it is while the declaration goes on."""
    for path in ROOT.glob("*/migrations/*_[0-9]*.py"):
        roots = set(re.findall(r"^(?:from|import) ([a-z_]+)", path.read_text(), re.MULTILINE))
        assert roots - sys.stdlib_module_names <= {"sqlalchemy", "alembic"}, path
