"""Every page speaks the reader's language: no key instead of words, no word of the other language, no page without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser

import pytest

from console.routing import API_PREFIX, Declared
from console.texts import load_texts
from parsers.schema import DATASETS
from tests.support.accounts import ADMIN
from tests.support.consoles import EVER, Console
from tests.support.routes import PLACE, fill, list_ids, routes
from wanglou.languages import Language

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SENTENCE = re.compile(r"^(?=.*[a-z])(?:[A-Za-z',]+[ ,]+){3,}[A-Za-z']+[.:]?$")
"""Four words or more, and nothing else."""
WITHIN = re.compile(r"(?<![\w./:-])[a-z']{2,}(?: [a-z']{2,}){2,}(?![\w./:-])")
"""Three English words in a row, also amid Chinese; names have capitals, or no spaces."""
COMMAND = re.compile(r"\bwanglou(?: [a-z-]+)+")
VOID = frozenset({"input", "meta", "link", "br", "img", "hr", "use", "path", "col", "source"})
SAID = ("title", "aria-label", "placeholder", "alt", "data-label")
"""Attributes that are read to people."""
ROLES = ("park_admin", "analyst", "auditor", "enterprise_user", "leader")


class Words(HTMLParser):
    """Texts of a page that people read, without data: what is marked as code, as not to be translated, or as Chinese.

    What is only marked as English is read: a Chinese page has no such words but names. ``has_articles`` leaves it out:
    the documentation is shown in the language that it is written in.
    """

    def __init__(self, *, has_articles: bool = False) -> None:
        """Begin with none."""
        super().__init__()
        self._unread = ("en",) if has_articles else ()
        self.found: list[str] = []
        self._silent: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what attributes say, and whether what is below is data."""
        given = {name: value or "" for name, value in attrs}
        is_data = (
            tag in ("script", "style", "code", "pre", "kbd", "datalist", "textarea")
            or given.get("translate") == "no"
            or (tag != "html" and "lang" in given and given["lang"] in ("zh", "zh-CN", *self._unread))
            or "mono" in given.get("class", "").split()
        )
        is_silent = is_data or any(self._silent[-1:])
        if tag not in VOID:
            self._silent.append(is_silent)
        if not is_silent:
            self.found += [given[name] for name in SAID if given.get(name)]

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        if tag not in VOID and self._silent:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        if not any(self._silent[-1:]) and data.strip():
            self.found.append(" ".join(data.split()))


def is_english(text: str) -> bool:
    """Tell whether a text of a Chinese page holds English sentences or parts of them, beside names and commands."""
    if set(re.split(", ?", text)) <= set(DATASETS):
        return False
    return bool(SENTENCE.match(text) or WITHIN.search(COMMAND.sub("", text)))


def read_words(text: str, *, has_articles: bool = False) -> list[str]:
    """Give the texts of a page."""
    reader = Words(has_articles=has_articles)
    reader.feed(text)
    return reader.found


@cache
def texts_of(language: Language) -> frozenset[str]:
    """Give the texts of a language that the other does not have."""
    other: Language = "en" if language == "zh" else "zh"
    return frozenset(load_texts(language).texts.values()) - frozenset(load_texts(other).texts.values())


def list_pages(console: Console, role: str) -> Iterator[tuple[Declared, str]]:
    """Give the pages of a role with an address for each: things that are there, where the API lists some."""
    client = console.as_(role)
    for one in routes(console):
        if one.is_api or one.method != "GET" or one.permission is None:
            continue
        above = one.path.partition("/{")[0]
        known = list_ids(client, f"{API_PREFIX}{above}") if PLACE.search(one.path) else None
        path = fill(one.path, known[0]) if known else fill(one.path)
        yield one, f"{path}?{EVER}"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_speak_one_language(console: Console, language: Language, role: str) -> None:
    """Refusals and pages of what is not there too."""
    assert find_foreign(console, language, role) == []


def test_pages_of_what_stages_make_speak_chinese(stock: Console) -> None:
    """Alerts, incidents, assets and risks of the demo park, the first of each."""
    assert find_foreign(stock, "zh", "analyst") == []


def find_foreign(console: Console, language: Language, role: str) -> list[tuple[str, str]]:
    """Find what the pages of a role say in the other language, or by a key instead of words, with their paths."""
    client, accounts = console.as_(role, language), console.services.door.accounts
    accounts.set_preferences(role, {"language": language}, ADMIN)
    other: Language = "en" if language == "zh" else "zh"
    keys = frozenset(load_texts(language).texts)
    wrong = []
    for one, path in list_pages(console, role):
        answer = client.get(path)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        for text in read_words(answer.text, has_articles=one.path.startswith("/help")):
            is_foreign = CHINESE.search(text) if language == "en" else is_english(text)
            if text in keys or text in texts_of(other) or is_foreign:
                wrong.append((one.path, text[:80]))
        if "<html" not in answer.text:
            continue  # a part of a page
        assert re.search(rf'<html[^>]* lang="{"zh-CN" if language == "zh" else "en"}"', answer.text), one.path
    accounts.set_preferences(role, {"language": ""}, ADMIN)
    return wrong


def test_words_are_found_where_people_read_them() -> None:
    """Texts and attributes, but neither code nor what is marked as another language's."""
    page = (
        '<p title="A">B <b class="mono">C</b><i lang="zh">D<br>E</i><i lang="en">I</i><i translate="no">J</i></p>'
        '<input placeholder="F"><script>G</script>H'
    )
    assert read_words(page) == ["A", "B", "I", "F", "H"]
    for text in ("The store is away.", "存储 the store is away", "a, b but with words of more letters"):
        assert is_english(text), text
    for text in ("Asia/Shanghai", "MITRE ATT&CK", "T0827 Loss of Control", "再用 wanglou rules check 检查",
                 "dns, modbus, mqtt, opcua",
                 "如 source.ip:10.20.0.0/16 AND event.outcome:failure"):  # fmt: skip
        assert not is_english(text), text
