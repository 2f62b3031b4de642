"""The API of saved views."""

from __future__ import annotations

from tests.support.consoles import Console

PATH = "/api/v1/views"


def test_views_come_and_go_by_the_api(console: Console) -> None:
    """Saved, listed, renamed by whoever read the newest version, deleted."""
    client = console.as_("analyst")
    made = client.post(PATH, json={"page": "/alerts", "name": "Writes", "query": "q=rule.name:modbus*&cursor=x"})
    assert made.status_code == 201
    one = f"{PATH}/{made.json()['id']}"
    assert made.json()["query"] == "q=rule.name:modbus*"
    assert made.json() in client.get(f"{PATH}?page=/alerts").json()["items"]
    assert client.get(f"{PATH}?page=/incidents").json()["items"] == []
    tag = client.get(one).headers["etag"]
    assert client.patch(one, json={"name": "Reads"}).status_code == 428
    assert client.patch(one, json={"name": "Reads"}, headers={"if-match": tag}).json()["version"] == 2
    assert client.patch(one, json={"name": "Late"}, headers={"if-match": tag}).status_code == 412
    assert console.as_("reviewer").get(one).status_code == 404
    assert console.as_("reviewer").delete(one).status_code == 404
    assert client.delete(one).status_code == 204
    assert client.get(one).status_code == 404
