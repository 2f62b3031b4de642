"""The API of risk."""

from __future__ import annotations

from tests.support.consoles import Console

WEIGHTS = "/api/v1/risk/weights"


def test_parts_add_up_to_the_score(stock: Console) -> None:
    """Of the park, of each enterprise and of each asset; the last day of the trend has the score."""
    program = stock.program("analyst")
    paths = ["/api/v1/risk"]
    for kind in ("enterprise", "asset"):
        ranking = program.get(f"/api/v1/risk/ranking?kind={kind}").json()["items"]
        assert ranking
        paths += [f"/api/v1/risk/{kind}s/{one['subject'] or one['enterprise']}" for one in ranking if one["enterprise"]]
    for path in paths:
        told = program.get(path).json()
        assert round(sum(part["points"] for part in told["parts"]), 2) == told["score"] == told["trend"][-1]["score"]


def test_weights_need_their_etag(stock: Console) -> None:
    """428 without, 412 with an old one; other figures and back."""
    program = stock.program("analyst")
    etag = program.get(WEIGHTS).headers["etag"]
    body = {"figures": {"threat.points": 50}}
    assert program.patch(WEIGHTS, json=body).status_code == 428
    changed = program.patch(WEIGHTS, json=body, headers={"if-match": etag})
    assert not changed.json()["is_shipped"]
    assert program.patch(WEIGHTS, json=body, headers={"if-match": etag}).status_code == 412
    assert program.delete(WEIGHTS, headers={"if-match": etag}).status_code == 412
    back = program.delete(WEIGHTS, headers={"if-match": changed.headers["etag"]})
    assert back.json()["is_shipped"]
    assert back.headers["etag"] == etag


def test_wrong_figures_are_refused(stock: Console) -> None:
    """400 for unknown names and values out of range, 422 for what is no number."""
    program, match = stock.program("analyst"), {"if-match": "*"}
    for figures in ({"threat.colour": 1}, {"threat.points": 1000}, {"together.park": -1}):
        assert program.patch(WEIGHTS, json={"figures": figures}, headers=match).status_code == 400
    assert program.patch(WEIGHTS, json={"figures": {"threat.points": "x"}}, headers=match).status_code == 422


def test_the_park_is_not_an_enterprises(stock: Console) -> None:
    """404 for the park's figure and for another's."""
    program = stock.as_("enterprise_user")
    assert program.get("/api/v1/risk").status_code == 404
    assert program.get("/api/v1/risk/enterprises/machining").status_code == 404
    assert {one["enterprise"] for one in program.get("/api/v1/risk/ranking?kind=asset").json()["items"]} <= {"chem"}
