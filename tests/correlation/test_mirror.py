"""The read copy of alerts, incidents and assets on a real cluster: it follows the ledger, and sends what changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from correlation.decision import Part
from correlation.elastic import Elastic
from correlation.incidents import Incidents
from correlation.inventory import Inventory
from correlation.lake import Lake
from correlation.mirror import Mirrored, mirror, mirror_changes
from correlation.mirror_mark import count_behind, read_mark
from correlation.triage import Triage
from tests.support.ledgers import ACTOR
from tests.support.stores import list_records, take_captures, write
from wanglou.errors import StoreError
from wanglou.ledger import Ledger
from wanglou.stages import COMPONENTS, update_stages


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Give a ledger of all that is mirrored."""
    with Ledger(tmp_path / "ledger.db", COMPONENTS, create=True) as ledger:
        yield ledger


def read(store: Elastic, ledger: Ledger, *places: int) -> list[str]:
    """Read bundled captures, and bring the stages up to them; gives their identities."""
    taken = [take_captures()[place] for place in places]
    for one in taken:
        write(store, one)
    identities = [one.record.identity for one in taken]
    Inventory(store, ledger, ACTOR).update()
    Incidents(ledger).update(store, identities, ACTOR)
    return identities


def bodies(store: Elastic, kind: str) -> dict[str, Any]:
    """What the cluster has of a kind, by id."""
    return {document.id: document.body for document in store.list_documents(kind)}


def check(store: Elastic, ledger: Ledger) -> None:
    """What the cluster has is what the ledger and the store say."""
    alerts = {record["event.id"]: record for record in list_records(store, "alert")}
    states = Triage(ledger).states(alerts)
    found = bodies(store, "alert")
    assert set(found) == set(alerts)
    for identity, body in found.items():
        assert {name: body[name] for name in alerts[identity]} == alerts[identity]
        expected = states[identity].state if identity in states else "new"
        assert body["wanglou.triage.state"] == expected
    cases = {case.id: case for case in Incidents(ledger).cases()}
    incidents = bodies(store, "incident")
    assert {name: (body["incident.status"], body["incident.title.zh"]) for name, body in incidents.items()} == {
        name: (case.status, case.incident.title_zh) for name, case in cases.items()
    }
    assert all(
        body.get("incident.alert_ids", []) == Incidents(ledger).members(name) for name, body in incidents.items()
    )
    assets = {asset.id: asset for asset in Inventory(store, ledger, ACTOR).list_assets()}
    assert {name: body["name"] for name, body in bodies(store, "asset").items()} == {
        name: asset.name for name, asset in assets.items()
    }


def test_the_copy_follows_what_changes(elastic: Elastic, ledger: Ledger) -> None:
    """Only what changed is sent, what is gone goes there too, and nothing new costs nothing."""
    identities = read(elastic, ledger, 0, 1)
    first = mirror(elastic, ledger, identities)
    check(elastic, ledger)
    assert set(first.sent) == {"asset", "incident", "alert"}
    assert mirror(elastic, ledger, identities) == mirror(elastic, ledger) == Mirrored()

    alert = list_records(elastic, "alert")[0]
    Triage(ledger).set_state({alert["event.id"]: ""}, ACTOR, state="acknowledged", comment="我看过了")
    case = Incidents(ledger).cases()[0]
    Incidents(ledger).set_state(case.id, ACTOR, status="closed", verdict="attack")
    assert mirror(elastic, ledger) == Mirrored({"incident": 1, "alert": 1})
    check(elastic, ledger)
    assert bodies(elastic, "alert")[alert["event.id"]]["wanglou.triage.comment"] == "我看过了"

    Triage(ledger).set_state({alert["event.id"]: ""}, ACTOR, state="closed")
    assert mirror(elastic, ledger).sent == {"alert": 1}
    assert mirror(elastic, ledger, identities) == Mirrored()
    check(elastic, ledger)


def test_what_is_gone_goes_there_too(elastic: Elastic, ledger: Ledger) -> None:
    """A deleted capture, and alerts that new rules no longer raise."""
    identities = read(elastic, ledger, 1, 3)
    mirror(elastic, ledger, identities)
    elastic.delete_capture(identities[1])
    kept = take_captures()[1].alerts.slice(1)
    elastic.replace_alerts(identities[0], kept, "rules-2")
    Inventory(elastic, ledger, ACTOR).update()
    Incidents(ledger).update(elastic, identities, ACTOR)
    done = mirror(elastic, ledger, identities)
    assert done.removed["alert"] == take_captures()[3].alerts.num_rows + 1
    check(elastic, ledger)
    assert len(bodies(elastic, "alert")) == kept.num_rows


def test_anew(elastic: Elastic, ledger: Ledger) -> None:
    """Everything is sent again, and what nobody knows of is removed."""
    identities = read(elastic, ledger, 1)
    mirror(elastic, ledger, identities)
    before = {kind: bodies(elastic, kind) for kind in ("alert", "asset", "incident")}
    elastic.put_document("asset", "stranger", {"name": "x"})
    elastic.delete_document("alert", next(iter(before["alert"])))
    done = mirror(elastic, ledger, anew=True)
    assert done.sent == {kind: len(its) for kind, its in before.items()}
    assert {kind: bodies(elastic, kind) for kind in before} == before


