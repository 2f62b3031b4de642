"""Documents of a cluster, beyond the contract."""

from __future__ import annotations

import pytest

from correlation import elastic_document
from correlation.elastic import Elastic
from wanglou.errors import ConflictError


def test_many_documents_come_in_pages(elastic: Elastic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once, by id."""
    monkeypatch.setattr(elastic_document, "PAGE", 3)
    names = [f"{number:02d}" for number in range(10)]
    for name in reversed(names):
        elastic.put_document("asset", name, {"name": name})
    assert [document.id for document in elastic.list_documents("asset")] == names


def test_other_programs_find_values(elastic: Elastic) -> None:
    """Any value of a body is a keyword below its path, numbers beyond 64 bits too."""
    elastic.put_document("asset", "a", {"plc": {"serial": 2**64 - 1, "zone": "cell"}})
    elastic._client.indices.refresh(index=f"{elastic.address.prefix}-documents-asset")
    for query in ({"term": {"body.plc.serial": str(2**64 - 1)}}, {"term": {"body.plc.zone": "cell"}}):
        assert elastic._client.count(index=f"{elastic.address.prefix}-documents", query=query)["count"] == 1


def test_a_version_of_a_lake_is_none_here(elastic: Elastic) -> None:
    """Copied between stores, versions do not hold."""
    elastic.put_document("asset", "a", {})
    for version in ("1", "x:y", "1:", ":"):
        with pytest.raises(ConflictError):
            elastic.put_document("asset", "a", {}, version)
