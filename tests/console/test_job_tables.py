"""The console's tables of work: what the audit and tenants need of them."""

from __future__ import annotations

from console.job_tables import FEED, JOB, JOBS, UPLOAD


def test_every_row_says_whose_it_is() -> None:
    """Each table has the enterprise and the site of a row; the audit knows what jobs and uploads are called."""
    for table in (JOB, UPLOAD, FEED):
        assert {"enterprise", "site"} <= set(table.c.keys())
    assert [table.info.get("kind") for table in (JOB, UPLOAD)] == ["job", "upload"]
    assert set(JOBS.metadata.tables) == {"jobs", "uploads", "feed"}
