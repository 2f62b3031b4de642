"""Facts about ``wanglou.sitefile``: what is wrong with a site file is told whole and with lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from wanglou.errors import FaultsError
from wanglou.site import load_site


def write(folder: Path, text: str) -> Path:
    """Write a site file."""
    path = folder / "site.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(folder: Path, text: str) -> list[tuple[int, str]]:
    """Load a bad file and give its faults as (line, message)."""
    with pytest.raises(FaultsError) as caught:
        load_site(write(folder, text))
    return [(fault.line, fault.message) for fault in caught.value.faults]


def test_all_faults_are_told_with_their_lines(tmp_path: Path) -> None:
    """One run shows every fault of the file."""
    text = """id: park-1
enterprizes: []
enterprises:
  - {id: water, ranges: [10.1.0.0/99, 10.1.0.5/16, 7]}
  - {id: water}
zones:
  - {ranges: [10.0.0.0/8], level: 9}
  - plain
masters:
  - {enterprise: watr, clients: 10.0.0.1, servers: []}
safety:
  - {servers: [10.0.0.1], table: inputs, units: [300], addresses: 9-5}
  - {servers: [10.0.0.1]}
lists:
  a: [{}]
  b: 5
"""
    faults = faults_of(tmp_path, text)

    assert [line for line, _ in faults] == [2, 4, 4, 4, 5, 7, 7, 8, 10, 10, 12, 12, 12, 13, 15, 16]
    assert faults[0][1] == "unknown key 'enterprizes'; did you mean 'enterprises'?"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: a\nid: b\n", "duplicate key 'id'; the first one is on line 1"),
        ("- 1\n", "a site file is one YAML mapping"),
        ("", "a site file is one YAML mapping"),
        ("id: [\n", "not valid YAML"),
        ("id: " + "[" * 100_000, "nested deeper"),
        ("id: a\nname: &a x\nlists: {x: &b [1], y: *b}\n", "anchors and aliases"),
    ],
)
def test_what_is_no_site_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """Duplicate keys, other shapes and broken YAML get one clear message."""
    assert message in faults_of(tmp_path, text)[0][1]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """A path that cannot be read is a fault, not a traceback."""
    with pytest.raises(FaultsError, match="cannot be read"):
        load_site(tmp_path / "none.yaml")


def test_enterprises_have_places_on_the_map(tmp_path: Path) -> None:
    """Both coordinates or neither; they change no digest, as no rule reads them."""
    plain = "id: a\nenterprises:\n  - {id: b}\n  - {id: c}\n"
    placed = plain.replace("{id: b}", "{id: b, x: 12.5, y: 100}")
    site = load_site(write(tmp_path, placed))
    assert [(one.x, one.y) for one in site.enterprises] == [(12.5, 100.0), (None, None)]
    assert site.digest == load_site(write(tmp_path, plain)).digest


@pytest.mark.parametrize("place", ["x: 101, y: 5", "x: -1, y: 5", "x: true, y: 5", "x: .nan, y: 5", "x: left, y: 5"])
def test_a_place_beyond_the_map_is_a_fault(tmp_path: Path, place: str) -> None:
    """It is told with its line."""
    faults = faults_of(tmp_path, f"id: a\nenterprises:\n  - {{id: b, {place}}}\n")
    assert [line for line, _ in faults] == [3]
    assert faults_of(tmp_path, "id: a\nenterprises:\n  - {id: b, x: 5}\n")[0][1].startswith("a place on the map")


def test_a_plan_lies_beside_the_site_file(tmp_path: Path) -> None:
    """It is read without what acts; one that is absent is a fault."""
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>x</script><rect width="3" /></svg>'
    (tmp_path / "park.svg").write_text(drawing, encoding="utf-8")
    site = load_site(write(tmp_path, "id: a\nplan: park.svg\n"))
    assert '<rect width="3"' in site.plan
    assert "script" not in site.plan
    assert "cannot be read" in faults_of(tmp_path, "id: a\nplan: gone.svg\n")[0][1]
