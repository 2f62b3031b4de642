"""Levels of GB/T 20986."""

from __future__ import annotations

from correlation.event_level import LEVELS, MATRIX, guess_importance, guess_loss, propose_level


def test_the_matrix() -> None:
    """Corners of the matrix are those of the edition of 2007."""
    assert propose_level("special", "extreme") == 1
    assert propose_level("special", "severe") == propose_level("important", "extreme") == 2
    assert propose_level("ordinary", "extreme") == 3
    assert propose_level("ordinary", "severe") == 4
    assert {level for losses in MATRIX.values() for level in losses.values()} == set(LEVELS)


def test_guesses() -> None:
    """Safety functions weigh most; before the process is touched the loss is small."""
    assert guess_importance(frozenset({"modbus_safety_range_write"}), frozenset()) == "special"
    assert guess_importance(frozenset(), frozenset({"opcua", "flow"})) == "important"
    assert guess_importance(frozenset(), frozenset({"dns"})) == "ordinary"
    assert guess_loss("Discovery", 99) == guess_loss("", 99) == "small"
    assert (guess_loss("Impair Process Control", 79), guess_loss("Impact", 80)) == ("large", "severe")
