"""The API of the handbook."""

from __future__ import annotations

from tests.support.consoles import Console


def test_a_program_searches_and_reads(console: Console) -> None:
    """Names, titles and excerpts; then one page as Markdown; 404 for what is none."""
    client = console.program("analyst", "help.read")
    found = client.get("/api/v1/help?q=Purdue").json()
    assert "site-file" in [one["name"] for one in found["items"]]
    assert client.get("/api/v1/help/site-file").json()["text"].startswith("# The site file")
    assert client.get("/api/v1/help/nothing").status_code == 404
