"""What the server itself must be able to read, such as secrets of second factors, kept unreadable in the ledger.

AES-256-GCM (NIST SP 800-38D) under a key in a file of its own, which only its owner may read: who gets a copy of the
ledger, or a backup of it, does not get the secrets. What a text belongs to is authenticated with it, so that a sealed
text put into another row opens nothing.
"""

from __future__ import annotations

import base64
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wanglou.errors import StoreError

KEY_FILE = "console.key"
"""Name of the key's file, in the lake's folder unless settings say otherwise."""
_KEY_BYTES, _NONCE_BYTES = 32, 12
_LOST = "restore the key from its backup, or `wanglou user reset NAME --totp`"


class Seal:
    """Seals and opens texts under the key of one file."""

    def __init__(self, path: Path) -> None:
        """Use the file ``path``, which is made at first need."""
        self.path = path
        self._cipher: AESGCM | None = None

    def seal(self, text: str, owner: str) -> str:
        """Seal ``text`` for ``owner``; raises StoreError for a file that is no key or that others may read."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._use(create=True).encrypt(nonce, text.encode(), owner.encode())
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, owner: str) -> str:
        """Open what was sealed for ``owner``; raises StoreError where the key is another, or is gone."""
        try:
            data = base64.b64decode(sealed, validate=True)
            return self._use(create=False).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], owner.encode()).decode()
        except (InvalidTag, ValueError) as error:
            what = f"the second factor of {owner} was sealed with another key"
            raise StoreError(what, where=str(self.path), do=_LOST) from error

    def make(self) -> None:
        """Make the key, or see that it can be used."""
        self._use(create=True)

    def _use(self, *, create: bool) -> AESGCM:
        if self._cipher is None:
            if create and not self.path.exists():
                _write_key(self.path)
            self._cipher = AESGCM(_read_key(self.path))
        return self._cipher


def _write_key(path: Path) -> None:
    """Write a new key: whole, on disk, readable by its owner only, and never in place of another."""
    fresh = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(_KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was quicker: its key is used
            os.link(fresh, path)
        fresh.unlink()
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError as error:
        what = f"cannot write the key: {error.strerror}"
        raise StoreError(what, where=str(path), do="check the folder and its permissions") from error


def _read_key(path: Path) -> bytes:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        content = path.read_bytes()
    except OSError as error:
        raise StoreError(f"cannot read the key: {error.strerror}", where=str(path), do=_LOST) from error
    if mode & 0o077:
        raise StoreError("others may read the key", where=str(path), do=f"chmod 600 {path}")
    try:
        key = base64.b64decode(content.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise StoreError("this is no key", where=str(path), do=_LOST)
    return key