def test_other_programs_find_them_by_their_times_and_values(elastic: Elastic, ledger: Ledger) -> None:
    """Behind one alias, with a date each, and every value as a keyword."""
    identities = read(elastic, ledger, 1)
    mirror(elastic, ledger, identities)
    elastic._client.indices.refresh(index=f"{elastic.address.prefix}-documents")
    query = {"bool": {"filter": [{"term": {"kind": "incident"}}, {"term": {"body.incident.status": "new"}},
                                 {"range": {"@timestamp": {"gte": "2026-01-01"}}}]}}  # fmt: skip
    found = elastic._client.count(index=f"{elastic.address.prefix}-documents", query=query)
    assert found["count"] == len(Incidents(ledger).cases()) > 0


def test_refused_documents_are_told(elastic: Elastic, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are noted as not sent, so that the next update sends them."""
    identities = read(elastic, ledger, 0)
    make = elastic._documents.make_item

    def damage(kind: str, name: str, body: Any, at_ns: int) -> Any:
        made = make(kind, name, body, at_ns)
        return replace(made, body=made.body.replace('"@timestamp": ', '"@timestamp": "no time", "x": '))

    with monkeypatch.context() as patch:
        patch.setattr(elastic._documents, "make_item", damage)
        with pytest.raises(StoreError, match=r"mapping does not fit|refused"):
            mirror(elastic, ledger, identities)
    assert mirror(elastic, ledger, identities).sent["asset"] > 0
    check(elastic, ledger)


def test_a_lake_needs_no_copy(tmp_path: Path, ledger: Ledger) -> None:
    """Its ledger lies beside it."""
    with Lake(tmp_path / "lake") as lake:
        lake.init()
        assert mirror(lake, ledger, None) == Mirrored()


def test_edits_follow_by_the_audit(elastic: Elastic, ledger: Ledger) -> None:
    """One edit sends one document; a merge sends what stays and removes what went; nothing new sends nothing."""
    identities = read(elastic, ledger, 0, 1, 3)
    assert mirror_changes(elastic, ledger).sent.keys() == {"asset", "incident", "alert"}, "a first time is a whole one"
    assert mirror(elastic, ledger, identities) == Mirrored()
    assert mirror_changes(elastic, ledger) == Mirrored()
    alert = list_records(elastic, "alert")[0]
    Triage(ledger).set_state({alert["event.id"]: ""}, ACTOR, state="closed", assignee="li")
    assert count_behind(ledger, elastic.place)[1] == 1
    assert mirror_changes(elastic, ledger) == Mirrored({"alert": 1})
    case = Incidents(ledger).cases()[0]
    Incidents(ledger).set_state(case.id, ACTOR, comment="查过了")
    assert mirror_changes(elastic, ledger) == Mirrored({"incident": 1})
    asset = Inventory(elastic, ledger, ACTOR).list_assets()[0]
    Inventory(elastic, ledger, ACTOR).edit([(asset.enterprise, asset.key, {"owner": "wang"})], "told")
    assert mirror_changes(elastic, ledger) == Mirrored({"asset": 1})
    check(elastic, ledger)
    assert mirror_changes(elastic, ledger) == Mirrored()
    assert count_behind(ledger, elastic.place)[1] == 0


def test_incidents_that_are_merged(elastic: Elastic, ledger: Ledger) -> None:
    """The copy has the one that stays, and no longer the other."""
    identities = read(elastic, ledger, 1)
    mirror(elastic, ledger, identities)
    alerts = list_records(elastic, "alert")
    case = Incidents(ledger).cases()[0]
    rule = str(alerts[0]["rule.name"])
    assert len({alert["rule.name"] for alert in alerts}) > 1
    _, fresh = Incidents(ledger).split(elastic, case.id, Part((), rule=rule), ACTOR)
    assert mirror_changes(elastic, ledger).sent == {"incident": 1 + len(fresh)}
    check(elastic, ledger)
    Incidents(ledger).merge(elastic, case.id, [one.id for one in fresh], ACTOR)
    assert mirror_changes(elastic, ledger).removed == {"incident": len(fresh)}
    check(elastic, ledger)


def test_a_failure_is_counted_and_caught_up(elastic: Elastic, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """The edit stays, alerts of a capture that could not be sent are owed, and all of it is sent later."""
    identities = read(elastic, ledger, 1)

    def refuse(*_: object) -> int:
        raise StoreError("away")

    with monkeypatch.context() as patch:
        patch.setattr(elastic, "put_documents", refuse)
        for attempt in (1, 2):
            with pytest.raises(StoreError, match="away"):
                mirror(elastic, ledger, identities)
            with ledger.reading() as connection:
                mark = read_mark(connection, elastic.place)
            assert (mark.failures, mark.fault) == (attempt, "away")
        report = update_stages(elastic, ledger, None, identities, ACTOR)
        assert report.mirror_fault == "away"
        assert report.incidents_found
        with pytest.raises(StoreError):
            mirror_changes(elastic, ledger)
    assert mirror_changes(elastic, ledger).sent.keys() == {"asset", "incident", "alert"}
    assert count_behind(ledger, elastic.place)[0].failures == 0
    check(elastic, ledger)
