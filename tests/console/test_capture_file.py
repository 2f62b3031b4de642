"""Where the files of captures lie."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from console.capture_file import find_capture_file
from tests.support.consoles import Console
from tests.support.hunting import find_newest


def test_a_file_is_found_by_its_bytes_only(console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Among the bundled captures by name; another file of that name, or none, is not taken."""
    state = console.services.store.state(str(find_newest(console)[0]["wanglou.capture"]))
    assert state is not None
    uploads, ledger = console.services.backstage.uploads, console.services.ledger
    assert find_capture_file(ledger, uploads, state.record) is not None
    monkeypatch.setattr("console.capture_file.captures_folder", lambda: tmp_path)
    assert find_capture_file(ledger, uploads, state.record) is None
    (tmp_path / state.record.name).write_bytes(bytes(state.record.size_bytes))
    assert find_capture_file(ledger, uploads, state.record) is None
    strange = replace(state.record, name="\0", identity="x")
    assert find_capture_file(ledger, uploads, strange) is None
