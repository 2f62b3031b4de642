"""The console's table of displays."""

from __future__ import annotations

from console.display_tables import DISPLAY, DISPLAYS


def test_the_digest_of_the_cookie_is_a_secret() -> None:
    """The audit tells of displays without it."""
    assert DISPLAY.c.digest.info.get("secret")
    assert DISPLAY.info.get("kind") == "display"
    assert set(DISPLAYS.metadata.tables) == {"displays"}
