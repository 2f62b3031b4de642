"""The catalogues: complete, alike, and chosen as POSIX says."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest
import yaml

from wanglou import languages
from wanglou.document import read_documents
from wanglou.errors import UsageError
from wanglou.languages import LANGUAGES, Catalogue, Language, choose_language, load_catalogue, parse_language

FOLDER = Path(__file__).resolve().parents[2] / "wanglou"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def names(text: str) -> set[str]:
    """Names that a text has filled in."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_catalogues_hold_the_same_keys() -> None:
    """What is said in one language is said in every other."""
    keys = {language: set(load_catalogue(language).texts) for language in LANGUAGES}
    assert keys["en"] == keys["zh"]


def test_texts_fill_in_the_same_names() -> None:
    """A number or a name that one language tells, the other tells too."""
    en, zh = load_catalogue("en").texts, load_catalogue("zh").texts
    assert {key for key in en if names(en[key]) != names(zh[key])} == set()


def test_no_text_is_empty() -> None:
    """Every key has something to say in both languages."""
    assert [
        (one, key) for one in LANGUAGES for key, text in load_catalogue(one).texts.items() if not text.strip()
    ] == []


def test_chinese_texts_are_chinese_and_english_ones_are_not() -> None:
    """Only examples, and words that are the same in both, hold no Chinese; English holds none but the name 望楼."""
    alike = {key for key, text in load_catalogue("zh").texts.items() if not CHINESE.search(text)}
    assert {key for key in alike if not key.endswith(".example")} == {"column.attack", "store.comma"}
    english = {key for key, text in load_catalogue("en").texts.items() if CHINESE.search(text.replace("望楼", ""))}
    assert english == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_files_have_no_key_twice(language: Language) -> None:
    """A later text cannot hide an earlier one of the same key."""
    assert read_documents(FOLDER / "messages" / f"{language}.yaml")[1] == []


def test_every_text_asked_for_by_its_full_key_exists() -> None:
    """Keys that the commands write out are in the catalogues."""
    texts = load_catalogue("en").texts
    missing = []
    for path in [FOLDER / "cli.py", *(FOLDER / "commands").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                key = node.args[0].value
                if called in ("say", "tell", "note", "head") and key not in texts:
                    missing.append((path.name, key))
    assert missing == []


def test_values_are_filled_in_as_they_are() -> None:
    """A value that looks like a name in braces is not filled in again."""
    assert load_catalogue("en")("capture.confirm", name="{records}", records=5) == "Delete 5 records of {records}?"


def test_unknown_key_is_an_error_of_the_program() -> None:
    """A key that no catalogue holds is not printed in silence."""
    with pytest.raises(KeyError):
        load_catalogue("en")("no.such.key")
    assert load_catalogue("en").find("no.such.key") is None


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        ({"LANG": "C"}, "en"),
    ],
)
def test_the_locale_chooses(environment: dict[str, str], language: Language) -> None:
    """LC_ALL comes before LC_MESSAGES, that before LANG, and an empty one counts as absent."""
    assert choose_language(environment) == language


def test_languages_are_named_in_any_case() -> None:
    """``ZH`` is ``zh``; what is not spoken is wrong use."""
    assert parse_language("ZH") == "zh"
    with pytest.raises(UsageError, match="'fr' is not spoken"):
        parse_language("fr")


def test_catalogues_are_yaml_of_texts_only() -> None:
    """No key is read as a truth value or a number, which would hide it."""

    def keys(tree: object) -> list[object]:
        return [*tree, *(key for below in tree.values() for key in keys(below))] if isinstance(tree, dict) else []

    for language in LANGUAGES:
        tree = yaml.safe_load((FOLDER / "messages" / f"{language}.yaml").read_text(encoding="utf-8"))
        assert {type(key) for key in keys(tree)} == {str}


def test_texts_are_kept_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later process takes the same texts from the cache; what is damaged there is parsed again."""
    monkeypatch.setattr(languages, "cache_folder", lambda _part: tmp_path)
    texts = [load_catalogue.__wrapped__("zh").texts for _ in range(2)]
    assert texts[0] == texts[1] == load_catalogue("zh").texts
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(b"[1]")
    assert load_catalogue.__wrapped__("zh").texts == texts[0]
    kept.write_bytes(b"\xff")
    with monkeypatch.context() as patch:
        patch.setattr(languages, "_parse", lambda _content: {"key": "again"})
        assert load_catalogue.__wrapped__("zh").texts == {"key": "again"}


def test_a_count_chooses_the_word() -> None:
    """One is one; numbers come as they are written, with their separators; texts without a choice are as before."""
    say = Catalogue("en", {"a": "{n} {n:alert is|alerts are} here", "b": "{n} here", "c": "plain|text {n}"})
    assert [say("a", n=count) for count in (0, 1, "1", "1,001")] == [
        "0 alerts are here", "1 alert is here", "1 alert is here", "1,001 alerts are here",
    ]  # fmt: skip
    assert (say("b", n=1), say("c")) == ("1 here", "plain|text {n}")


def test_no_english_message_says_one_things() -> None:
    """What a number counts is chosen by it."""
    loose = re.compile(r"\{(\w+)\} (alerts|assets|captures|changes|documents|files|incidents|records|rows|rules)\b")
    assert [key for key, text in load_catalogue("en").texts.items() if loose.search(text)] == []
