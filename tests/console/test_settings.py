"""How one console is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.settings import ConsoleSettings, parse_zone
from wanglou.errors import UsageError


@pytest.mark.parametrize(
    "wrong",
    [{"zone": "Mars/Olympus"}, {"zone": "../etc/passwd"}, {"proxies": ("10.0.0.0/33",)}, {"certificate": Path("a")},
     {"port": 70_000}],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_once(wrong: dict[str, object]) -> None:
    """Not at the first request."""
    with pytest.raises(UsageError):
        ConsoleSettings(**wrong)  # type: ignore[arg-type] # wrong on purpose


def test_defaults_listen_on_this_machine_only() -> None:
    """Nobody else reaches a console that was just started."""
    settings = ConsoleSettings()
    assert settings.host == "127.0.0.1"
    assert not settings.is_encrypted
    assert parse_zone(settings.zone).key == "Asia/Shanghai"
