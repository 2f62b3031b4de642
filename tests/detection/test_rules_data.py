"""The shipped rules as data: what each must say, and that it names only things that exist."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from detection.rule import SHIPPED
from detection.ruleset import load_rules
from parsers.schema import DATASETS

ROOT = Path(__file__).resolve().parents[2]
PATHS = sorted((ROOT / "detection" / "rules").glob("*/*.yml"))
ATTACK = json.loads((ROOT / "detection" / "attack_ics.json").read_text(encoding="utf-8"))
CLASSES = json.loads((ROOT / "detection" / "event_classes.json").read_text(encoding="utf-8"))["classes"]
SUBCLASSES = {entry["name"]: {child["name"] for child in entry["subclasses"]} for entry in CLASSES}
SITE_FIELDS = {
    "wanglou.site.master_allowed",
    "wanglou.site.safety",
    "wanglou.site.source.zone",
    "wanglou.site.destination.zone",
    "wanglou.site.source.level",
    "wanglou.site.destination.level",
    "wanglou.site.source.known",
    "wanglou.site.destination.known",
}
SEVERITY = {"informational": (0, 19), "low": (20, 39), "medium": (40, 69), "high": (70, 89), "critical": (90, 100)}
SENTENCES = ("title", "sentence", "advice")
CONTROLS = {"@seconds", "@repeat", "@every", "@series"}

ENGLISH = r"(?:\b[a-z]{2,}\b[ ,]+){2}"
"""Words in a row that no Chinese text holds; names are written with capitals, or with underscores."""

Document = dict[str, Any]


def load(path: Path) -> list[Document]:
    """Read every document of a rule file."""
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


RULES: dict[Path, list[Document]] = {path: load(path) for path in PATHS}
each_rule = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def known_fields(dataset: str) -> set[str]:
    """Fields a rule on a dataset may read."""
    return {field.name for field in DATASETS[dataset].fields} | SITE_FIELDS


def fields_in(node: object) -> Iterator[str]:
    """Give every field name that the searches of a detection read, without modifiers."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield key.split("|")[0]
            yield from fields_in(value)
    elif isinstance(node, list):
        for item in node:
            yield from fields_in(item)


def test_there_are_enough_rules() -> None:
    """At least 40 rules ship, most of them on Modbus."""
    assert len(PATHS) >= 40
    assert sum(path.parent.name == "modbus" for path in PATHS) >= 35


def test_ids_and_names_are_unique() -> None:
    """No two documents of all rule files share an id or a name, and every id is a random UUID."""
    documents = [document for group in RULES.values() for document in group]
    assert len({document["id"] for document in documents}) == len(documents)
    assert len({document["name"] for document in documents}) == len(documents)
    assert {uuid.UUID(document["id"]).version for document in documents} == {4}


@each_rule
def test_name_is_the_file_name(path: Path) -> None:
    """A rule is called as its file, and the base rules of a correlation begin with its name."""
    head, *bases = RULES[path]
    assert head["name"] == path.stem
    assert all(base["name"].startswith(f"{path.stem}_") for base in bases)
    assert head.get("correlation", {}).get("rules", []) == [base["name"] for base in bases]


@each_rule
def test_rule_speaks_both_languages(path: Path) -> None:
    """Every text exists in zh and en; zh is Chinese with full-width punctuation; titles agree."""
    head, *bases = RULES[path]
    for language in ("zh", "en"):
        assert all(head["wanglou"][language][part].strip() for part in SENTENCES)
    assert head["wanglou"]["en"]["title"] == head["title"]
    own = dict(head["wanglou"]["zh"])
    assert len(own["falsepositives"]) == len(head["falsepositives"])
    fed = [base["wanglou"]["zh"]["title"] for base in bases]
    references = own.pop("references", head["references"])
    assert len(references) == len(head["references"])
    assert not [one for one in references if re.search(ENGLISH, one)]
    for text in [*own.pop("falsepositives"), *own.values(), *fed]:
        assert re.search(r"[\u4e00-\u9fff]", text)
        assert not re.search(r"[\u4e00-\u9fff}][,;:(]", text)
        assert not re.search(ENGLISH, text), text
    assert own["description"][-1] in "。\uff09"


@each_rule
def test_sentences_name_existing_fields(path: Path) -> None:
    """Placeholders of the texts are fields; those of a correlation are the fields it groups or folds by."""
    head = RULES[path][0]
    named = {
        name
        for language in ("zh", "en")
        for name in re.findall(r"{([^}]*)}", " ".join(head["wanglou"][language][part] for part in SENTENCES))
    }
    assert named <= known_fields(path.parent.name)
    if "correlation" in head:
        assert named <= set(head["correlation"]["group-by"])


