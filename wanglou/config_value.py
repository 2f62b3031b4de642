"""What the value of a setting may be: read from YAML or from the text of a variable, refused with what would do.

Each reader takes a value and the folder that relative paths start from, gives what the program works with, and raises
ValueError for anything else. Secrets are named by the path of a file: an address that holds a password is refused.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

Value = Any
Reading = Callable[[Value, Path], Value]

POLICIES = ("all", "rollup", "noteworthy")
"""How much of a dataset may be kept, see ``correlation.volume``."""
_LAKE = "lake:"
_SIZE = re.compile(r"(\d{1,15})(?:\.(\d{1,6}))?\s*([KMGT]?)(i?)B?", re.IGNORECASE | re.ASCII)
_WORD = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_MOST_CHARACTERS = 4096


def read_text(value: Value, base: Path) -> str:
    """Take a text that is not blank."""
    del base
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"must be a text, not {_show(value)}")
    if len(value) > _MOST_CHARACTERS or not value.isprintable():
        raise ValueError("is too long, or holds control characters")
    return value.strip()


def read_path(value: Value, base: Path) -> Path:
    """Take the path of a file or folder; a relative one starts from the folder of the settings."""
    return base / Path(read_text(value, base)).expanduser()


def read_paths(value: Value, base: Path) -> tuple[Path, ...]:
    """Take a list of paths; in a variable they are joined as in PATH."""
    items = value.split(os.pathsep) if isinstance(value, str) else value
    return tuple(read_path(item, base) for item in _items(items))


def read_store(value: Value, base: Path) -> str:
    """Take a store: ``lake:DIR``, a folder, or the addresses of a cluster."""
    text = read_text(value, base)
    if "://" in text:
        return _without_password(text, "an API key's file (?key=FILE)")
    folder = read_path(text.removeprefix(_LAKE), base)
    return f"{_LAKE}{folder}"


def read_ledger(value: Value, base: Path) -> str:
    """Take a ledger: a file, or a URL."""
    text = read_text(value, base)
    return _without_password(text, "a passfile (?passfile=FILE)") if "://" in text else str(read_path(text, base))


def _without_password(text: str, instead: str) -> str:
    from urllib.parse import parse_qsl, urlsplit

    try:
        parts = [urlsplit(part) for part in text.split(",")]
        given = any(part.password is not None for part in parts)
        options = {name.lower() for part in parts for name, _ in parse_qsl(part.query, keep_blank_values=True)}
    except ValueError as error:
        raise ValueError(f"is no address: {error}") from None
    if given or "password" in options:
        raise ValueError(f"holds a password; name {instead} instead")
    return text


def read_size(value: Value, base: Path) -> int:
    """Take a size: bytes, or a number with K, M, G or T (powers of 1000; Ki, Mi, Gi, Ti are powers of 1024)."""
    del base
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or (found[4] and not found[3]):
        raise ValueError(f"{_show(value)} is no size; give bytes, or 500M, 20G, 1.5T")
    power, fraction = " KMGT".index(found[3].upper() or " "), found[2] or ""
    unit = math.prod([1024 if found[4] else 1000] * power)
    return int(found[1] + fraction) * unit // math.prod([10] * len(fraction))


def read_choice(value: Value, base: Path, words: tuple[str, ...]) -> str:
    """Take one of some words."""
    del base
    if value not in words:
        raise ValueError(f"must be one of {', '.join(words)}, not {_show(value)}")
    return str(value)


def read_number(value: Value, base: Path, low: float, high: float, kind: type[float] = float) -> float:
    """Take a number from ``low`` to ``high``; whole ones where ``kind`` is ``int``."""
    del base
    word = "a whole number" if kind is int else "a number"
    try:
        number = kind(value) if isinstance(value, str) else value
    except ValueError:
        number = None
    is_right = isinstance(number, kind | int) and not isinstance(number, bool)
    if number is None or not is_right or not low <= number <= high:  # NaN lies nowhere
        raise ValueError(f"must be {word} from {low:g} to {high:g}, not {_show(value)}")
    return kind(number)


def choice(*words: str) -> Reading:
    """Make a reader of one of these words."""
    return partial(read_choice, words=words)


def whole(low: int, high: int) -> Reading:
    """Make a reader of whole numbers."""
    return partial(read_number, low=low, high=high, kind=int)


def number(low: float, high: float) -> Reading:
    """Make a reader of numbers."""
    return partial(read_number, low=low, high=high)


def read_networks(value: Value, base: Path) -> tuple[str, ...]:
    """Take addresses and networks; in a variable they are joined by commas."""
    from ipaddress import ip_network

    items = value.split(",") if isinstance(value, str) else value
    texts = tuple(read_text(item, base) for item in _items(items))
    for text in texts:
        ip_network(text, strict=False)
    return texts


def read_zone(value: Value, base: Path) -> str:
    """Take the name of a time zone of the IANA database."""
    from zoneinfo import ZoneInfo

    text = read_text(value, base)
    try:
        ZoneInfo(text)
    except (LookupError, ValueError, OSError):
        raise ValueError(f"{text!r} is no time zone; give a name such as Asia/Shanghai or UTC") from None
    return text


def read_policies(value: Value, base: Path) -> str:
    """Take how much of each dataset is kept, as ``dataset: policy``; gives ``dataset:policy,...``."""
    del base
    if isinstance(value, str):
        value = dict(part.strip().partition(":")[::2] for part in value.split(",") if part.strip())
    if not isinstance(value, dict):
        raise ValueError(  # noqa: TRY004 - a wrong value, whatever its type
            f"must say for each dataset one of {', '.join(POLICIES)}, not {_show(value)}"
        )
    for name, policy in value.items():
        if not _WORD.fullmatch(name):
            raise ValueError(f"{name!r:.80} is no dataset")
        if policy not in POLICIES:
            raise ValueError(f"of {name} one of {', '.join(POLICIES)} can be kept, not {_show(policy)}")
    return ",".join(f"{name}:{policy}" for name, policy in value.items())


def _items(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise ValueError(f"must be a list, not {_show(value)}")  # noqa: TRY004 - a wrong value, whatever its type
    return value


def _show(value: Value) -> str:
    return f"{value!r:.80}"
