"""Losses in words."""

from __future__ import annotations

from console.losses import Loss, tell_losses


def test_losses_are_told_in_the_readers_language() -> None:
    """The largest first; what is no loss is left out; an unknown counter by its name."""
    counters = {"packets": 9, "stream_gaps": 3, "new_counter": 7, "fragments_dropped": 0}
    assert tell_losses(counters, "en") == [
        Loss("new_counter", 7, "new_counter"),
        Loss("stream_gaps", 3, "gaps in TCP streams"),
    ]
    assert tell_losses(counters, "zh")[1].words == "TCP 流中的缺口"
