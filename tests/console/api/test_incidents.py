"""The API of incidents."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.support.cases import list_cases, open_cases
from tests.support.consoles import Console

LIST = "/api/v1/incidents"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """Open a console with incidents of its own."""
    with open_cases(tmp_path_factory.mktemp("api")) as opened:
        yield opened


@pytest.fixture(scope="module")
def program(console: Console) -> TestClient:
    """Give a program with all that an analyst may."""
    return console.program("analyst")


def test_a_cursor_goes_through_all(program: TestClient) -> None:
    """Page by page, the same as at once, in every order."""
    for sort in ("began", "-began", "severity", "-alerts", "last"):
        whole = [one["id"] for one in program.get(f"{LIST}?sort={sort}").json()["items"]]
        found, cursor = [], ""
        while cursor is not None:
            page = program.get(LIST, params={"limit": 1, "cursor": cursor, "sort": sort}).json()
            found += [one["id"] for one in page["items"]]
            cursor = page["next"]
        assert found == whole
        assert len(found) > 2


def test_a_change_needs_the_etag_that_was_read(program: TestClient) -> None:
    """428 without one, 412 with an old one; class and level as words and numbers that there are."""
    path = f"{LIST}/{program.get(LIST).json()['items'][0]['id']}"
    etag = program.get(path).headers["etag"]
    assert program.patch(path, json={"status": "contained"}).status_code == 428
    changed = program.patch(path, json={"status": "contained", "class_set": "违规操作事件"}, headers={"if-match": etag})
    assert (changed.json()["status"], changed.json()["event_class"]) == ("contained", "违规操作事件")
    assert program.patch(path, json={"status": "new"}, headers={"if-match": etag}).status_code == 412
    etag = changed.headers["etag"]
    for wrong, status in (
        ({"status": "x"}, 422), ({"level_set": 5}, 422), ({"class_set": "x"}, 400), ({"subclass_set": "x"}, 400),
    ):  # fmt: skip
        assert program.patch(path, json=wrong, headers={"if-match": etag}).status_code == status
    back = program.patch(path, json={"status": "new", "class_set": ""}, headers={"if-match": etag})
    assert back.json()["class_set"] == ""


def test_merge_split_and_undo(console: Console, program: TestClient) -> None:
    """Each with the ETag; undo gives back what there was."""
    before = {case.id: case.incident.alerts for case in list_cases(console)}
    into, other = list_cases(console)[:2]
    path = f"{LIST}/{into.id}"

    def post(what: str, body: dict[str, object]) -> dict[str, object]:
        assert program.post(f"{path}/{what}", json=body).status_code == 428
        assert program.post(f"{path}/{what}", json=body, headers={"if-match": '"0"'}).status_code == 412
        answer = program.post(f"{path}/{what}", json=body, headers={"if-match": program.get(path).headers["etag"]})
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found

    merged = post("merge", {"others": [other.id]})
    assert merged["others"] == [other.id]
    assert [one["decision"] for one in program.get(f"{path}/decisions").json()["items"]] == merged["decisions"]
    post("undo", {"decisions": merged["decisions"]})
    rule = into.incident.timeline[0].rule
    parted = post("split", {"rule": rule})
    assert len(list_cases(console)) == len(before) + 1
    post("undo", {"decisions": parted["decisions"]})
    assert {case.id: case.incident.alerts for case in list_cases(console)} == before
    assert [one["action"] for one in program.get(f"{path}/history").json()["items"]].count("incident.undone") == 2


def test_alerts_and_export(console: Console, program: TestClient) -> None:
    """All alerts by pages; the file holds them, the timeline and the history; a leader's no alerts."""
    case = list_cases(console)[0]
    path = f"{LIST}/{case.id}"
    first = program.get(f"{path}/alerts?limit=3").json()
    rest = program.get(f"{path}/alerts", params={"cursor": first["next"]}).json()
    ids = [one["id"] for one in first["items"] + rest["items"]]
    assert sorted(ids) == console.services.incidents.members(case.id)
    file = program.get(f"{path}/export")
    assert f'filename="{case.id}.json"' in file.headers["content-disposition"]
    assert file.json()["incident.alert_ids"] == sorted(ids)
    assert len(file.json()["incident.timeline"]) == len(case.incident.timeline)
    assert "incident.alert_ids" not in console.as_("leader").get(f"{path}/export").json()


def test_who_may(console: Console) -> None:
    """Another enterprise's is not there, a permission that lacks is told, nobody is asked to come in."""
    path = f"{LIST}/{list_cases(console)[0].id}"
    assert console.as_("enterprise_user").get(LIST).json() == {"items": [], "next": None}
    for part in ("", "/alerts", "/history", "/decisions", "/export"):
        assert console.as_("enterprise_user").get(path + part).status_code == 404
        assert console.as_("park_admin").get(path + part).status_code == 403
        assert console.as_().get(path + part).status_code == 401
    assert console.as_("leader").get(f"{path}/alerts").status_code == 403
    assert console.as_("leader").patch(path, json={}, headers={"if-match": '"1"'}).status_code == 403
