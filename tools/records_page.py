"""Write docs/records.md from the declarations of the datasets: ``python -m tools.records_page``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from correlation.minute_rollup import ROLLUP
from detection.alert import ALERT
from parsers.schema import COMMON, DATASETS, Dataset, Field

PAGE = Path(__file__).resolve().parent.parent / "docs" / "records.md"
HEAD = """\
# Records

Made by `python -m tools.records_page` from `parsers/schema.py`, `detection/alert.py` and
`correlation/minute_rollup.py`; do not edit.

Names follow the Elastic Common Schema 9 where it has one; `wanglou.*` and those that begin with their dataset's name
are our own. Fields without a value are left out of what `wanglou search --json` writes. Kinds are those of the
[query language](query-language.md): `keyword` compares exactly, `text` by parts, `u8`, `u16`, `u32` and `long` are
whole numbers, `longs`, `doubles` and `keywords` lists, `duration` nanoseconds, `time` nanoseconds of UTC. What each
protocol's records are, and what is not read, is told in [protocols](protocols.md).
"""


def write_page() -> str:
    """Write the page: the fields all parsers share, then those of each dataset."""
    parsed = DATASETS.values()
    sections = [_write_section("Common to all but alerts and rollups", "Every record of a parser has these.", COMMON)]
    sections += [_write_section(f"`{one.name}`", one.meaning, _own_fields(one)) for one in parsed]
    sections += [_write_section(f"`{one.name}`", one.meaning, one.fields) for one in (ALERT, ROLLUP)]
    return "\n".join([HEAD, *sections])


def _own_fields(dataset: Dataset) -> tuple[Field, ...]:
    return tuple(field for field in dataset.fields if field not in COMMON)


def _write_section(title: str, meaning: str, fields: tuple[Field, ...]) -> str:
    return "\n".join(
        [f"## {title}", "", meaning, "", "| Field | Kind | Meaning |", "|---|---|---|", *_rows(fields), ""]
    )


def _rows(fields: tuple[Field, ...]) -> Iterator[str]:
    for field in fields:
        unit = f" In {field.unit}." if field.unit else ""
        meaning = f"{field.meaning}{unit}".replace("|", "\\|")
        yield f"| `{field.name}` | {field.kind} | {meaning} |"


if __name__ == "__main__":
    PAGE.write_text(write_page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")
