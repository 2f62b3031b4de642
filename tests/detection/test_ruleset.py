"""Facts about ``detection.ruleset``."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from detection.rule import SHIPPED
from detection.ruleset import load_rules
from tests.support.rules import base, block, correlation, faults, load, rule, write_rules
from wanglou.errors import FaultsError
from wanglou.site import Name, Site

COUNT = {"type": "event_count", "rules": ["low"], "group-by": ["source.ip"], "timespan": "5m", "condition": {"gte": 9}}


def test_the_shipped_rules_load() -> None:
    """The rules of the product have no fault, with or without a site file."""
    assert len(load_rules([SHIPPED], None).rules) > 0


def test_later_folders_override_by_id(tmp_path: Path) -> None:
    """A rule with a known id replaces the shipped one, also under another name; others are added."""
    for name in ("shipped", "own"):
        (tmp_path / name).mkdir()
    write_rules(tmp_path / "shipped", rule("first"))
    write_rules(tmp_path / "shipped", rule("second"))
    write_rules(tmp_path / "own", {**rule("changed"), "id": rule("first")["id"], "level": "low"})
    write_rules(tmp_path / "own", rule("third"))
    loaded = load_rules([tmp_path / "shipped", tmp_path / "own"], None)

    assert [(one.name, one.level) for one in loaded.rules] == [
        ("changed", "low"),
        ("second", "high"),
        ("third", "high"),
    ]


def test_ids_and_names_are_unique(tmp_path: Path) -> None:
    """The same id or name twice in a folder is a fault of the later file, which names the earlier."""
    write_rules(tmp_path, rule("first"))
    write_rules(tmp_path, {**rule("second"), "id": rule("first")["id"]})
    write_rules(tmp_path, rule("fourth"))
    told = faults(tmp_path, rule("third"), base("fourth", {"modbus.unit_id": 2}))

    assert told == ["id is also used by first.yml", "name is also used by fourth.yml"]


def test_a_file_is_named_after_its_rule(tmp_path: Path) -> None:
    """The name leads to the file."""
    write_rules(tmp_path, rule("first")).rename(tmp_path / "other.yml")
    with pytest.raises(FaultsError, match="must be that of the file: other"):
        load_rules([tmp_path], None)


def test_a_rule_of_its_own_file_needs_an_id_and_a_level(tmp_path: Path) -> None:
    """Base rules inside a correlation's file may go without id, level and block."""
    assert len(faults(tmp_path, {**rule("first", level=None), "id": None})) == 2
    (tmp_path / "first.yml").unlink()
    assert faults(tmp_path, correlation("count", COUNT), base("low", {"modbus.unit_id": 1})) == []


def test_base_rules_are_muted(tmp_path: Path) -> None:
    """A base rule does not alert by itself unless a correlation generates; one without a block never does."""
    write_rules(tmp_path, rule("low"))
    loaded = load(tmp_path, correlation("count", COUNT))
    assert [loaded.by_id[one].name for one in loaded.muted] == ["low"]
    assert [one.name for one in loaded.only(loaded.rules[0]).rules] == ["low", "count"]

    assert load(tmp_path, correlation("count", {**COUNT, "generate": True})).muted == frozenset()


def test_the_digest_changes_with_rules_and_site(tmp_path: Path) -> None:
    """Any change of a rule or of the site's facts gives another digest; the order of files does not."""
    site = Site(id="p", name=Name("p", "p"), digest="1")
    digests = [
        load(tmp_path, rule()).digest,
        load(tmp_path, rule()).digest,
        load(tmp_path, rule(wanglou=block(severity=71))).digest,
        load(tmp_path, rule(), site=site).digest,
    ]

    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no rule"),
        ("- 1\n", "a rule is a mapping"),
        ("title: a\ntitle: b\n", "duplicate key 'title'"),
        ("title: [", "not valid YAML"),
    ],
)
def test_files_that_are_no_rules(tmp_path: Path, text: str, message: str) -> None:
    """Empty files, other shapes and broken YAML are told."""
    (tmp_path / "x.yml").write_text(text)
    with pytest.raises(FaultsError, match=message):
        load_rules([tmp_path], None)


def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    """A path that is no folder is a fault."""
    with pytest.raises(FaultsError, match="is no folder of rules"):
        load_rules([tmp_path / "none"], None)


def test_loading_leaves_the_collector_as_it_was(tmp_path: Path) -> None:
    """The cycle collector is on again after loading, also after faults."""
    faults(tmp_path, rule(level="x"))

    assert gc.isenabled()
