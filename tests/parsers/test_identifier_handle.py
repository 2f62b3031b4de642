"""Handles, and the handles of VAA."""

from __future__ import annotations

import pytest

from parsers.identifier_handle import parse_handle, parse_prefix


@pytest.mark.parametrize(
    ("text", "scheme", "prefix", "suffix"),
    [
        ("20.500.12345/abc", "handle", "20.500.12345", "abc"),
        ("0.NA/88.608", "handle", "0.na", "88.608"),
        ("21.T11148/a/b:c", "handle", "21.t11148", "a/b:c"),
        ("300:88.111.1/test", "vaa", "88.111.1", "test"),
        ("hdl:20.1000/标识", "handle", "20.1000", "标识"),
        ("https://hdl.handle.net/20.1000/5", "handle", "20.1000", "5"),
        ("doi:10.1234/ABC", "doi", "10.1234", "ABC"),
        ("20.1000/", "handle", "20.1000", ""),
    ],
)
def test_parts(text: str, scheme: str, prefix: str, suffix: str) -> None:
    """The first slash parts prefix and suffix (RFC 3651 §2); the first segment tells the registry."""
    found = parse_handle(text)
    assert found is not None
    assert (found.scheme, found.prefix, found.suffix, found.reasons) == (scheme, prefix, suffix, ())
    assert found.value == text


def test_case() -> None:
    """ASCII letters of prefixes are the same in both cases, those of suffixes are not; a DOI's are."""
    names = ("20.ABC/X", "20.abc/X", "20.abc/x", "10.1000/X", "10.1000/x", "20.Ä/1", "20.ä/1")
    forms = [found.normalized for text in names if (found := parse_handle(text))]
    assert forms[0] == forms[1] != forms[2]
    assert forms[3] == forms[4]
    assert forms[5] != forms[6]


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("/x", ("empty_prefix",)),
        ("20..1/x", ("empty_segment",)),
        ("20.1/a\0b", ("control_character",)),
        ("20 1/x", ("space_in_prefix",)),
        ("10.12/x", ("doi_prefix",)),
        ("88.1/x", ("vaa_prefix",)),
        ("88.608.1/", ("empty_suffix",)),
        ("88.608.1/" + "x" * 250, ("too_long",)),
    ],
)
def test_broken_rules(text: str, reasons: tuple[str, ...]) -> None:
    """What is wrong is told by name."""
    found = parse_handle(text)
    assert found is not None
    assert found.reasons == reasons


@pytest.mark.parametrize(
    ("prefix", "strict"),
    [
        ("88.608.8889", True),
        ("88.608." + "x" * 20, True),
        ("88.608." + "x" * 21, False),
        ("88.1021.150", False),
        ("88.3000", False),
        ("88.709.911", True),
        ("86.1000.16", False),
    ],
)
def test_the_strict_rule_of_vaa(prefix: str, strict: bool) -> None:
    """Strict is a park code of 3 characters and an enterprise code of at most 20; real prefixes are often not."""
    found, alone = parse_handle(prefix + "/1"), parse_prefix(prefix)
    assert found is not None
    assert alone is not None
    assert (found.valid, found.seed_strict, alone.seed_strict) == (True, strict, strict)
    assert alone.normalized == prefix


def test_what_is_no_handle() -> None:
    """Without a slash there is no handle, and only prefixes of VAA are read alone."""
    assert (parse_handle("88.608.8889"), parse_prefix("20.500.1"), parse_prefix("88.608/1")) == (None, None, None)
