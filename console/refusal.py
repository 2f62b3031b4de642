"""Why a request was not answered as asked: what the guard and the routes raise, told by ``failures.py``."""

from __future__ import annotations

from collections.abc import Mapping


class Refused(Exception):  # noqa: N818 - it tells no fault of the program
    """A request that is refused with a status of HTTP; ``reason`` chooses the words, by default those of the status."""

    def __init__(
        self, status: int, *, reason: str = "", headers: Mapping[str, str] | None = None, **values: str
    ) -> None:
        """Keep ``values`` to fill the words with."""
        super().__init__(f"{status} {reason}".strip())
        self.status, self.reason, self.headers, self.values = status, reason, dict(headers or {}), values


class SignInWanted(Refused):
    """Nobody signed in, or somebody must do something first; ``address`` is where to send a browser."""

    def __init__(self, address: str) -> None:
        """Answer 401 to programs."""
        super().__init__(401, headers={"www-authenticate": 'Bearer realm="wanglou"'})
        self.address = address


def not_found(what: str = "") -> Refused:
    """Make the refusal for what is not there, or belongs to an enterprise that the guest may not see."""
    return Refused(404, what=what)