@each_rule
def test_searches_read_existing_fields(path: Path) -> None:
    """Searches, groups, counted values, entities and cases read only fields that the dataset has."""
    head, *bases = RULES[path]
    fields = known_fields(path.parent.name)
    for document in bases or [head]:
        searches = [value for key, value in document["detection"].items() if key != "condition"]
        assert set(fields_in(searches)) <= fields
        assert document["logsource"] == {"product": "wanglou", "service": path.parent.name}
    correlation = head.get("correlation", {})
    read = {*correlation.get("group-by", ()), *head["wanglou"]["entities"]}
    read |= {str(correlation["condition"]["field"])} if "field" in correlation.get("condition", {}) else set()
    for record in [*head["wanglou"]["fires"], *head["wanglou"]["silent"]]:
        read |= set(record) - CONTROLS | set(record.get("@series", ()))
    assert read <= fields


@each_rule
def test_techniques_exist(path: Path) -> None:
    """Techniques are active in the version they are given for, and the v19 ids succeed the v18 ids one by one."""
    attack = RULES[path][0]["wanglou"]["attack"]
    assert attack["v18"]
    assert len(attack["v18"]) == len(attack["v19"])
    for old, new in zip(attack["v18"], attack["v19"], strict=True):
        assert old in ATTACK["v18"]
        assert new in ATTACK["v19"]
        assert new == ATTACK["retired"].get(old, {}).get("revoked_by", old) or new.startswith(f"{old}.")


@each_rule
def test_tags_are_the_techniques(path: Path) -> None:
    """The Sigma tags are the technique ids of both versions in lower case."""
    head = RULES[path][0]
    attack = head["wanglou"]["attack"]
    assert set(head["tags"]) == {f"attack.{key.lower()}" for key in [*attack["v18"], *attack["v19"]]}


@each_rule
def test_event_class_exists(path: Path) -> None:
    """Class and subclass are names of GB/T 20986-2023 as the data file has them."""
    event_class = RULES[path][0]["wanglou"]["event_class"]
    assert event_class["subclass"] in SUBCLASSES[event_class["class"]]


@each_rule
def test_severity_fits_the_level(path: Path) -> None:
    """The number lies in the band of the Sigma level."""
    head = RULES[path][0]
    low, high = SEVERITY[head["level"]]
    assert low <= head["wanglou"]["severity"] <= high


@each_rule
def test_thresholds_give_a_reason(path: Path) -> None:
    """A rule that counts says where its threshold comes from; one without a source is experimental and says demo."""
    head = RULES[path][0]
    if "condition" in head.get("correlation", {}):
        is_demo = "threshold is a demonstration value" in head["description"]
        assert is_demo != ("Threshold: " in head["description"])
        assert head["status"] == ("experimental" if is_demo else "test")


@each_rule
def test_rule_has_cases_and_known_errors(path: Path) -> None:
    """Every rule has records that raise it, records that do not, sources, and known false positives."""
    head = RULES[path][0]
    assert head["wanglou"]["fires"]
    assert head["wanglou"]["silent"]
    assert head["references"]
    assert head["falsepositives"]


@pytest.mark.parametrize("page", ["docs/add-a-rule.md", "docs/zh/add-a-rule.md"])
def test_examples_of_the_documentation_are_rules(page: str, tmp_path: Path) -> None:
    """The rule files that the page shows load beside the shipped rules without a fault."""
    examples = re.findall(r"```yaml\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    names = [next(yaml.safe_load_all(example))["name"] for example in examples]
    for name, example in zip(names, examples, strict=True):
        (tmp_path / f"{name}.yml").write_text(example, encoding="utf-8")
    loaded = {rule.name for rule in load_rules([SHIPPED, tmp_path], None).rules}
    assert len(names) == 2
    assert set(names) <= loaded


def test_revoked_techniques_have_successors() -> None:
    """Nine techniques of v18 were revoked, each in favour of a sub-technique of v19; no retired id is active in v19."""
    revoked = [technique for technique in ATTACK["retired"].values() if technique["status"] == "revoked"]
    assert len(revoked) == 9
    assert {technique["revoked_by"] for technique in revoked} <= set(ATTACK["v19"])
    assert not set(ATTACK["retired"]) & set(ATTACK["v19"])


def test_technique_counts_are_those_published() -> None:
    """18.1 has 83 active techniques; 19 has 79 and 18 sub-techniques."""
    assert len(ATTACK["v18"]) == 83
    assert sum("." not in key for key in ATTACK["v19"]) == 79
    assert sum("." in key for key in ATTACK["v19"]) == 18


def test_tactics_exist() -> None:
    """Every tactic of a technique is one of the twelve of the matrix."""
    names = {tactic["name"] for tactic in ATTACK["tactics"]}
    assert len(names) == 12
    for part in ("v18", "v19", "retired"):
        assert all(set(technique["tactics"]) <= names for technique in ATTACK[part].values())
