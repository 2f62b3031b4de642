"""Displays: screens that show the wall view without anybody signing in at them.

A display is opened with the address ``/wall/open#token=...``. The part behind ``#`` stays in the browser: its script
sends the token in the body of a form, and the display gets a cookie of its own, of 256 random bits, of which the ledger
keeps the SHA-256 (FIPS 180-4). It may read the wall and nothing else, for as long as its token lives.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import sqlalchemy as sa

from console.display_tables import DISPLAY
from console.door import Guest
from console.permission import Permission
from console.session import AGENT_CHARACTERS, ORIGIN_CHARACTERS, clean, digest_secret, make_cookie
from console.token import Token, Tokens
from wanglou.audit import Actor
from wanglou.ledger import Ledger

READ: Permission = "wall.read"
COOKIE = "wanglou-display"
PATH = "/wall"
"""The display's cookie is sent to paths below it only."""
OPEN = f"{PATH}/open"
"""Where a token is exchanged, and where a display is sent that is not let in."""
EACH = 16
"""Displays of one token at once; a further one ends the oldest."""


class Displays:
    """The displays in one ledger, opened with the components ACCOUNTS and DISPLAYS."""

    def __init__(self, ledger: Ledger, tokens: Tokens, clock: Callable[[], int] = time.time_ns) -> None:
        """Keep displays; ``clock`` gives nanoseconds since 1970 UTC."""
        self._ledger, self._tokens, self._clock = ledger, tokens, clock

    def admit(self, secret: str, origin: str, agent: str = "") -> str | None:
        """Exchange a token for a display's cookie; None where the token is not good for the wall."""
        token = self._tokens.find(secret, origin)
        if token is None or READ not in token.permissions:
            return None
        cookie = make_cookie()
        with self._ledger.change(Actor(f"token:{token.account.name}", origin)) as change:
            chosen = sa.select(DISPLAY.c.id).where(DISPLAY.c.token == token.id)
            held = change.connection.scalars(chosen.order_by(DISPLAY.c.began_ns.desc(), DISPLAY.c.id)).all()
            for identity in held[EACH - 1 :]:
                change.delete(DISPLAY, {"id": identity}, action="displaced")
            row = {
                "id": f"display-{secrets.token_hex(6)}",
                "digest": digest_secret(cookie),
                "token": token.id,
                "began_ns": self._clock(),
                "origin": clean(origin, ORIGIN_CHARACTERS),
                "agent": clean(agent, AGENT_CHARACTERS),
            }
            change.insert(DISPLAY, row, action="admitted")
        return cookie

    def find(self, cookie: str) -> Guest | None:
        """Find the display of a cookie; None where it or its token has ended."""
        chosen = sa.select(DISPLAY.c.id, DISPLAY.c.token).where(DISPLAY.c.digest == digest_secret(cookie))
        with self._ledger.reading() as connection:
            found = connection.execute(chosen).first()
        token = self._tokens.get(found.token) if found else None
        return None if found is None or token is None else _seat(found.id, token)

    def sweep(self) -> int:
        """Remove the displays whose token ended; gives how many. For a task that runs now and then."""
        with self._ledger.reading() as connection:
            held = connection.execute(sa.select(DISPLAY.c.id, DISPLAY.c.token)).all()
        gone = [row.id for row in held if self._tokens.get(row.token) is None]
        if gone:
            with self._ledger.change(Actor("system:displays", "")) as change:
                for identity in gone:
                    change.delete(DISPLAY, {"id": identity}, action="expired")
        return len(gone)


def _seat(identity: str, token: Token) -> Guest | None:
    """Let a display read the wall, and nothing else that its token may do."""
    granted = token.permissions & {READ}
    return Guest(token.account, granted, token.scope, identity) if granted else None


def is_wall(path: str) -> bool:
    """True for what a display's cookie opens; the exchange itself takes every browser as nobody."""
    return path == PATH or (path.startswith(f"{PATH}/") and path != OPEN)
