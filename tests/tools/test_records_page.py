"""docs/records.md is made from the declarations and is current."""

from __future__ import annotations

import pytest

from correlation.minute_rollup import ROLLUP
from detection.alert import ALERT
from parsers.schema import DATASETS, Dataset
from tools.records_page import PAGE, write_page


def test_the_page_is_current() -> None:
    """Whoever changes a field writes the page anew: ``python -m tools.records_page``."""
    assert PAGE.read_text(encoding="utf-8") == write_page()


@pytest.mark.parametrize("dataset", [*DATASETS.values(), ALERT, ROLLUP], ids=lambda dataset: str(dataset.name))
def test_every_field_is_told(dataset: Dataset) -> None:
    """Each field of each dataset has a row with its kind, meaning and unit."""
    page = write_page()
    for field in dataset.fields:
        rows = [line for line in page.splitlines() if line.startswith(f"| `{field.name}` | {field.kind} | ")]
        assert any(field.meaning in row and field.unit in row for row in rows), field.name
