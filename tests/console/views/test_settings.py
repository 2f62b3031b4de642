"""What pages and the API show of settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.views.settings import list_settings, tell_value
from tests.support.consoles import Console, open_console
from tests.support.visits import make_visit
from wanglou.config import SETTINGS, load_settings


@pytest.fixture(scope="module")
def set_console(tmp_path_factory: pytest.TempPathFactory) -> tuple[Console, Path]:
    """Give a console whose settings come from a file."""
    folder = tmp_path_factory.mktemp("settings")
    file = folder / "wanglou.yaml"
    file.write_text("language: en\nconsole:\n  port: 9000\n  name: 示范\n", encoding="utf-8")
    said = load_settings(str(file), {"WANGLOU_CONSOLE_ZONE": "UTC"})
    with open_console(folder / "lake", said=said, port=9000) as opened:
        return opened, file


def test_each_value_tells_where_it_came_from(set_console: tuple[Console, Path]) -> None:
    """File and line, variable, or as it comes; what the file says by now is told beside it."""
    console, file = set_console
    visit = make_visit()
    visit.services = console.services
    rows = {row.key: row for row in list_settings(visit).rows}
    assert set(rows) == {one.key for one in SETTINGS}
    assert (rows["console.port"].origin, rows["console.port"].value) == ("file", "9000")
    assert rows["console.port"].where == f"{file}:3"
    assert (rows["console.zone"].origin, rows["console.zone"].where) == ("environment", "$WANGLOU_CONSOLE_ZONE")
    assert rows["console.burst"].origin == "default"
    assert list_settings(visit).pending == 0
    file.write_text("language: en\nconsole:\n  port: 9001\n  name: 示范\n", encoding="utf-8")
    changed = [row for row in list_settings(visit).rows if row.pending is not None]
    assert [(row.key, row.pending) for row in changed] == [("console.port", "9001")]
    file.write_text("languag: en\n", encoding="utf-8")
    assert len(list_settings(visit).faults) == 1
    file.write_text("language: en\nconsole:\n  port: 9000\n  name: 示范\n", encoding="utf-8")


def test_values_are_written_as_text() -> None:
    """Lists with spaces, nothing as nothing."""
    assert [tell_value(value) for value in (None, 5, ("a", "b"), Path("x"))] == ["", "5", "a b", "x"]
