"""Rules that were loaded before."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from detection.preparation import prepare_rules
from detection.rule import SHIPPED
from detection.ruleset import load_rules
from wanglou import kernel_cache
from wanglou.errors import FaultsError

ROOT = Path(__file__).resolve().parents[2]
LOADED = """
import sys
from detection.preparation import prepare_rules
from detection.rule import SHIPPED
prepare_rules([SHIPPED], None)
print("sigma.rule" in sys.modules)
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of its own."""
    monkeypatch.setenv("WANGLOU_CACHE", str(tmp_path / "cache"))
    kernel_cache.cache_folder.cache_clear()
    yield tmp_path / "cache" / "rules"
    kernel_cache.cache_folder.cache_clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Some shipped rules in a folder of their own."""
    shutil.copytree(SHIPPED / "flow", tmp_path / "rules")
    return tmp_path / "rules"


def test_what_is_kept_is_what_was_loaded(folder: Path, cache: Path) -> None:
    """The second time the same rules come from the cache."""
    first, again = prepare_rules([folder], None), prepare_rules([folder], None)
    assert first == again == load_rules([folder], None)
    assert len(list(cache.iterdir())) == 1


def test_any_change_loads_anew(folder: Path, cache: Path) -> None:
    """A changed, added or removed file counts, and so does a fault in one."""
    prepare_rules([folder], None)
    path = next(folder.glob("*.yml"))
    path.write_text(path.read_text() + "# a remark\n")
    prepare_rules([folder], None)
    path.unlink()
    assert len(prepare_rules([folder], None).rules) < len(load_rules([SHIPPED / "flow"], None).rules)
    assert len(list(cache.iterdir())) == 3
    path.write_text("title: [")
    with pytest.raises(FaultsError):
        prepare_rules([folder], None)


def test_damaged_rules_are_loaded_again(folder: Path, cache: Path) -> None:
    """Bytes that are no rules are as good as none."""
    known = prepare_rules([folder], None)
    next(cache.iterdir()).write_bytes(b"damaged")
    assert prepare_rules([folder], None) == known


def test_known_rules_need_no_pysigma(cache: Path) -> None:
    """A second process does not load the rule parser."""
    environment = {**os.environ, "WANGLOU_CACHE": str(cache.parent)}
    seen = [
        subprocess.run(
            [sys.executable, "-c", LOADED], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        ).stdout.strip()
        for _ in range(2)
    ]
    assert seen == ["True", "False"]
