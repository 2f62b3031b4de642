"""Errors for programs."""

from __future__ import annotations

from console.problem import CHANGES, MEDIA_TYPE, PROBLEMS, Problem, ProblemResponse


def test_a_problem_has_the_members_of_rfc_9457() -> None:
    """Also what to do, and members of its own."""
    problem = Problem(type="about:blank", title="Wrong", status=400, detail="x", instance="/a", do="y")
    answer = ProblemResponse(problem, {"retry-after": "1"}, position=3)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.headers["retry-after"] == "1"
    assert b'"position":3' in answer.body
    assert b'"do":"y"' in answer.body


def test_the_documented_problems_have_the_media_type() -> None:
    """What OpenAPI tells of each is what is sent."""
    for description in (*PROBLEMS.values(), *CHANGES.values()):
        assert list(description["content"]) == [MEDIA_TYPE]
