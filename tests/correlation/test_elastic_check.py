"""A look at a real cluster, and at what pretends to be one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from correlation import elastic_check
from correlation.dead_letter import DeadLetter
from correlation.elastic import Elastic
from correlation.elastic_client import Address
from correlation.store import CaptureRecord, Terms
from tests.support.faults import stand_before
from tests.support.impostor import Answers, serve_answers
from tests.support.lakes import MODBUS, NO_ALERTS, make_identity, make_records, make_table
from tools.elasticsearch.server import Cluster
from wanglou.errors import StoreError


def grades(store: Elastic) -> dict[str, str]:
    """Grade of each subject; the worst of several."""
    found: dict[str, str] = {}
    for finding in store.check():
        found[finding.subject] = max(found.get(finding.subject, "fine"), finding.grade, key="fine warning wrong".find)
    return found


def test_a_cluster_is_looked_at(elastic: Elastic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates lack at first; then all is fine, but that this server knows no rights."""
    monkeypatch.setattr(elastic_check, "NEAR_WATERMARK", 100.0)
    assert grades(elastic)["templates"] == "wrong"
    elastic.init()
    found = grades(elastic)
    assert found.pop("rights") == "warning"
    assert set(found) == {"version", "health", "templates", "mappings", "disk", "shards", "letters", "volume", "spool"}
    assert set(found.values()) == {"fine"}


def test_disks_are_told_before_they_are_full(elastic: Elastic, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warning first, then an error, with what to do."""
    monkeypatch.setattr(elastic_check, "NEAR_WATERMARK", 0.0)
    assert grades(elastic)["disk"] in ("warning", "wrong")
    monkeypatch.setattr(elastic_check, "WATERMARK", 0.0)
    assert grades(elastic)["disk"] == "wrong"


def test_dead_letters_are_told(elastic: Elastic) -> None:
    """With their number and file."""
    elastic._cluster.letters.add([DeadLetter("i", "d", "create", 400, "k", "r", {})] * 2)
    (finding,) = [one for one in elastic.check() if one.subject == "letters"]
    assert finding.grade == "warning"
    assert finding.what.startswith("2 dead letters in ")


def test_an_index_of_another_version_is_told(elastic: Elastic) -> None:
    """Its fields are not those of the template."""
    with elastic.ingest(CaptureRecord(make_identity("a"), "a")) as ingest:
        ingest.append("modbus", make_table(MODBUS, make_records(range(3))))
        ingest.commit(NO_ALERTS, {}, "")
    assert grades(elastic)["mappings"] == "fine"
    elastic._client.indices.put_mapping(index=f"{elastic.address.prefix}-modbus-*", meta={"wanglou": {"version": 0}})
    assert grades(elastic)["mappings"] == "wrong"


def test_a_red_cluster_is_wrong(elastic: Elastic) -> None:
    """A shard that no node may hold."""
    name = f"{elastic.address.prefix}-captures"
    nowhere = {"index.routing.allocation.require._name": "nobody"}
    elastic._client.indices.create(index=name, settings=nowhere, wait_for_active_shards="0", timeout="1s")
    found = [finding for finding in elastic.check() if finding.subject == "health"]
    assert [(finding.grade, finding.what[:3]) for finding in found] == [("wrong", "red")]
    assert found[0].do


def test_another_version_is_refused(elasticsearch: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is written."""
    monkeypatch.setattr(elastic_check, "OLDEST", (9, 90))
    with Elastic(Address(tuple(elasticsearch.urls), prefix="old"), dead_letters=tmp_path / "d") as store:
        with pytest.raises(StoreError, match=r"this is Elasticsearch [89]\.\d+\.\d.*use version"):
            store.init()
        with pytest.raises(StoreError, match="use version"):
            list(store.check())


@pytest.mark.parametrize("status", [401, 503])
def test_a_cluster_that_answers_with_errors(elasticsearch: Cluster, tmp_path: Path, status: int) -> None:
    """Told with advice."""
    faults = [status] * 20
    with (
        stand_before(elasticsearch.urls[0], faults, path="_local") as proxy,
        Elastic(Address((proxy.url,)), dead_letters=tmp_path / "d") as store,
        pytest.raises(StoreError, match=r"made_up: told to|cannot answer: told to"),
    ):
        list(store.check())


_REASON = (
    "action [cluster:monitor/x] is unauthorized for API key id [x], this action is granted by the cluster privileges"
)
NO_MONITOR = {"error": {"type": "security_exception", "reason": f"{_REASON} [monitor,manage,all]"}, "status": 403}


def test_a_key_without_the_right_to_look(elastic: Elastic, tmp_path: Path) -> None:
    """The check goes on: what the key may not ask for, which rights lack, and the role that has them; reading works."""
    prefix = elastic.address.prefix
    elastic.init()
    told = {"cluster": {"monitor": False}, "index": {f"{prefix}-*": {"read": True, "index": False}}}
    answers: Answers = {
        r"GET /(_nodes|_cluster)/.*": (403, NO_MONITOR),
        rf"GET /{prefix}-documents-setting/.*": (403, {"error": {"type": "security_exception", "reason": "no"}}),
        r"POST /_security/user/_has_privileges": (200, told),
    }
    with (
        serve_answers(answers, elastic.address.urls[0]) as url,
        Elastic(Address((url,), prefix=prefix), dead_letters=tmp_path / "d") as store,
    ):
        found = {finding.subject: finding for finding in store.check()}
        assert found["version"].what == "the API key may not ask for it: it lacks monitor"
        assert found["version"].do == "see the rights"
        assert found["rights"].what == "lacks index, monitor"
        assert f'PUT _security/role/{prefix} {{"cluster": ["manage_index_templates", "monitor"]' in found["rights"].do
        assert [found[name].grade for name in ("health", "disk", "shards")] == ["wrong"] * 3
        assert found["templates"].grade == "fine"
        assert found["volume"].what == "the API key may not ask for it: it lacks a right"
        assert store.count("modbus") == 0
        with pytest.raises(StoreError, match="unauthorized for API key"):
            store.init()


def test_a_server_of_another_version_is_not_asked(elasticsearch: Cluster, tmp_path: Path) -> None:
    """Whatever is asked of it: told with the version that is needed, also where it does not take our requests."""
    seven: Answers = {r"GET /_nodes/_local": (200, {"nodes": {"a": {"version": "7.17.28"}}})}
    refusing: Answers = {".*": (400, {"error": {"type": "media_type_header_exception", "reason": "Invalid"}})}
    for answers, words in ((seven, "this is Elasticsearch 7.17.28"), (refusing, "does not take requests of version 8")):
        with (
            serve_answers(answers, elasticsearch.urls[0]) as url,
            Elastic(Address((url,)), dead_letters=tmp_path / "d") as store,
        ):
            asks: list[Callable[[], object]] = [
                lambda: list(store.search("modbus")),
                lambda: store.count("modbus"),
                lambda: store.aggregate("modbus", Terms("source.ip")),
                store.captures,
                lambda: store.state("a"),
            ]
            for ask in asks:
                with pytest.raises(StoreError, match=rf"{words}.*use version 8.19 or 9"):
                    ask()
