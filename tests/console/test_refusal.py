"""Why a request was not answered as asked."""

from __future__ import annotations

from console.refusal import SignInWanted, not_found


def test_a_program_is_told_how_to_sign_in() -> None:
    """RFC 9110, 11.6.1: 401 names a scheme."""
    assert SignInWanted("/sign-in").headers["www-authenticate"].startswith("Bearer")


def test_what_is_not_there_is_404() -> None:
    """Also what belongs to somebody else."""
    assert not_found().status == 404
