"""Assets as CSV (RFC 4180): written for people and spreadsheets, and read back with every fault and its line.

Headers are those of one language when written; either language, or the names of the fields, when read. Columns that
traffic alone decides are written and, when read, only looked at to find the asset.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal

from correlation.asset import EDITABLE, LEVELS, TYPES, Asset
from wanglou.errors import Fault, FaultsError

Language = Literal["zh", "en"]

HEADERS: dict[str, tuple[str, str]] = {
    "id": ("资产编号", "Asset ID"),
    "enterprise": ("企业", "Enterprise"),
    "name": ("名称", "Name"),
    "type": ("类型", "Type"),
    "addresses": ("IP 地址", "IP addresses"),
    "macs": ("MAC 地址", "MAC addresses"),
    "vendor": ("厂商", "Vendor"),
    "model": ("型号", "Model"),
    "firmware": ("固件版本", "Firmware"),
    "serial": ("序列号", "Serial number"),
    "zone": ("安全区域", "Zone"),
    "level": ("普渡层级", "Purdue level"),
    "criticality": ("重要性", "Criticality"),
    "owner": ("责任人", "Owner"),
    "note": ("备注", "Note"),
    "state": ("状态", "State"),
    "confidence": ("置信度", "Confidence"),
}
"""Columns in order, and their headers in Chinese and English."""

TOLD_BY_TRAFFIC = frozenset({"firmware", "state", "confidence"})
"""Columns that are written and, when read, neither name an asset nor say anything."""
MOST_ROWS = 100_000
"""Rows of a file that are read."""
MOST_CHARACTERS = 512
"""Longest text of a cell."""
MOST_FAULTS = 200
"""Faults that are told of one file."""
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""How a cell begins that a spreadsheet would run; an apostrophe before it stops that."""
_NAMES = {title.lower(): name for name, titles in HEADERS.items() for title in (*titles, name)}
_MAC = re.compile(r"(?:[0-9A-F]{2}-){5}[0-9A-F]{2}")
_HIGHEST_CRITICALITY = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: which asset it speaks of, and what it says."""

    line: int
    enterprise: str | None
    """None where the file has no such column."""
    id: str
    keys: tuple[str, ...]
    """Keys of the addresses it names."""
    values: Mapping[str, Any]
    """Editable fields; None where the cell is empty."""


def write_csv(assets: Iterable[Asset], language: Language = "en") -> Iterator[str]:
    """Give the lines of a CSV file, the header first; UTF-8 with a byte order mark is what spreadsheets expect."""
    yield _line([titles[language == "en"] for titles in HEADERS.values()])
    for asset in assets:
        yield _line([_cell(getattr(asset, name)) for name in HEADERS])


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _cell(value: object) -> str:
    text = " ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
    if isinstance(value, float):
        text = f"{value:g}"
    return f"'{text}" if text.startswith(_FORMULA) else text


def read_csv(path: Path, text: str) -> list[Row]:
    """Read the rows of a file; raises FaultsError with every fault and its line."""
    faults: list[Fault] = []
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    rows: list[Row] = []
    try:
        columns = _read_header(path, next(reader, []), faults)
        for number, cells in enumerate(reader):
            if number >= MOST_ROWS:
                faults.append(Fault(path, reader.line_num, f"more than {MOST_ROWS} rows"))
                break
            if columns and any(cell.strip() for cell in cells):
                rows += _read_row(path, reader.line_num, columns, cells, faults)
    except csv.Error as error:
        faults.append(Fault(path, reader.line_num, f"no CSV: {error}"))
    if faults:
        raise FaultsError("assets", faults[:MOST_FAULTS])
    return rows


def list_ignored(text: str) -> list[str]:
    """List the headers of a file whose columns are not taken, as they are written there."""
    header = next(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")), [])
    return [cell.strip() for cell in header if _NAMES.get(cell.strip().lower()) in TOLD_BY_TRAFFIC]


def _read_header(path: Path, cells: Sequence[str], faults: list[Fault]) -> list[str]:
    """Names of the columns; empty where some are wrong."""
    before = len(faults)
    names = [_NAMES.get(cell.strip().lower(), "") for cell in cells]
    for place, (cell, name) in enumerate(zip(cells, names, strict=True)):
        if not name:
            faults.append(Fault(path, 1, f"no column of assets: {cell.strip()[:80]!r}"))
        elif names.index(name) < place:
            faults.append(Fault(path, 1, f"column {cell.strip()!r} is there twice"))
    if not {"id", "addresses", "macs"} & {*names}:
        faults.append(Fault(path, 1, "no column that names assets: id, addresses or macs"))
    return [] if len(faults) > before else names


def _read_row(
    path: Path, line: int, columns: Sequence[str], cells: Sequence[str], faults: list[Fault]
) -> Iterator[Row]:
    before = len(faults)
    if len(cells) != len(columns):
        faults.append(Fault(path, line, f"{len(cells)} cells where the header has {len(columns)}"))
        return
    texts = {name: _plain(cell) for name, cell in zip(columns, cells, strict=True)}
    faults += [Fault(path, line, f"{name}: longer than {MOST_CHARACTERS} characters")
               for name, cell in texts.items() if len(cell) > MOST_CHARACTERS]  # fmt: skip
    keys = (*_read_addresses(path, line, texts.get("macs", ""), texts.get("addresses", ""), faults),)
    if not keys and not texts.get("id"):
        faults.append(Fault(path, line, "names no asset: neither id nor address"))
    values = {name: _read_value(path, line, name, texts[name], faults) for name in EDITABLE if name in texts}
    if len(faults) == before:
        yield Row(line, texts.get("enterprise"), texts.get("id", ""), keys, values)


def _plain(cell: str) -> str:
    text = cell.strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def _read_addresses(path: Path, line: int, macs: str, ips: str, faults: list[Fault]) -> Iterator[str]:
    for text in re.split(r"[\s;,]+", macs):
        mac = text.upper().replace(":", "-")
        if _MAC.fullmatch(mac):
            yield f"mac:{mac}"
        elif mac:
            faults.append(Fault(path, line, f"no link address: {text[:80]!r}"))
    for text in re.split(r"[\s;,]+", ips):
        try:
            if text:
                yield f"ip:{ip_address(text)}"
        except ValueError:
            faults.append(Fault(path, line, f"no IP address: {text[:80]!r}"))


def _read_value(path: Path, line: int, name: str, text: str, faults: list[Fault]) -> Any:
    try:
        return parse_value(name, text)
    except ValueError as error:
        faults.append(Fault(path, line, f"{name}: {error}"))
        return None


def parse_value(name: str, text: str) -> Any:
    """Read what a person says of a field; None for an empty text. Raises ValueError with what it should be."""
    if not text:
        return None
    if name == "type" and text not in TYPES:
        raise ValueError(f"{text[:80]!r} is none of {', '.join(TYPES)}")
    if name == "level":
        levels = {f"{level:g}": level for level in LEVELS}
        if text.removesuffix(".0") not in levels:
            raise ValueError(f"{text[:80]!r} is none of {', '.join(levels)}")
        return levels[text.removesuffix(".0")]
    if name == "criticality":
        if text not in {str(grade) for grade in range(1, _HIGHEST_CRITICALITY + 1)}:
            raise ValueError(f"{text[:80]!r} is no number from 1 to {_HIGHEST_CRITICALITY}")
        return int(text)
    return text
