"""Clusters that cannot be written to: what people are told, that nothing is lost, and that the same command goes on."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from correlation import elastic_bulk, elastic_mapping
from correlation.elastic import Elastic
from correlation.elastic_client import Address
from correlation.elastic_partition import day_of
from correlation.opening import open_elastic
from correlation.store import Terms
from sensors.pcap import open_capture
from tests.support.command_line import SAMPLE, Done, run
from tests.support.gate import stand_before
from tests.support.impostor import Answers, serve_answers
from tests.support.lakes import MODBUS
from tests.support.requirements import require_elasticsearch
from tools.elasticsearch.server import Cluster, run_cluster
from wanglou.errors import StoreError

pytestmark = pytest.mark.needs_elasticsearch
NODES = r"GET /_nodes/_local"
_REASON = "action [indices:admin/index_template/put] is unauthorized for API key id [x] of user [y]"
_CAUSE = {"type": "security_exception", "reason": _REASON}
NO_RIGHT = {"error": {"root_cause": [_CAUSE], **_CAUSE}, "status": 403}
"""As a full distribution words it."""
ALLOWED = {"cluster": {"monitor": True, "manage_index_templates": False},
           "index": {"PREFIX-*": {"create_index": True, "index": True, "read": True, "delete": False}}}  # fmt: skip


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Wait for moments only, and keep what is refused apart from other tests."""
    monkeypatch.setattr(elastic_bulk, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(elastic_bulk, "PATIENCE_S", 0.5)
    monkeypatch.setattr("correlation.elastic_cluster.PATIENCE_S", 0.5)
    monkeypatch.setattr("correlation.elastic_ingest.PATIENCE_S", 0.5)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def prefix(elasticsearch: Cluster) -> Iterator[str]:
    """Give a prefix of its own on the real server, and leave nothing behind."""
    name = f"r{secrets.token_hex(5)}"
    yield name
    with Elastic(Address(tuple(elasticsearch.urls), prefix=name), dead_letters=Path("unused")) as store:
        store.remove_all()


def replay(place: str) -> Done:
    """Replay a small capture."""
    return run("replay", SAMPLE, "--store", place, "--enterprise", "chem", "--no-stages", "--no-progress")


def is_told(done: Done, *words: str) -> bool:
    """Tell whether a command ended with one message that has these words, and not with code 0."""
    assert done.code in (1, 2, 3), done.out
    assert "Traceback" not in done.err
    assert all(word in done.err.replace("\n", " ") for word in words), done.err
    return True


def check_complete(place: str) -> None:
    """The same command now reads the capture to its end; every record is there once, nothing was put aside."""
    done = replay(place)
    assert done.code == 0, done.err
    assert "incomplete" not in run("capture", "list", "--store", place).out
    assert run("search", "*", "--store", place, "--json", "--limit", "0").out.count("\n") > 10


@pytest.mark.parametrize("version", ["7.17.28", "8.18.3", "10.0.0", "nonsense"])
def test_another_version(elasticsearch: Cluster, version: str) -> None:
    """Too old or too new: told before anything is written, by every way in."""
    answers: Answers = {NODES: (200, {"nodes": {"a": {"version": version}}})}
    with serve_answers(answers, elasticsearch.urls[0]) as url:
        commands = (("store", "init"), ("store", "check"), ("search", "*"), ("capture", "list"))
        for done in (*(run(*command, "--store", url) for command in commands), replay(url)):
            assert is_told(done, f"this is Elasticsearch {version}", "use version 8.19 or 9")


@pytest.mark.parametrize("product", ["", "OpenSearch"])
def test_another_product(product: str) -> None:
    """A web server, or another search engine."""
    answers: Answers = {".*": (200, {"version": {"number": "8.19.0"}, "nodes": {"a": {"version": "8.19.0"}}})}
    with serve_answers(answers, product=product) as url:
        for done in (run("store", "init", "--store", url), run("search", "*", "--store", url)):
            assert is_told(done, "no Elasticsearch", "another address")


@pytest.mark.parametrize("status", [404, 500])
def test_a_web_server_that_has_no_such_page(status: int) -> None:
    """One line, without its page, and no advice that goes round in circles."""
    with serve_answers({".*": (status, "<html>")}, product="") as url:
        for command in (("store", "init"), ("store", "check"), ("search", "*")):
            done = run(*command, "--store", url, width=300)
            assert is_told(done, "no Elasticsearch", "another address")
            assert "html" not in done.err
            assert "store init" not in done.err


def test_no_rights(elasticsearch: Cluster, prefix: str) -> None:
    """What the server refused, and which rights to give; the check lists those that lack."""
    answers: dict[str, Any] = {r"PUT /_index_template/.*": (403, NO_RIGHT)}
    told = json.loads(json.dumps(ALLOWED).replace("PREFIX", prefix))
    answers[r"POST /_security/user/_has_privileges"] = (200, told)
    with serve_answers(answers, elasticsearch.urls[0]) as url:
        place = f"{url}?prefix={prefix}"
        assert is_told(replay(place), "unauthorized for API key", "store check")
        done = run("store", "check", "--store", place, width=700)
        assert done.code == 3
        assert "lacks delete, manage_index_templates" in done.out
        assert f"grant them to the API key for {prefix}-*: PUT _security/role/{prefix} {{" in done.out
    check_complete(f"{elasticsearch.urls[0]}?prefix={prefix}")


def test_a_right_that_lacks_for_one_index(elasticsearch: Cluster, prefix: str) -> None:
    """Refused item by item: nothing is put aside as if the documents were wrong, and the capture stays incomplete."""

    def refuse(body: bytes) -> tuple[int, Any]:
        item = {
            "create": {"status": 403, "error": {"type": "security_exception", "reason": "unauthorized for API key"}}
        }
        return 200, {"errors": True, "items": [item] * (body.count(b"\n") // 2)}

    with serve_answers({r"PUT /_bulk": refuse}, elasticsearch.urls[0]) as url:
        assert is_told(replay(f"{url}?prefix={prefix}"), "unauthorized for API key", "store check")
    place = f"{elasticsearch.urls[0]}?prefix={prefix}"
    assert "incomplete" in run("capture", "list", "--store", place).out
    assert run("store", "replay-dead-letters", "--store", place).out.startswith("0 documents")
    check_complete(place)


def test_a_red_cluster(elasticsearch: Cluster, prefix: str) -> None:
    """An index that no node may hold: told, with the health; once it is back, the capture is read."""
    place = f"{elasticsearch.urls[0]}?prefix={prefix}"
    assert run("store", "init", "--store", place).code == 0
    with Elastic(Address(tuple(elasticsearch.urls), prefix=prefix), dead_letters=Path("unused")) as store:
        nowhere = {"index.routing.allocation.require._name": "nobody"}
        indices = store._client.indices
        indices.create(index=f"{prefix}-captures", settings=nowhere, wait_for_active_shards="0", timeout="1s")
        assert is_told(replay(place), "cannot answer", "look at its health")
        done = run("store", "check", "--store", place, width=200)
        assert done.code == 3
        assert "red" in done.out
        assert is_told(run("store", "init", "--store", place), "health is red", "bring back the missing nodes")
        indices.delete(index=f"{prefix}-captures")
    check_complete(place)


def test_a_mapping_that_lacks_fields(elasticsearch: Cluster, prefix: str) -> None:
    """An index of an earlier version: told to migrate; nothing is put aside, and after that the capture is read."""
    place = f"{elasticsearch.urls[0]}?prefix={prefix}"
    make_old_index(elasticsearch, prefix, {"@timestamp": {"type": "date_nanos"}})
    assert is_told(replay(place), "mapping does not fit", "wanglou store migrate")
    assert run("store", "check", "--store", place).code == 3
    assert run("store", "migrate", "--store", place).code == 0
    check_complete(place)


def make_old_index(elasticsearch: Cluster, prefix: str, properties: dict[str, Any]) -> None:
    """Make the index that the capture's Modbus records go to, otherwise than the templates say."""
    run("store", "init", "--store", f"{elasticsearch.urls[0]}?prefix={prefix}")
    with Elastic(Address(tuple(elasticsearch.urls), prefix=prefix), dead_letters=Path("unused")) as store:
        mappings = {"dynamic": "strict", "properties": properties}
        template = {"index_patterns": [f"{prefix}-modbus-*"], "priority": 9000, "template": {"mappings": mappings}}
        store._client.indices.put_index_template(name=f"{prefix}-old", **template)  # type: ignore[arg-type] # as made
        day = first_day()
        store._client.indices.create(index=f"{prefix}-modbus-{day}", aliases={f"{prefix}-modbus": {}})
        store._client.indices.delete_index_template(name=f"{prefix}-old")


def first_day() -> str:
    """Day of the capture's first record, as indices have it."""
    batch = next(iter(open_capture(SAMPLE).batches()))
    return f"{day_of(int(batch.ts_ns[0])):%Y.%m.%d}"


def test_a_mapping_of_another_type(elasticsearch: Cluster, prefix: str) -> None:
    """Documents that do not fit are kept in the dead letters and told; migrated, they are sent again."""
    place = f"{elasticsearch.urls[0]}?prefix={prefix}"
    properties = elastic_mapping.make_properties(MODBUS)
    make_old_index(elasticsearch, prefix, {**properties, "event.action": {"type": "long"}})
    done = replay(place)
    assert done.code == 3
    assert "documents that the cluster refused" in done.out
    assert is_told(done, "lie in the dead letters", "wanglou store check", "wanglou store replay-dead-letters")
    again = replay(place)
    assert again.code == 3  # known, and its records still lack
    assert is_told(again, "lie in the dead letters")
    looked = run("store", "check", "--store", place, width=250)
    assert looked.code == 3
    assert f"{prefix}-modbus-{first_day()}: event.action is long and not keyword" in looked.out
    assert "run `wanglou store migrate`, then `wanglou store replay-dead-letters`" in looked.out
    asked = run("search", "event.action:read*", "--store", place)
    assert is_told(asked, f"the index {prefix}-modbus-{first_day()}", "wanglou store check", "wanglou store migrate")
    assert "search_phase" not in asked.err
    assert run("store", "migrate", "--store", place).code == 0
    sent = run("store", "replay-dead-letters", "--store", place)
    assert sent.code == 0
    assert not sent.out.startswith("0 documents")
    check_complete(place)


def test_a_copy_into_an_index_of_another_type(elasticsearch: Cluster, prefix: str, tmp_path: Path) -> None:
    """It is told as a replay tells it, and ends with the same code."""
    assert run("replay", SAMPLE, "--store", tmp_path / "lake", "--no-stages", "--no-progress").code == 0
    place = f"{elasticsearch.urls[0]}?prefix={prefix}"
    make_old_index(elasticsearch, prefix, {**elastic_mapping.make_properties(MODBUS), "event.action": {"type": "long"}})
    assert is_told(run("store", "copy", str(tmp_path / "lake"), place), "lie in the dead letters")


def test_counting_on_an_index_of_another_type(elasticsearch: Cluster, prefix: str) -> None:
    """An index that cannot answer is no index without records: counts and summaries are errors too."""
    properties = elastic_mapping.make_properties(MODBUS)
    make_old_index(elasticsearch, prefix, {**properties, "source.ip": {"type": "long"}})
    replay(f"{elasticsearch.urls[0]}?prefix={prefix}")
    with Elastic(Address(tuple(elasticsearch.urls), prefix=prefix), dead_letters=Path("unused")) as store:
        for ask in (
            lambda: store.count("modbus", "source.ip:10.0.0.0/8"),
            lambda: store.aggregate("modbus", Terms("event.action"), "source.ip:10.0.0.0/8"),
            lambda: list(store.search("modbus", "source.ip:10.0.0.0/8")),
        ):
            with pytest.raises(StoreError, match=f"the index {prefix}-modbus-.* does not have the fields"):
                ask()


def test_an_outage_when_a_replay_begins(elasticsearch: Cluster, prefix: str, tmp_path: Path) -> None:
    """Without a spool it fails; one that the address names takes the capture, which is there once it was drained."""
    with stand_before(elasticsearch.urls[0]) as gate:
        assert is_told(replay(f"{gate.url}?prefix={prefix}"), "no connection", "check the address")
        place = f"{gate.url}?prefix={prefix}&spool={tmp_path}/waiting"
        for _ in range(2):
            done = replay(place)
            assert done.code == 0, done.err
            assert "documents that wait on this disk" in done.out
            assert "wanglou store drain" in done.err
        assert is_told(run("store", "drain", "--store", place), "no connection")
        gate.open()
        assert run("store", "drain", "--store", place).code == 0
        check_complete(place)
        with open_elastic(place) as store:
            (capture,) = store.captures()
            assert capture.is_complete


def test_a_newer_store(elasticsearch: Cluster, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An earlier program does not take the fields of a later one away: told, nothing is changed."""
    place = f"{elasticsearch.urls[0]}?prefix={prefix}"
    with monkeypatch.context() as later:
        later.setattr(elastic_mapping, "__version__", "7.3.0")
        later.setattr(elastic_mapping, "VERSION", elastic_mapping.VERSION + 1)
        assert run("store", "init", "--store", place).code == 0
    for command in (("store", "init"), ("store", "migrate")):
        assert is_told(run(*command, "--store", place), "a later version of Wanglou (7.3.0)", "update this one")
    assert is_told(replay(place), "a later version of Wanglou")
    done = run("store", "check", "--store", place, width=200)
    assert done.code == 3
    assert "update this program" in done.out


@pytest.mark.heavy
def test_a_disk_that_passes_the_watermark(tmp_path: Path) -> None:
    """A real server blocks its indices: told as what it is, with what to do; with room again the capture is read."""
    require_elasticsearch()
    watermark = "cluster.routing.allocation.disk.watermark"
    with run_cluster(tmp_path / "nodes", settings={"cluster.info.update.interval": "10s"}) as cluster:
        place = cluster.urls[0]
        assert run("store", "init", "--store", place).code == 0
        assert run("replay", SAMPLE, "--store", place, "--no-stages", "--no-progress").code == 0
        with Elastic(Address(tuple(cluster.urls)), dead_letters=tmp_path / "dead") as store:
            store._client.cluster.put_settings(
                persistent={f"{watermark}.{name}": "1%" for name in ("low", "high", "flood_stage")}
            )
            wait_for_block(store, blocked=True)
            assert is_told(replay(place), "takes no writes", "watermark", "store expire")
            store._client.cluster.put_settings(
                persistent={f"{watermark}.{name}": None for name in ("low", "high", "flood_stage")}
            )
            wait_for_block(store, blocked=False)
        check_complete(place)


def wait_for_block(store: Elastic, *, blocked: bool) -> None:
    """Wait until the server noticed its disk."""
    for _ in range(120):
        found = store._client.indices.get_settings(index="wanglou-modbus-*", name="index.blocks.*")
        if bool(found.body) is blocked:
            return
        time.sleep(0.5)
    raise AssertionError("the server did not look at its disk")
