"""Facts about ``detection.modifiers``."""

from __future__ import annotations

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sigma.modifiers import modifier_mapping
from sigma.types import SigmaString

from detection.columns import fields_of
from detection.conditions import Leaf
from detection.matches import Affix, Equals, Missing, matches_value
from detection.modifiers import REFUSED, SUPPORTED, check_modifiers, translate_value

FIELD = fields_of("modbus")["modbus.function.name"]


def test_every_modifier_of_pysigma_is_supported_or_refused_by_name() -> None:
    """A modifier that pySigma learns later is not silently accepted."""
    assert set(modifier_mapping) - SUPPORTED - REFUSED == set()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refused_modifiers(name: str) -> None:
    """What means nothing on these columns is refused by name."""
    assert check_modifiers([name]) == f"modifier {name!r} is not supported"


def test_wildcards_at_the_ends_need_no_expression() -> None:
    """Plain prefixes, suffixes and parts are compiled to the cheapest test."""
    trees = [translate_value(SigmaString(text), FIELD, {}, {}) for text in ("ab", "ab*", "*ab", "*ab*", "*", "\\*ab")]

    assert [tree.match for tree in trees if isinstance(tree, Leaf)] == [
        Equals("ab"), Affix("ab", "start"), Affix("ab", "end"), Affix("ab", "inside"), Missing(missing=False),
        Equals("*ab"),
    ]  # fmt: skip


@given(st.text("aB?*.[\\\n", max_size=6), st.text("abB.[\n", max_size=6))
def test_wildcards_agree_with_the_standard_library(pattern: str, value: str) -> None:
    """``*`` and ``?`` match as in ``fnmatch``, without case, whatever other characters stand beside them."""
    tree = translate_value(SigmaString(pattern.replace("\\", "")), FIELD, {}, {})
    plain = fnmatch.translate(pattern.replace("\\", "").replace("[", "[[]"))

    assert isinstance(tree, Leaf)
    assert matches_value(tree.match, value) is bool(re.match(plain, value, re.IGNORECASE))
