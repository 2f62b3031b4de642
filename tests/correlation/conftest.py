"""Stores for the contract: each test of it runs on the lake and on Elasticsearch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from correlation.elastic import Elastic
from correlation.store import Store
from tests.support.requirements import require_elasticsearch
from tests.support.stores import KINDS, open_store, take_captures, write
from tools.elasticsearch.server import Cluster


def _urls(request: Any) -> list[str]:
    if request.param == "lake":
        return []
    require_elasticsearch()
    return list(request.getfixturevalue("elasticsearch").urls)


@pytest.fixture(scope="module", params=KINDS)
def filled(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Give a store with the bundled captures, which tests only read."""
    with open_store(request.param, tmp_path_factory.mktemp("store"), _urls(request)) as store:
        for taken in take_captures():
            write(store, taken)
        yield store


@pytest.fixture(params=KINDS)
def store(request: Any, tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    with open_store(request.param, tmp_path, _urls(request)) as store:
        yield store


@pytest.fixture
def elastic(elasticsearch: Cluster, tmp_path: Path) -> Iterator[Elastic]:
    """Give an empty store on Elasticsearch."""
    with open_store("elastic", tmp_path, elasticsearch.urls) as store:
        assert isinstance(store, Elastic)
        yield store
