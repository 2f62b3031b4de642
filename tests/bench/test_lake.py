"""The figures of the lake as a table; measuring them is left to the command."""

from __future__ import annotations

from bench.lake import list_queries, percentile, render


def test_figures_are_written_beside_their_goals() -> None:
    """A row for each question, with what it may take; none where nothing is promised."""
    figures = {"median_ms": 12.4, "p95_ms": 20.6, "cpu_ms": 1.0}
    queries = {name: {**figures, "goal_ms": goal} for name, (_, goal) in list_queries().items()}
    document = {"rows": 100_000_000, "runs": 20, "size_bytes": 2.66e9, "append_rows_per_s": 1.3e6, "queries": queries}
    text = render(document)
    assert "100,000,000 records, 2.7 GB; each question 20 times" in text
    assert "| newest 50 | 12 | 21 | 300 |" in text
    assert "| filtered histogram | 12 | 21 | 1,500 |" in text
    assert "| newest 50, none fits in any file | 12 | 21 |  |" in text
    assert text.endswith("Written: 1,300,000 records a second; goal 500,000.\n")
    assert "Written" not in render({**document, "append_rows_per_s": 0})


def test_percentile_is_the_smallest_value_that_is_not_exceeded_more() -> None:
    """Of twenty, the nineteenth."""
    assert percentile([float(n) for n in range(20, 0, -1)], 0.95) == 19
