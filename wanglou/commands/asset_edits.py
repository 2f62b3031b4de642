"""What people say of assets, read from the command line and from CSV files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wanglou.errors import Fault, FaultsError, UsageError

if TYPE_CHECKING:
    from correlation.asset import Asset
    from correlation.asset_csv import Row


def parse_change(text: str) -> tuple[str, Any]:
    """Read ``field=value``; raises UsageError for fields that nobody may set, and values they cannot have."""
    from correlation.asset import EDITABLE

    name, equals, value = text.partition("=")
    if not equals or name not in EDITABLE:
        raise UsageError(f"{text!r} sets no field of an asset", do=f"FIELD=VALUE, FIELD one of {', '.join(EDITABLE)}")
    return name, read_value(name, value)


def read_value(name: str, value: str) -> Any:
    """Read the value of a field; raises UsageError for one it cannot have."""
    from correlation.asset_csv import MOST_CHARACTERS, parse_value

    if len(value) > MOST_CHARACTERS:
        raise UsageError(f"longer than {MOST_CHARACTERS} characters", where=name)
    try:
        return parse_value(name, value.strip())
    except ValueError as error:
        raise UsageError(str(error), where=name) from None


def decode(file: Path, content: bytes) -> str:
    """Read UTF-8, or GB 18030, in which Chinese spreadsheets save."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FaultsError("assets", [Fault(file, 0, "neither UTF-8 nor GB 18030")])


def match_rows(
    file: Path, rows: Sequence[Row], assets: Sequence[Asset], enterprise: str
) -> list[tuple[str, str, dict[str, Any]]]:
    """Find the asset of each row, or declare one; raises FaultsError for rows that mean none, several or the same."""
    by_key: dict[tuple[str, str], Asset] = {(one.enterprise, key): one for one in assets for key in one.keys}
    by_id = {one.id: one for one in assets}
    faults: list[Fault] = []
    edits: list[tuple[str, str, dict[str, Any]]] = []
    lines: dict[tuple[str, str], int] = {}
    for row in rows:
        of = enterprise if row.enterprise is None else row.enterprise
        found = [by_id[row.id]] if row.id in by_id else list(
            {one.id: one for key in row.keys if (one := by_key.get((of, key)))}.values())  # fmt: skip
        if row.id and row.id not in by_id and not row.keys:
            faults.append(Fault(file, row.line, f"there is no asset {row.id[:80]!r}"))
            continue
        if len(found) > 1:
            faults.append(Fault(file, row.line, f"names {len(found)} assets: {', '.join(one.id for one in found)}"))
            continue
        target = (found[0].enterprise, found[0].key) if found else (of, row.keys[0])
        if target in lines:
            faults.append(Fault(file, row.line, f"the same asset as in line {lines[target]}"))
        lines.setdefault(target, row.line)
        edits.append((*target, choose_edits(row, found[0] if found else None)))
    if faults:
        raise FaultsError("assets", faults)
    return edits


def choose_edits(row: Row, asset: Asset | None) -> dict[str, Any]:
    """Fields in which a row differs from the asset; an empty cell takes back what a person had said."""
    if asset is None:
        return {name: value for name, value in row.values.items() if value is not None} or {"note": " "}
    return {
        name: value
        for name, value in row.values.items()
        if (value is None and name in asset.edited) or (value is not None and value != getattr(asset, name))
    }
