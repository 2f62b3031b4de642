"""The way to a cluster: its addresses, names, key and CA, read from one text, and the client made of them.

``https://one:9200,https://two:9200?ca=FILE&key=FILE&prefix=wanglou``: several nodes are joined by commas; ``ca`` is the
certificate of a private authority, ``key`` a file that holds an API key, ``dead`` the file of refused documents,
``prefix`` begins all names of indices, ``keep`` says how much of which dataset is kept (``volume.py``), ``spool`` and
``spool_max`` where and how much may wait while the cluster is out of reach (``spool.py``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from elasticsearch import Elasticsearch

from correlation.spool import SPOOL_BYTES
from wanglou.errors import StoreError, UsageError

_OPTIONS = ("ca", "key", "dead", "keep", "prefix", "spool", "spool_max")
_PREFIX = re.compile(r"[a-z0-9][a-z0-9_]{0,31}", re.ASCII)
_EXAMPLE = "write https://host:9200, several joined by commas, then ?ca=FILE&key=FILE&prefix=NAME as needed"
TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Address:
    """Where a cluster is and how one gets in."""

    urls: tuple[str, ...]
    ca: Path | None = None
    key: Path | None = None
    dead: Path | None = None
    """Where documents go that the cluster refuses."""
    prefix: str = "wanglou"
    keep: str = ""
    """Policies of volume, as ``volume.parse_policies`` reads them."""
    spool: Path | None = None
    """Where records wait while the cluster is out of reach."""
    spool_max: int = SPOOL_BYTES
    """Bytes that may wait there."""

    def __str__(self) -> str:
        """Name it in messages."""
        return self.urls[0] + (f" (and {len(self.urls) - 1} more)" if len(self.urls) > 1 else "")


def parse_address(text: str) -> Address:
    """Read an address; raises UsageError for what is none."""
    places, _, options = text.partition("?")
    urls = tuple(place.strip().rstrip("/") for place in places.split(","))
    for url in urls:
        _check_url(url)
    found = dict(parse_qsl(options, keep_blank_values=True))
    if unknown := sorted(set(found) - set(_OPTIONS)):
        raise UsageError(f"no option {unknown[0]!r} of a store", do=_EXAMPLE)
    prefix = found.get("prefix", "wanglou")
    if not _PREFIX.fullmatch(prefix):
        raise UsageError(f"{prefix!r} cannot begin the name of an index", do="small letters, digits and _, at most 32")
    files = {name: Path(found[name]) for name in ("ca", "key", "dead", "spool") if found.get(name)}
    room = _read_size(found["spool_max"]) if found.get("spool_max") else SPOOL_BYTES
    return Address(urls, prefix=prefix, keep=found.get("keep", ""), spool_max=room, **files)


def _read_size(text: str) -> int:
    """Read bytes, or a number with K, M, G or T: powers of 1000."""
    found = re.fullmatch(r"(\d{1,15})([KMGT]?)", text, re.ASCII)
    if found is None or not int(found[1]):
        raise UsageError(f"{text!r} is no size of a spool", do="give bytes, or 500M, 20G")
    return int(found[1]) * int(1000 ** " KMGT".index(found[2] or " "))


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port:
        raise UsageError(f"{url!r} is no address of Elasticsearch", do=_EXAMPLE)
    if parts.username or parts.password:
        raise UsageError("a store's address holds no password", do="put an API key into a file, and ?key=FILE")


def connect(address: Address) -> Elasticsearch:
    """Make a client; nothing is sent yet. Raises StoreError for a key that cannot be read."""
    key = _read_key(address.key) if address.key else None
    if address.ca is not None:
        _read(address.ca)
    trusted = {"ca_certs": str(address.ca)} if address.ca else {}
    return Elasticsearch(
        list(address.urls),
        **trusted,  # type: ignore[arg-type] # one option of many, all typed
        api_key=key,
        request_timeout=TIMEOUT_S,
        max_retries=3,
        retry_on_status=(429, 502, 503, 504),
        retry_on_timeout=True,
    )


def _read_key(path: Path) -> str:
    key = _read(path).strip()
    if not key or not key.isprintable() or " " in key:
        raise UsageError("this file holds no API key", where=str(path), do="put the encoded key alone into it")
    return key


def _read(path: Path) -> str:
    """Read what an option of the address names."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        do = "correct the address, or who may read the file"
        raise StoreError(f"cannot read: {error.strerror}", where=str(path), do=do) from error
