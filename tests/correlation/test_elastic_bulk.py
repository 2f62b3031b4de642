"""Writing documents to a real server, in front of which things go wrong: nothing is lost, nothing is there twice."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from correlation import elastic_bulk
from correlation.dead_letter import DeadLetters
from correlation.elastic_bulk import BulkWriter, Item, Throttle, Written
from tests.support.faults import Fault, stand_before
from tools.elasticsearch.server import Cluster
from wanglou.errors import StoreError

MAPPING = {"dynamic": "strict", "properties": {"n": {"type": "long"}, "ip": {"type": "ip"}}}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pause for moments only, and send small requests."""
    monkeypatch.setattr(elastic_bulk, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(elastic_bulk, "LONGEST_WAIT_S", 0.05)
    monkeypatch.setattr(elastic_bulk, "CHUNK_DOCUMENTS", 20)


@pytest.fixture
def server(elasticsearch: Cluster) -> Iterator[Elasticsearch]:
    """Give a client and an index ``bulk`` of two fields."""
    with Elasticsearch(elasticsearch.urls) as client:
        client.indices.create(index="bulk", mappings=MAPPING)
        yield client
        client.indices.delete(index="bulk")


def items(count: int, first: int = 0) -> list[Item]:
    """Documents that are numbered."""
    return [Item("bulk", f"d{number}", f'{{"n":{number}}}') for number in range(first, first + count)]


def write(url: str, letters: Path, documents: Sequence[Item], patience_s: float = 20) -> Written:
    """Write documents through ``url``."""
    with Elasticsearch(url) as client:
        writer = BulkWriter(client, url, DeadLetters(letters), patience_s=patience_s)
        try:
            for item in documents:
                writer.add(item)
            return writer.flush()
        finally:
            writer.close()


def numbers(client: Elasticsearch) -> list[int]:
    """What is in the index."""
    client.indices.refresh(index="bulk")
    hits = client.search(index="bulk", size=10_000)["hits"]["hits"]
    return sorted(hit["_source"]["n"] for hit in hits)


def test_documents_are_created_once(server: Elasticsearch, elasticsearch: Cluster, tmp_path: Path) -> None:
    """A second writing of the same ids finds them there."""
    url, letters = elasticsearch.urls[0], tmp_path / "dead"
    assert write(url, letters, items(100)) == Written(made=100)
    assert write(url, letters, items(120)) == Written(made=20, known=100)
    assert numbers(server) == list(range(120))
    assert not letters.exists()


@pytest.mark.parametrize(
    "faults",
    [[429], [503, 429, 502], ["close"], ["lose"], ["cut"], ["lose", 429, "close", "cut", "lose", 503, 504] * 2],
)
def test_passing_faults_lose_nothing(
    server: Elasticsearch, elasticsearch: Cluster, tmp_path: Path, faults: list[Fault]
) -> None:
    """A busy, silent or half answer is tried again; what an answer that was lost had made counts as known."""
    with stand_before(elasticsearch.urls[0], faults) as proxy:
        written = write(proxy.url, tmp_path / "dead", items(200))
    assert numbers(server) == list(range(200))
    assert written.made + written.known == 200
    assert written.retries == len(faults)
    assert written.known == (0 if set(faults) <= {429, 502, 503, "close"} else written.known)


def test_a_cluster_that_stays_busy_ends_the_patience(
    server: Elasticsearch, elasticsearch: Cluster, tmp_path: Path
) -> None:
    """After that time an error tells what to do; what was acknowledged stays."""
    with (
        stand_before(elasticsearch.urls[0], ["pass", *[429] * 1000]) as proxy,
        pytest.raises(StoreError, match="more to do"),
    ):
        write(proxy.url, tmp_path / "dead", items(100), patience_s=0.3)
    assert len(numbers(server)) == 20


def test_a_server_out_of_reach(tmp_path: Path) -> None:
    """Nobody answers: tried until patience ends."""
    with pytest.raises(StoreError, match="no connection"):
        write("http://127.0.0.1:1", tmp_path / "dead", items(1), patience_s=0.1)


def test_refused_documents_are_kept_with_the_reason(
    server: Elasticsearch, elasticsearch: Cluster, tmp_path: Path
) -> None:
    """One bad value refuses its document only; the file tells why."""
    assert numbers(server) == []
    bad = Item("bulk", "bad", '{"n":5,"ip":"nowhere"}')
    written = write(elasticsearch.urls[0], tmp_path / "dead", [*items(30), bad])
    assert (written.made, written.dead) == (30, 1)
    (letter,) = DeadLetters(tmp_path / "dead").read()
    assert (letter.index, letter.id, letter.status, letter.document) == ("bulk", "bad", 400, {"n": 5, "ip": "nowhere"})
    assert "'nowhere' is not an IP string literal" in letter.reason
    assert json.loads((tmp_path / "dead").read_text())["time"]


def test_an_index_of_another_version_is_an_error(server: Elasticsearch, elasticsearch: Cluster, tmp_path: Path) -> None:
    """A field that the mapping lacks is the index's fault: nothing is put aside, the advice is to migrate."""
    with pytest.raises(StoreError, match="wanglou store migrate"):
        write(elasticsearch.urls[0], tmp_path / "dead", [Item("bulk", "x", '{"other":1}')])
    assert numbers(server) == []
    assert not (tmp_path / "dead").exists()


def test_a_blocked_index_is_an_error(server: Elasticsearch, elasticsearch: Cluster, tmp_path: Path) -> None:
    """An index that takes no writes stops the writing, with advice; nothing is put aside."""
    server.indices.put_settings(index="bulk", settings={"index.blocks.write": True})
    with pytest.raises(StoreError, match="takes no writes"):
        write(elasticsearch.urls[0], tmp_path / "dead", items(5))
    assert not (tmp_path / "dead").exists()


def test_a_full_disk_is_waited_for(server: Elasticsearch, elasticsearch: Cluster, tmp_path: Path) -> None:
    """The flood-stage block is lifted by the server once there is room: documents written meanwhile are not lost."""
    block = {"index.blocks.read_only_allow_delete": True}
    server.indices.put_settings(index="bulk", settings=block)
    timer = threading.Timer(
        0.3, server.indices.put_settings, kwargs={"index": "bulk", "settings": dict.fromkeys(block)}
    )
    timer.start()
    written = write(elasticsearch.urls[0], tmp_path / "dead", items(5))
    timer.join()
    assert (written.made, written.dead) == (5, 0)
    assert written.retries > 0


def test_deleting_and_changing(server: Elasticsearch, elasticsearch: Cluster, tmp_path: Path) -> None:
    """A document that is not there counts as deleted before; changes take the place of what was there."""
    url = elasticsearch.urls[0]
    write(url, tmp_path / "dead", items(5))
    gone = [Item("bulk", f"d{number}", "", "delete") for number in (0, 1, 99)]
    assert write(url, tmp_path / "dead", gone) == Written(made=2, known=1)
    write(url, tmp_path / "dead", [Item("bulk", "d2", '{"n":200}', "index")])
    assert numbers(server) == [3, 4, 200]


def test_what_is_too_large_is_sent_in_parts(server: Elasticsearch, elasticsearch: Cluster, tmp_path: Path) -> None:
    """A request that the server finds too large is halved."""
    with stand_before(elasticsearch.urls[0], [413, 413]) as proxy:
        assert write(proxy.url, tmp_path / "dead", items(20)).made == 20
    assert numbers(server) == list(range(20))
    assert proxy.requests > 3


def test_fewer_requests_while_the_cluster_is_busy() -> None:
    """Each 429 halves what may be under way; successes bring it back one by one."""
    throttle = Throttle(8)
    throttle.slow()
    assert throttle.allowed == 4
    for _ in range(5):
        throttle.slow()
    assert throttle.allowed == 1
    for _ in range(100):
        throttle.recover()
    assert throttle.allowed == 8


def test_a_turn_is_waited_for() -> None:
    """No more run at once than are allowed."""
    throttle = Throttle(1)
    order: list[str] = []

    def run() -> None:
        with throttle:
            order.append("second")

    with throttle:
        thread = threading.Thread(target=run)
        thread.start()
        time.sleep(0.05)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
