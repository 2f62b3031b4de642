"""The API of suppressions."""

from __future__ import annotations

from tests.support.consoles import Console

PATH = "/api/v1/suppressions"


def test_one_is_made_listed_and_lifted(console: Console) -> None:
    """With what is wrong told."""
    program = console.program("analyst")
    made = program.post(PATH, json={"rule": "x", "days": 3, "reason": "tests"})
    assert made.status_code == 201
    assert made.json()["id"] in [one["id"] for one in program.get(PATH).json()["items"]]
    path = f"{PATH}/{made.json()['id']}"
    assert program.delete(path).status_code == 204
    assert program.delete(path).status_code == 404
    assert program.post(PATH, json={"reason": "nothing named"}).status_code == 400
    assert program.post(PATH, json={"rule": "x"}).status_code == 422


def test_an_enterprise_sees_its_own_only(console: Console) -> None:
    """Those of others and of the park are not there."""
    analyst, user = console.program("analyst"), console.program("enterprise_user")
    ids = {}
    for enterprise in ("", "chem", "water"):
        body = {"rule": "x", "reason": "tests", "enterprise": enterprise}
        ids[enterprise] = analyst.post(PATH, json=body).json()["id"]
    assert [one["id"] for one in user.get(PATH).json()["items"]] == [ids["chem"]]
    assert user.delete(f"{PATH}/{ids['chem']}").status_code == 403
    for one in ids.values():
        analyst.delete(f"{PATH}/{one}")
