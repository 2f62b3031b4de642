"""Texts of HTTP messages as columns."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from parsers.http_text import Texts, has_secret, map_booleans, map_codes, name_media, name_scheme, name_user
from parsers.spans import SPAN
from tests.support.pieces import array


def basic(text: str) -> str:
    """Make the value of an Authorization field."""
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_texts_are_decoded_once() -> None:
    """Equal texts have one code, and what is changed into equal texts is one entry."""
    spans = np.zeros(4, dtype=SPAN)
    spans["offset"], spans["length"] = [0, 2, 4, 0], [2, 2, 2, -1]
    texts = Texts(array(b"abABab"), array(b"\0"), spans)
    assert sorted(texts.values) == ["AB", "ab"]
    assert texts.codes[0] == texts.codes[2] != texts.codes[1]
    column = texts.make_column(np.array([0, 1, 3, -1]), str.lower)
    assert column.to_pylist() == ["ab", "ab", None, None]
    assert column.dictionary.to_pylist() == ["ab"]


def test_no_texts() -> None:
    """Without any text all columns are null."""
    spans = np.full(2, -1, dtype=np.int64).astype(np.int32)
    none = np.zeros(2, dtype=SPAN)
    none["length"] = spans
    texts = Texts(array(b"\0"), array(b"\0"), none)
    assert texts.make_column(np.array([0, 1])).to_pylist() == [None, None]
    assert map_codes(np.array([0, 0]), []).to_pylist() == [None, None]
    assert map_booleans(np.array([-1]), []).to_pylist() == [None]
    assert map_booleans(np.array([0, -1]), [True]).to_pylist() == [True, None]


@pytest.mark.parametrize(
    ("field", "scheme", "user", "secret"),
    [
        (basic("user:pw"), "basic", "user", True),
        (basic("user:"), "basic", "user", False),
        (basic("300%3A88.1/u:pw"), "basic", "300:88.1/u", True),
        (basic("a%20b:pw"), "basic", "a%20b", True),
        ("Basic !!", "basic", "", False),
        ("Bearer abc", "bearer", "", True),
        ('Handle clientCert="true"', "handle", "", False),
        ("", "", "", False),
    ],
)
def test_authorization(field: str, scheme: str, user: str, secret: bool) -> None:
    """Scheme, user, and whether a secret came; the secret is not kept."""
    assert (name_scheme(field), name_user(field), has_secret(field)) == (scheme, user, secret)


def test_media_types() -> None:
    """Parameters fall away."""
    assert name_media("Application/JSON; charset=utf-8") == "application/json"
