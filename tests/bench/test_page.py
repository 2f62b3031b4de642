"""The performance page's measured part."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.page import replace_part, write_page

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

FIGURES = dict.fromkeys(
    (
        "marginal_rate", "marginal_rate_suricata", "rate_tshark", "marginal_over_suricata", "marginal_over_tshark",
        "whole_over_suricata", "resident_mb_1m", "resident_mb_5m", "mixed_rate", "mixed_rate_suricata",
        "mixed_over_suricata", "mixed_resident_mb", "rate_opcua", "rate_mqtt", "rate_handle", "rate_dns",
        "rules_1000_over_10", "cold_start_s",
    ),
    12.3,
)  # fmt: skip


def test_only_the_part_between_the_marks_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words around the marks stay, old figures go."""
    monkeypatch.setattr("bench.page._first_line", lambda *_: "version 1")
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    run = {"wall_s": 1.0, "cpu_s": 1.0, "resident_mb": 1.0}
    write_page(page, {"runs": 5, "figures": FIGURES, "medians": {"wanglou 1M": run}})
    text = page.read_text(encoding="utf-8")

    assert text.startswith(f"before\n{BEGIN}\nMeasured ")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text
    assert "| marginal rate, times Suricata's | 12.3 | at least 12 |" in text


def test_page_without_marks_is_refused(tmp_path: Path) -> None:
    """A page that has no place for the figures is left alone."""
    page = tmp_path / "page.md"
    page.write_text("words", encoding="utf-8")

    with pytest.raises(ValueError, match="not enough values"):
        write_page(page, {"runs": 5, "figures": FIGURES, "medians": {}})
    assert page.read_text(encoding="utf-8") == "words"


def test_each_part_has_its_own_marks(tmp_path: Path) -> None:
    """One is replaced, the other stays."""
    page = tmp_path / "page.md"
    page.write_text("<!-- a: begin -->\n1\n<!-- a: end -->\n<!-- b: begin -->\n2\n<!-- b: end -->\n", encoding="utf-8")
    replace_part(page, "b", "3\n")
    assert page.read_text(encoding="utf-8").split("\n")[1::2][:2] == ["1", "<!-- b: begin -->"]
    assert "\n3\n<!-- b: end -->" in page.read_text(encoding="utf-8")
