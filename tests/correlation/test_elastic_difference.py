"""Fields of indices that are not those of the templates, on a real server."""

from __future__ import annotations

from collections.abc import Mapping

from correlation.elastic import Elastic
from correlation.elastic_difference import Difference, find_differences, flatten
from correlation.elastic_mapping import make_properties
from correlation.finding import Finding
from tests.support.lakes import MODBUS


def test_types_by_full_names() -> None:
    """Dotted names and nested objects are the same; other forms of a field are fields."""
    dotted = {"a.b": {"type": "text", "fields": {"raw": {"type": "keyword"}}}}
    nested = {"a": {"properties": {"b": dotted["a.b"]}}}
    assert dict(flatten(dotted)) == dict(flatten(nested)) == {"a.b": "text", "a.b.raw": "keyword"}


def make_index(store: Elastic, name: str, changes: Mapping[str, object], *, version: int | None = None) -> str:
    """Make an index as the templates say, then change fields of it."""
    store.init()
    full = f"{store.address.prefix}-{name}"
    body = store._setup.make_templates()[f"{store.address.prefix}-modbus"]["template"]["mappings"]
    properties = {**make_properties(MODBUS), **changes}
    kept = {field: mapping for field, mapping in properties.items() if mapping is not None}
    template = {"mappings": {**body, "properties": kept}}
    pattern = [f"{store.address.prefix}-modbus-*"]
    store._client.indices.put_index_template(name=f"{full}-x", index_patterns=pattern, priority=9000, template=template)
    store._client.indices.create(index=full)
    store._client.indices.delete_index_template(name=f"{full}-x")
    if version is not None:
        store._client.indices.put_mapping(index=full, meta={"wanglou": {"version": version}})
    return full


def find(store: Elastic) -> list[Difference]:
    """Compare."""
    return find_differences(store._cluster, store._setup.make_templates())


def look(store: Elastic) -> list[Finding]:
    """What the check tells of mappings."""
    return [finding for finding in store.check() if finding.subject == "mappings"]


def test_what_is_as_it_should_be(elastic: Elastic) -> None:
    """All of the server's own words for our fields compare as equal; documents and captures too."""
    make_index(elastic, "modbus-2026.09.21", {})
    elastic.put_document("asset", "a", {})
    assert find(elastic) == []
    assert [finding.grade for finding in look(elastic)] == ["fine"]


def test_a_field_of_another_type_is_named(elastic: Elastic) -> None:
    """However the index calls itself; migrated, it is as it should be."""
    changes = {"source.ip": {"type": "long"}, "network.protocol": None, "event.action": {"type": "keyword"}}
    name = make_index(elastic, "modbus-2026.09.21", changes)
    (found,) = find(elastic)
    assert (found.index, found.is_old, found.is_record) == (name, False, True)
    assert "source.ip is long and not ip" in found.fields
    assert "network.protocol lacks" in found.fields
    (finding,) = look(elastic)
    assert finding.grade == "wrong"
    assert finding.what.startswith(f"{name}: ")
    assert "store migrate" in finding.do
    assert list(elastic.migrate()) == [(name, "rewritten")]
    assert find(elastic) == []


def test_an_index_of_another_version(elastic: Elastic) -> None:
    """Fields that it lacks are its version's; fields of another type are named all the same."""
    make_index(elastic, "modbus-2026.09.21", {"network.protocol": None}, version=0)
    assert [finding.what for finding in look(elastic)] == ["1 indices are of another version"]
    make_index(elastic, "modbus-2026.09.22", {"source.ip": {"type": "long"}}, version=0)
    assert "source.ip is long and not ip" in look(elastic)[0].what
    assert [how for _, how in elastic.migrate()] == ["extended", "rewritten"]


def test_documents_of_another_program(elastic: Elastic) -> None:
    """Their index is named, with what to do, and migrating leaves it alone."""
    name = f"{elastic.address.prefix}-documents-asset"
    elastic._client.indices.create(index=name, mappings={"properties": {"kind": {"type": "long"}}})
    elastic.init()
    (finding,) = look(elastic)
    assert finding.what.startswith(f"{name}: @timestamp lacks, body lacks, id lacks")
    assert "delete it" in finding.do
    assert list(elastic.migrate()) == []
