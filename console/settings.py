"""How one console is run: where its store and ledger lie, where it listens, and whom it believes."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from console.event_stream import MOST_S
from console.security import Security
from wanglou.config import Settings
from wanglou.errors import UsageError
from wanglou.languages import Language

MEBIBYTE = 1 << 20
ANY_PORT = 0
"""A port that the system chooses."""


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """Everything the console is told before it starts."""

    store: str = "lake"
    """The store of records, as ``correlation.opening`` reads it."""
    ledger: str = ""
    """File or URL of the ledger; empty for the one beside a lake."""
    site: Path | None = None
    """The site file: enterprises and their names."""
    rules: tuple[Path, ...] = ()
    """Folders of rules that add to or override the shipped ones, as the worker has them."""
    host: str = "127.0.0.1"
    port: int = 8600
    certificate: Path | None = None
    """PEM file of the certificate and its chain; without one the console speaks plain HTTP."""
    key: Path | None = None
    """PEM file of the certificate's private key."""
    totp_key: Path | None = None
    """File of the key that seals second factors; by default it lies in the lake's folder."""
    proxies: tuple[str, ...] = ()
    """Addresses or networks whose ``X-Forwarded-For``, ``-Proto`` and ``-Host`` are believed."""
    name: str = ""
    """What the park is called where there is no site file."""
    security: Security = field(default_factory=Security)
    """How passwords, sessions, sign-ins and tokens are guarded."""
    language: Language = "zh"
    """Language of whoever has not chosen one and whose browser asks for neither."""
    zone: str = "Asia/Shanghai"
    """Time zone of whoever has not chosen one (a name of the IANA database)."""
    body_bytes: int = MEBIBYTE
    """Bytes that a request may have, save where a route says otherwise."""
    requests_per_s: float = 40.0
    """Requests that one client may make each second, on the long run."""
    burst: int = 400
    """Requests that one client may make at once."""
    said: Settings = field(default_factory=Settings)
    """What was said of all settings, and where: what the page of settings shows."""

    stream_s: float = MOST_S
    """Seconds after which a stream of events ends, and its page connects anew."""

    def __post_init__(self) -> None:
        """Check what would only show later; raises UsageError."""
        parse_zone(self.zone)
        parse_proxies(self.proxies)
        if (self.certificate is None) != (self.key is None):
            raise UsageError("a certificate needs its key, and a key its certificate", do="give both, or neither")
        if not ANY_PORT <= self.port <= 0xFFFF:
            raise UsageError(f"{self.port} is no port", do="give 1 to 65535, or 0 for any that is free")

    @property
    def is_encrypted(self) -> bool:
        """True where the console itself speaks TLS."""
        return self.certificate is not None


def parse_zone(name: str) -> ZoneInfo:
    """Find a time zone by its name in the IANA database; raises UsageError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"{name!r} is no time zone", do="give a name such as Asia/Shanghai or UTC") from None


def parse_proxies(texts: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Read the addresses and networks of proxies; raises UsageError."""
    try:
        return tuple(ip_network(text, strict=False) for text in texts)
    except ValueError as error:
        raise UsageError(str(error), where="proxies", do="give addresses or networks such as 10.0.0.0/24") from None
