"""The API of accounts."""

from __future__ import annotations

from tests.support.consoles import Console


def test_accounts_are_made_and_changed_with_etags(console: Console) -> None:
    """201 with the secret, 428 without an ETag, 412 with an old one."""
    program = console.program("park_admin")
    made = program.post("/api/v1/users", json={"name": "qian", "roles": ["reviewer"]})
    assert made.status_code == 201
    assert made.json()["secret"]
    path, etag = "/api/v1/users/qian", made.headers["etag"]
    assert program.patch(path, json={"display": "Qian"}).status_code == 428
    changed = program.patch(path, json={"display": "Qian", "roles": ["leader"]}, headers={"if-match": etag})
    assert (changed.json()["display"], changed.json()["roles"]) == ("Qian", ["leader"])
    for action, body in (("reset", {}), ("lock", {"reason": "x"}), ("unlock", None)):
        assert program.post(f"{path}/{action}", json=body, headers={"if-match": etag}).status_code == 412
        assert program.post(f"{path}/{action}", json=body, headers={"if-match": "*"}).status_code == 200
        assert program.post(f"{path}/{action}", json=body).status_code == 428
    assert program.patch(path, json={}, headers={"if-match": "\x31x"}).status_code == 412
    assert program.get("/api/v1/users/nobody").status_code == 404
    assert program.post("/api/v1/users", json={"name": "qian", "roles": ["leader"]}).status_code == 400


def test_sessions_and_tokens_of_an_account(console: Console) -> None:
    """Sessions end, tokens of machines are made and revoked."""
    program = console.program("park_admin")
    cookie, _ = console.enter("leader")
    assert program.get("/api/v1/users/leader/sessions").json()["items"]
    assert program.delete("/api/v1/users/leader/sessions").status_code == 204
    assert console.services.door.find_session(cookie) is None
    made = program.post("/api/v1/users/province/tokens", json={"name": "feed"})
    assert made.json()["token"]["permissions"] == ["posture.read"]
    path = f"tokens/{made.json()['token']['id']}"
    assert program.delete(f"/api/v1/users/sensor/{path}").status_code == 404
    assert program.delete(f"/api/v1/users/province/{path}").status_code == 204
    assert program.post("/api/v1/users/analyst/tokens", json={"name": "x"}).status_code == 400
    assert len(program.get("/api/v1/roles").json()["items"]) == 9
