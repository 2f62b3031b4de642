"""What the console says: complete in both languages, every text used, none missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from console.texts import FOLDER, list_made_up, load_texts, read_folder
from tests.support.requirements import ROOT
from wanglou.document import read_documents
from wanglou.errors import FaultsError

MADE_UP = list_made_up()
USED = re.compile(r"""say(?:\.find)?\(\s*f?["']([a-z_]+\.[a-z0-9_.]+)["']""")
NAMED = re.compile(r"""["']([a-z_]+\.[a-z0-9_]+)["']""")


def sources() -> list[Path]:
    """Code and templates of the console."""
    return [*(ROOT / "console").rglob("*.py"), *(ROOT / "console" / "templates").rglob("*.html")]


def test_both_languages_say_the_same_things() -> None:
    """The same keys, and the same names to fill in."""
    zh, en = load_texts("zh").texts, load_texts("en").texts
    assert set(zh) == set(en)
    places = re.compile(r"\{(\w+)\}")
    assert {key for key in zh if set(places.findall(zh[key])) != set(places.findall(en[key]))} == set()


def test_chinese_is_chinese_and_english_is_english() -> None:
    """No text of one language stands where the other should."""
    zh, en = load_texts("zh").texts, load_texts("en").texts
    assert {key: text for key, text in en.items() if re.search(r"[\u4e00-\u9fff]", text)} == {}
    assert {key: text for key, text in zh.items() if not re.search(r"[\u4e00-\u9fff]", text)} == {}


def test_every_text_that_is_asked_for_is_there() -> None:
    """Keys that stand in code and templates as they are."""
    known = set(load_texts("en").texts)
    asked = {key for path in sources() for key in USED.findall(path.read_text(encoding="utf-8"))}
    assert {key for key in asked if key not in known and not key.startswith(MADE_UP)} == set()


def test_every_text_is_used() -> None:
    """A key stands somewhere, or begins as those that are put together."""
    named = {key for path in sources() for key in NAMED.findall(path.read_text(encoding="utf-8"))}
    assert {key for key in load_texts("en").texts if key not in named and not key.startswith(MADE_UP)} == set()


def test_faults_of_a_file_are_all_told(tmp_path: Path) -> None:
    """A missing language, a key of another subject, an empty text."""
    (tmp_path / "alerts.yaml").write_text("alerts.a: {zh: x}\nassets.b: {zh: x, en: y}\nalerts.c: {zh: '', en: y}\n")
    with pytest.raises(FaultsError) as caught:
        read_folder(tmp_path)
    assert len(caught.value.faults) == 3
    assert FOLDER.is_dir()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_files_have_no_key_twice(path: Path) -> None:
    """A later text cannot hide an earlier one of the same key."""
    assert read_documents(path)[1] == []
