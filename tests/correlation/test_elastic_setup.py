"""What stands on a cluster before records do, and that nothing of it is left once it is removed."""

from __future__ import annotations

from pathlib import Path

from correlation.elastic import Elastic
from correlation.elastic_client import Address
from tests.support.lakes import MODBUS, make_records
from tests.support.stores import fill, list_indices
from tools.elasticsearch.server import Cluster


def test_an_index_that_is_missing_its_template_is_refused(elastic: Elastic) -> None:
    """Without the templates a store is not written to by accident: they are put in place first."""
    fill(elastic, make_records(range(2)))
    mapping = elastic._client.indices.get_mapping(index=f"{elastic.address.prefix}-*")
    assert {one["mappings"]["dynamic"] for one in mapping.values()} == {"strict"}


def test_nothing_is_left_behind(elasticsearch: Cluster, tmp_path: Path) -> None:
    """Removing all takes indices and templates, and only those of the prefix."""
    with (
        Elastic(Address(tuple(elasticsearch.urls), prefix="one"), dead_letters=tmp_path / "d") as one,
        Elastic(Address(tuple(elasticsearch.urls), prefix="two"), dead_letters=tmp_path / "d") as two,
    ):
        fill(one, make_records(range(2)))
        fill(two, make_records(range(3)))
        one.remove_all()
        assert (one.count("modbus"), two.count("modbus")) == (0, 3)
        assert MODBUS.name in list_indices(two)[1]
        two.remove_all()
        templates = two._client.indices.get_index_template()["index_templates"]
        assert not [name for one in templates if (name := one["name"]).startswith(("one-", "two-"))]
