"""One request: who asks, what that person may do and see, and in which language, theme, zone and period."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData
from starlette.requests import Request

from console.door import Guest
from console.period import DEFAULT, Period, parse_period
from console.scope import Scope
from console.settings import parse_zone
from console.texts import load_texts
from correlation.store import Store
from correlation.triage import Triage
from wanglou.audit import Actor
from wanglou.errors import UsageError
from wanglou.languages import LANGUAGES, Catalogue, Language
from wanglou.ledger import Ledger

if TYPE_CHECKING:
    from console.permission import Permission
    from console.services import Services

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)
LANGUAGE_COOKIE, THEME_COOKIE, ZONE_COOKIE = "wanglou-language", "wanglou-theme", "wanglou-zone"
SESSION_COOKIE, FORM_COOKIE = "wanglou-session", "wanglou-form"
CSRF_HEADER, CSRF_FIELD = "x-csrf-token", "csrf"
"""Where requests that change something carry the token of the session."""
API = "/api/"
"""Beginning of the paths that answer programs."""


@dataclass
class Visit:
    """One request and everything a page or an answer of the API is made of."""

    request: Request
    services: Services
    guest: Guest | None = None
    """Who asks; None where nobody signed in."""
    form: FormData = field(default_factory=FormData)
    """Fields of the form that was sent."""

    @cached_property
    def language(self) -> Language:
        """The language chosen, else the first of the browser's that is spoken here, else that of the settings."""
        chosen = self._chosen("language", LANGUAGE_COOKIE)
        accepted = self.request.headers.get("accept-language", "")
        wanted = [part.partition(";")[0].strip()[:2].lower() for part in accepted.split(",")[:10]]
        for name in (chosen, *wanted):
            if name in LANGUAGES:
                return name
        return self.services.settings.language

    @cached_property
    def say(self) -> Catalogue:
        """The texts of the reader's language."""
        return load_texts(self.language)

    @cached_property
    def theme(self) -> Theme:
        """The theme chosen; ``auto`` follows the system's."""
        chosen = self._chosen("theme", THEME_COOKIE)
        return chosen if chosen in THEMES else "auto"

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone in which times are shown and read."""
        try:
            return parse_zone(self._chosen("zone", ZONE_COOKIE) or self.services.settings.zone)
        except UsageError:
            return parse_zone(self.services.settings.zone)

    def _chosen(self, name: str, cookie: str) -> str:
        """Give what was chosen: by the account, else in this browser."""
        kept = self.guest.account.preferences.get(name, "") if self.guest else ""
        return kept or self.request.cookies.get(cookie, "")

    @cached_property
    def now_ns(self) -> int:
        """What ``now`` means throughout the request."""
        return self.services.clock()

    @cached_property
    def period(self) -> Period:
        """The stretch of time that the page is about; raises UsageError for one that cannot be read."""
        given = self.request.query_params
        return parse_period(given.get("from", ""), given.get("to", ""), self.zone, self.now_ns, DEFAULT)

    @cached_property
    def store(self) -> Store:
        """The store as this guest may read it: records of its enterprises and of no other."""
        return self.services.door.scoped(self.services.store, self.guest)

    @property
    def enterprises(self) -> frozenset[str] | None:
        """Enterprises that this guest may see; None for the whole park, none at all for nobody."""
        return frozenset() if self.guest is None else self.guest.scope.enterprises

    @property
    def scope(self) -> Scope:
        """What this guest may see: ``admits(enterprise)``, ``where(column)`` for tables of the ledger."""
        return Scope(self.enterprises)

    @property
    def ledger(self) -> Ledger:
        """The ledger; whoever reads it keeps to ``enterprises``."""
        return self.services.ledger

    @property
    def triage(self) -> Triage:
        """States of alerts; whoever reads it keeps to ``enterprises``."""
        return self.services.triage

    @property
    def origin(self) -> str:
        """Address that the request came from, as far as proxies are believed."""
        return self.request.client.host if self.request.client else ""

    @property
    def actor(self) -> Actor:
        """Who changes something, for the audit."""
        name = self.guest.name if self.guest else ""
        kind = "token" if self.guest and self.guest.is_program else "user"
        return Actor(f"{kind}:{name}", self.origin)

    @property
    def csrf(self) -> str:
        """What forms carry, so that no other site can send them."""
        if self.guest is not None:
            return self.guest.csrf
        return str(getattr(self.request.state, "form_token", ""))

    @property
    def is_part(self) -> bool:
        """True where htmx asks for a part of the page, and not for the page with its frame."""
        headers = self.request.headers
        return "hx-request" in headers and "hx-history-restore-request" not in headers and "hx-boosted" not in headers

    @property
    def target(self) -> str:
        """Id of the element that htmx puts the answer into; empty for a whole page."""
        return self.request.headers.get("hx-target", "") if self.is_part else ""

    @property
    def is_stream(self) -> bool:
        """True where a page listens to events; it does so by itself."""
        return self.request.headers.get("accept", "").startswith("text/event-stream")

    @property
    def is_api(self) -> bool:
        """True where a program asks."""
        return self.request.url.path.startswith(API)

    def may(self, permission: Permission) -> bool:
        """True where the guest has that permission."""
        return self.guest is not None and permission in self.guest.permissions

    def asked(self, name: str, default: str = "") -> str:
        """Give a parameter of the address."""
        return self.request.query_params.get(name, default)

    def address(self, path: str = "", /, **changes: object) -> str:
        """Write the address of this page with some parameters changed, None or empty taking one away."""
        query = {} if path else dict(self.request.query_params)
        query.update({name.rstrip("_"): str(value) for name, value in changes.items() if value is not None})
        for name, value in changes.items():
            if value is None or value == "":
                query.pop(name.rstrip("_"), None)
        written = urlencode(query, safe=":/,*")
        place = path or self.request.url.path
        return f"{place}?{written}" if written else place

    def keep(self, path: str, /, **changes: object) -> str:
        """Write the address of another page over the same time."""
        times = {name: self.asked(name) for name in ("from", "to") if self.asked(name)}
        return self.address(path, **{**times, **changes})
