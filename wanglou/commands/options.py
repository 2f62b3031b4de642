"""Options that several commands take, and what their words mean. The help of each is in the catalogues."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from wanglou.errors import UsageError

DEFAULT_LAKE = "lake"

MOST_LIMIT = 1_000_000_000
"""More than any lake or ledger gives; what they count with ends at 2^63."""


def _check_limit(limit: int) -> int:
    if limit > MOST_LIMIT:
        raise UsageError("the limit is too large", where="--limit", do=f"give at most {MOST_LIMIT}, or 0 for all")
    return limit


LakeOption = Annotated[str, typer.Option("--store", "--lake", metavar="STORE", envvar="WANGLOU_STORE")]
LedgerOption = Annotated[str, typer.Option("--ledger", metavar="LEDGER", envvar="WANGLOU_LEDGER")]
SiteOption = Annotated[Path | None, typer.Option("--site", metavar="FILE")]
RulesOption = Annotated[list[Path] | None, typer.Option("--rules", metavar="DIR")]
JsonOption = Annotated[bool, typer.Option("--json")]
LimitOption = Annotated[int, typer.Option("--limit", metavar="N", min=0, callback=_check_limit)]
EnterpriseOption = Annotated[str, typer.Option("--enterprise", metavar="ID")]
ShiftOption = Annotated[str, typer.Option("--shift-to", metavar="TIME")]
QuietOption = Annotated[bool, typer.Option("--no-progress")]

_ENTERPRISE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)


def parse_size(text: str) -> int:
    """Read a size: bytes, or a number with K, M, G or T (powers of 1000; Ki, Mi, Gi, Ti are powers of 1024)."""
    from wanglou.config_value import read_size

    try:
        return read_size(text, Path())
    except ValueError:
        raise UsageError(f"{text!r} is no size", where="--max-disk", do="give bytes, or 500M, 20G, 1.5T") from None


def check_enterprise(text: str) -> str:
    """Pass the id of an enterprise on; raises UsageError for what could not be one, as it becomes part of ids."""
    if text and not _ENTERPRISE.fullmatch(text):
        raise UsageError(
            f"{text!r} is no id of an enterprise",
            where="--enterprise",
            do="letters, digits, '.', '_' and '-', at most 64, the first a letter or digit",
        )
    return text


def parse_shift(text: str) -> int | None:
    """Read the time to which captures are moved as nanoseconds since 1970, UTC; None where none is given."""
    if text.strip().lower() == "now":
        return time.time_ns()
    return parse_moment(text or None, "--shift-to")


def parse_moment(text: str | None, option: str, *, is_end: bool = False) -> int | None:
    """Read a time of the query language as nanoseconds since 1970, UTC.

    A date cut short means its beginning, for an end its last moment: the first nanosecond after it is given.
    """
    if text is None:
        return None
    from correlation.query_values import parse_time

    now_ns = int(datetime.now(UTC).timestamp() * 1e9)
    try:
        span = parse_time(text, now_ns)
    except ValueError as error:
        raise UsageError(f"{text!r}: {error}", where=option) from None
    return span.end_ns if is_end else span.start_ns
