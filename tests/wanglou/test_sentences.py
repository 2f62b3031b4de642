"""Errors and findings are told in Chinese: every sentence in the source is known."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from correlation.query import parse_query
from correlation.query_error import QueryError
from detection.alert import ALERT
from tests.support.command_line import run
from tests.support.requirements import ROOT
from wanglou.errors import Fault, FaultsError, UsageError
from wanglou.sentences import find_sentence, load_sentences, tell_error

STAGES = ("sensors", "detection", "correlation", "wanglou")
BUILTIN = {"AssertionError", "KeyError", "LookupError", "OSError", "RuntimeError", "TypeError", "ValueError"}


def write(node: ast.expr) -> Iterator[str]:
    """Write what a sentence in the source says, with words in the place of values."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from write(node.body)
        yield from write(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)


def constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Give what a module names at its top, which errors may say to do."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value


def sentences() -> Iterator[str]:
    """Give what errors and findings of the stages say, and what they say to do."""
    for stage in STAGES:
        for path in sorted((ROOT / stage).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            named = dict(constants(tree))
            for table in (table for name, table in named.items() if "ADVICE" in name and isinstance(table, ast.Dict)):
                for value in table.values:
                    yield from write(value)
            for node in ast.walk(tree):
                if not isinstance(node, ast.Call):
                    continue
                name = node.func.id if isinstance(node.func, ast.Name) else ""
                if name.endswith("Error") and name not in BUILTIN:
                    parts = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "do")]
                elif name == "Fault":
                    parts = node.args[2:3]
                elif name == "Finding" and path.stem in ("elastic_check", "lake", "store"):
                    parts = node.args[2:4]
                else:
                    continue
                for part in parts:
                    yield from write(named.get(part.id, part) if isinstance(part, ast.Name) else part)


def test_what_the_stages_say_is_known() -> None:
    """No new sentence goes without Chinese."""
    said = {text for text in sentences() if re.search(r"[a-z]{2}", text)}
    assert len(said) > 200
    assert {text for text in said if not find_sentence(text, "zh")} == set()


def test_both_languages_say_the_same_things() -> None:
    """Each sentence has both, with the same places; Chinese is Chinese unless it is a name and a number."""
    places = re.compile(r"\{(\w+)[:}]")
    for key, entry in load_sentences().items():
        assert set(entry) == {"zh", "en"}, key
        assert set(places.findall(entry["zh"])) == set(places.findall(entry["en"])), key
        assert re.search(r"[\u4e00-\u9fff]", entry["zh"]) or key == "error.es_version", key
        assert not re.search(r"[\u4e00-\u9fff]", entry["en"]), key


def test_the_template_with_the_most_words_is_taken() -> None:
    """Not a shorter one whose places would take up words."""
    assert find_sentence("give a day up to 2026-11-23", "zh") == "请给出不晚于 2026-11-23 的日期"
    assert find_sentence("give 1 to 30", "zh") == "请填写 1 至 30"
    assert find_sentence("a/b.parquet is missing", "zh") == "a/b.parquet 缺失"


def test_an_error_in_chinese() -> None:
    """Where, what and what to do; a sentence that is not known stays as it is."""
    error = UsageError("'x' is no age", where="--older-than", do="give 90d, 12w, or a day 2026-11-21")
    assert tell_error(error, "zh") == "--older-than: 'x' 不是期限 (请给出 90d、12w 或日期 2026-11-21)"
    assert tell_error(error, "en") == str(error)
    assert tell_error(UsageError("nobody says {x}"), "zh") == "nobody says {x}"


def test_a_wrong_query_keeps_its_mark() -> None:
    """The line and the caret stand below what is wrong."""
    with pytest.raises(QueryError) as caught:
        parse_query("rule.nam:x", ALERT, now_ns=0)
    told = tell_error(caught.value, "zh").split("\n")
    assert told[0].startswith("alert 没有字段 'rule.nam'")
    assert told[1:] == str(caught.value).split("\n")[1:]


def test_faults_of_files_keep_their_lines() -> None:
    """File and line stay, and each fault is told."""
    error = FaultsError("site file", [Fault(Path("a.yaml"), 3, "neither UTF-8 nor GB 18030")])
    head, line = tell_error(error, "zh").split("\n")
    assert (head[:4], head[5:]) == ("现场文件", "1 处错误")
    assert line == "  a.yaml:3: 编码既不是 UTF-8 也不是 GB 18030"
    assert "3 处错误" in tell_error(FaultsError("rules", error.faults * 3), "zh")


def test_a_count_chooses_a_word() -> None:
    """Either form is known, and the right one is said; no text leaves the choice to its reader."""
    assert "1 处错误" in find_sentence("rules: 1 fault", "zh")
    assert [find_sentence(f"rules: {text}", "en") for text in ("1 fault", "2 faults")] == [
        "rules: 1 fault",
        "rules: 2 faults",
    ]
    assert not find_sentence("rules: 2 fault(s)", "zh")
    assert not [key for key, entry in load_sentences().items() if "(s)" in entry["en"]]


def test_the_command_line_speaks_chinese(tmp_path: Path) -> None:
    """Errors of commands and of options, and what a check found."""
    assert "没有数据湖 (请先运行" in run("search", "x", "--lake", tmp_path / "no", "--lang", "zh").err
    assert "没有命令" in run("nonsense", "--lang", "zh").err
    assert run("store", "init", "--lake", tmp_path / "new").code == 0
    done = run("store", "check", "--lake", tmp_path / "new", "--lang", "zh")
    assert "0 个文件，大小正确" in done.out  # noqa: RUF001 - Chinese
    assert "其中还没有任何阶段" in done.out
