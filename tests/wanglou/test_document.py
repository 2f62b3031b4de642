"""Facts about ``wanglou.document``."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wanglou.document import MAX_BYTES, Reader, parse_documents, read_documents, suggest

PATH = Path("file.yml")


def messages(text: str) -> list[str]:
    """Give the faults of a text as ``line: message``."""
    return [f"{fault.line}: {fault.message}" for fault in parse_documents(PATH, text)[1]]


def test_values_are_plain() -> None:
    """Scalars become Python values; times, dates and MAC addresses stay text."""
    text = "{a: 1, b: 0x10, c: 1.5, d: yes, e: ~, f: 2026-11-21, g: 10:11:12:13:14:15, h: '7', i: [x, .inf]}"
    documents, faults = parse_documents(PATH, text)

    assert not faults
    assert documents[0].value == {
        "a": 1, "b": 16, "c": 1.5, "d": True, "e": None, "f": "2026-11-21", "g": "10:11:12:13:14:15", "h": "7",
        "i": ["x", float("inf")],
    }  # fmt: skip


def test_lines_are_known_for_every_entry() -> None:
    """A line is found by the keys that lead to it; what does not exist is told at its deepest holder."""
    document = parse_documents(PATH, "a:\n  b:\n    - 1\n    - c: 2\n")[0][0]

    lines = [document.line(*keys) for keys in ((), ("a",), ("a", "b", 1, "c"), ("a", "b", 9), ("a", "zz"))]

    assert lines == [1, 1, 4, 2, 1]


def test_several_documents_and_empty_ones() -> None:
    """Documents come in order, empty ones are left out."""
    documents, faults = parse_documents(PATH, "a: 1\n---\nb: 2\n---\n")

    assert ([document.value for document in documents], faults) == ([{"a": 1}, {"b": 2}], [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", ["3: duplicate key 'a'; the first one is on line 1"]),
        ("a: &x [1]\nb: *x\n", ["1: anchors and aliases are not supported; write the value out"]),
        ("a: 010\n", ["1: '010' is no int"]),
        ("a: !!python/name:os.system x\n", ["1: tag 'tag:yaml.org,2002:python/name:os.system' is not supported"]),
        ("[1]: 2\n", ["1: keys must be plain text"]),
        ("{" * 5000, ["0: nested deeper than 100 levels"]),
        ("- " * 5000, ["0: nested deeper than 100 levels"]),
        ("".join("\n" + " " * depth + "a:" for depth in range(300)), ["0: nested deeper than 100 levels"]),
    ],
)
def test_what_is_refused(text: str, expected: list[str]) -> None:
    """Duplicate keys, aliases, foreign tags and deep nesting are faults with a line."""
    assert messages(text) == expected


@given(st.text(alphabet=st.sampled_from("ab:-?[]{}&*!<>|'\"#%@, \n\t019.~"), max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text raises."""
    documents, faults = parse_documents(PATH, text)

    assert all(fault.line >= 0 for fault in faults)
    assert all(document.line() >= 1 for document in documents)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing, huge and non-UTF-8 files are faults."""
    (tmp_path / "huge").write_bytes(b"#" * (MAX_BYTES + 1))
    (tmp_path / "bytes").write_bytes(b"a: \xff")

    faults = [read_documents(tmp_path / name)[1][0].message for name in ("none", "huge", "bytes")]

    assert [message.split(":")[0] for message in faults] == [
        "cannot be read", f"larger than {MAX_BYTES} bytes", "is not UTF-8 at byte 3",
    ]  # fmt: skip


def test_reader_collects_wrong_types() -> None:
    """Values of the wrong type are noted with their line and replaced by an empty one."""
    document = parse_documents(PATH, "a: 1\nb: []\nc: ' '\nd: 300\ne: [x, 2]\n")[0][0]
    reader = Reader(document)
    top = document.value
    taken = (
        reader.text(top, "a"),
        reader.mapping(top, "b"),
        reader.text(top, "c"),
        reader.integer(top, "d", 0, 255, default=7),
        reader.texts(top, "e"),
        reader.text(top, "f", required=True),
    )

    assert taken == ("", {}, " ", 7, ("x",), "")
    assert [fault.line for fault in reader.faults] == [1, 2, 3, 4, 5, 1]


def test_unknown_keys_get_a_suggestion() -> None:
    """The nearest known word is offered, and none when nothing is near."""
    assert (suggest("sevrity", ["severity"]), suggest("x", ["severity"])) == ("; did you mean 'severity'?", "")
