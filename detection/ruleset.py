"""Loads folders of rules and finds everything wrong with them in one pass.

A file holds one rule, named after the file; a correlation's file may hold its base rules as further documents. Later
folders replace rules of earlier ones by id.
"""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import NAMESPACE_OID, uuid5

from detection.attack import load_catalogue
from detection.block import DEFAULT_ENTITIES, Block
from detection.bound import check_bound
from detection.columns import fields_of
from detection.correlations import read_correlation
from detection.notes import is_feeder, read_chinese
from detection.placeholders import Lists
from detection.rule import AlertFacts, Level, Rule, Ruleset
from detection.sigma import Head, read_condition, read_dataset, read_head
from wanglou.document import Document, Reader, read_documents
from wanglou.errors import Fault, FaultsError
from wanglou.site import Site

ENGINE = "1"
"""Part of the digest: raised when the same rules would give other alerts."""


def load_rules(folders: Sequence[Path], site: Site | None) -> Ruleset:
    """Load every ``*.yml`` below the folders, the shipped ones first; later folders override by rule id.

    Raises ``FaultsError`` with every fault of every file, each with file and line.
    """
    loader = _Loader(site.lists if site else {})
    with _without_collector():
        for folder in folders:
            loader.load_folder(folder)
        rules = loader.finish()
    if loader.faults:
        raise FaultsError("rules", loader.faults)
    return Ruleset(tuple(rules), _digest(rules, site))


@contextmanager
def _without_collector() -> Iterator[None]:
    """Hold the cycle collector back: loading only builds, and a thousand rules pay a third of their time to it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _digest(rules: Iterable[Rule], site: Site | None) -> str:
    written = [rule.source for rule in sorted(rules, key=lambda rule: rule.id)]
    content = [ENGINE, site.digest if site else "", written]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(slots=True)
class _Draft:
    """A document that has been read but whose references are not resolved yet."""

    head: Head
    folder: int
    document: Document
    rule: Rule | None = None


class _Loader:
    """Collects drafts of all folders, then resolves correlations."""

    def __init__(self, lists: Lists) -> None:
        self.lists = lists
        self.faults: list[Fault] = []
        self.drafts: list[_Draft] = []
        self.readers: list[Reader] = []
        self.folders = 0
        self.catalogue = load_catalogue()

    def load_folder(self, folder: Path) -> None:
        self.folders += 1
        if not folder.is_dir():
            self.faults.append(Fault(folder, 0, "is no folder of rules"))
            return
        for path in sorted(path for pattern in ("*.yml", "*.yaml") for path in folder.rglob(pattern)):
            documents, faults = read_documents(path)
            self.faults.extend(faults)
            if not documents and not faults:
                self.faults.append(Fault(path, 0, "holds no rule"))
            self.load_file(path, documents, has_faults=bool(faults))

    def load_file(self, path: Path, documents: list[Document], *, has_faults: bool) -> None:
        names = []
        for document in documents:
            if not isinstance(document.value, dict):
                self.faults.append(Fault(path, document.line(), "a rule is a mapping"))
                continue
            names.append(document.value.get("name"))
            self.load_document(document)
        if names and path.stem not in names and not has_faults:
            self.faults.append(Fault(path, documents[0].line("name"), f"'name' must be that of the file: {path.stem}"))

    def load_document(self, document: Document) -> None:
        reader = Reader(document)
        self.readers.append(reader)
        head = read_head(document, reader)
        draft = _Draft(head, self.folders, document)
        self.drafts.append(draft)
        is_main = head.name == document.path.stem
        if not head.id and is_main and not document.value.get("id"):
            reader.fault("'id' is missing; make one with uuidgen and never change it", "id")
        elif not head.id:
            head.id = str(uuid5(NAMESPACE_OID, f"{document.path.stem}/{head.name}"))
        if "correlation" in document.value:
            if "detection" in document.value or "logsource" in document.value:
                reader.fault("a correlation has no 'detection' and no 'logsource'", "correlation")
            return
        dataset = read_dataset(reader)
        condition = read_condition(head, dataset, self.lists)
        facts = self.read_facts(draft, dataset, DEFAULT_ENTITIES, is_main=is_main) if dataset else None
        draft.rule = _rule(draft, dataset, facts, condition=condition)

    def read_facts(self, draft: _Draft, dataset: str, entities: Sequence[str], *, is_main: bool) -> AlertFacts | None:
        """Read the ``wanglou`` block; a base rule in a correlation's file may hold no more there than its title."""
        top = draft.document.value
        if is_feeder(top, is_main=is_main):
            return None
        if not draft.head.level and draft.head.is_usable:
            draft.head.reader.fault("'level' is missing", "level")
        if "wanglou" not in top:
            draft.head.reader.fault("'wanglou' is missing: what the alert says and the records that prove the rule")
            return None
        fields = fields_of(dataset)
        block = Block(draft.head.reader, fields, self.catalogue, is_sequence="correlation" in top)
        return block.read(entities)

    def finish(self) -> list[Rule]:
        """Resolve overrides and correlations, check uniqueness, and give the rules in the order of their names."""
        current = self.override()
        known = {key: draft.rule for draft in current for key in (draft.head.name, draft.head.id)}
        for draft in current:
            if "correlation" in draft.document.value:
                draft.rule = self.correlate(draft, known)
        self.check_bounds([(draft, draft.rule) for draft in current if draft.rule])
        for reader in self.readers:
            self.faults.extend(reader.faults)
        return sorted((draft.rule for draft in current if draft.rule), key=lambda rule: rule.name)

    def check_bounds(self, drafts: Sequence[tuple[_Draft, Rule]]) -> None:
        by_id = {rule.id: rule for _, rule in drafts}
        for draft, rule in drafts:
            check_bound(rule, by_id, draft.head.reader)

    def override(self) -> list[_Draft]:
        """Keep the last folder's rule of each id; note ids and names that are used twice."""
        by_id: dict[str, _Draft] = {}
        for draft in self.drafts:
            earlier = by_id.get(draft.head.id) if draft.head.id else None
            if earlier and earlier.folder == draft.folder:
                draft.head.reader.fault(f"id is also used by {earlier.document.path.name}", "id")
            by_id[draft.head.id or str(id(draft))] = draft
        names: dict[str, _Draft] = {}
        for draft in by_id.values():
            earlier = names.setdefault(draft.head.name, draft)
            if earlier is not draft and draft.head.name:
                draft.head.reader.fault(f"name is also used by {earlier.document.path.name}", "name")
        return list(by_id.values())

    def correlate(self, draft: _Draft, known: Mapping[str, Rule | None]) -> Rule | None:
        read = read_correlation(draft.head, known)
        if read is None:
            return None
        correlation, dataset = read
        keys = dict.fromkeys(name for key in correlation.group_by for name in key)
        facts = self.read_facts(draft, dataset, tuple(keys), is_main=True)
        return _rule(draft, dataset, facts, correlation=correlation)


def _rule(draft: _Draft, dataset: str, facts: AlertFacts | None, **what: Any) -> Rule:
    head = draft.head
    return Rule(
        id=head.id,
        name=head.name,
        title=head.title,
        description=head.description,
        level=cast("Level", head.level or "informational"),
        status=head.status,
        dataset=dataset,
        tags=head.lists["tags"],
        references=head.lists["references"],
        falsepositives=head.lists["falsepositives"],
        facts=facts,
        condition=what.get("condition"),
        correlation=what.get("correlation"),
        path=draft.document.path,
        line=draft.document.line(),
        chinese=read_chinese(head, is_main=head.name == draft.document.path.stem),
        source=draft.document.value,
    )
