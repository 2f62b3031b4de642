"""An identifier that was read."""

from __future__ import annotations

import re
from pathlib import Path

from parsers.identifier_form import Identifier


def test_validity_is_the_absence_of_reasons() -> None:
    """An identifier is valid as long as it breaks no rule, and can be a key."""
    good, bad = Identifier("oid", "1.2", "urn:oid:1.2"), Identifier("oid", "1", "urn:oid:1", reasons=("too_few_arcs",))
    assert (good.valid, bad.valid, len({good, bad, good})) == (True, False, 2)


def test_every_reason_is_documented() -> None:
    """docs/identifiers.md explains each rule that a scheme's module can name, and no others."""
    root = Path(__file__).resolve().parent.parent.parent
    page = (root / "docs" / "identifiers.md").read_text(encoding="utf-8")
    rows = page.split("## Rules that can be broken")[1].split("## Where")[0].splitlines()
    told = {word for row in rows if row.startswith("| `") for word in re.findall(r"`([a-z_]+)`", row.split("|")[1])}
    texts = [path.read_text(encoding="utf-8") for path in sorted((root / "parsers").glob("identifier_*.py"))]
    quoted = {word for text in texts for word in re.findall(r"\"([a-z_]+)\"", text)}
    given = {word for text in texts for word in re.findall(r"reasons\.append\(\"([a-z_]+)\"\)", text)}
    assert given <= told <= quoted
