"""What one value, comparison or bare word asks of a field of each kind."""

from __future__ import annotations

import pytest

from correlation.query_leaf import Text, bare_fields, bare_leaves, compare_leaf, equal_leaf
from correlation.query_tree import Between, Contains, Equal, Everything, Exists, Like, Wild, Within
from correlation.query_values import parse_network
from detection.alert import ALERT
from parsers.schema import Dataset, Field
from tests.support.lakes import MODBUS

KEYWORD = Field("k", "keyword", "")
WORDS = Field("ks", "keywords", "")
TEXT = Field("t", "text", "")
IP = Field("i", "ip", "")
TIME = Field("@timestamp", "time", "")
FLAG = Field("b", "boolean", "")
LONG = Field("n", "long", "")
NUMBERS = Field("ns", "longs", "")
DOUBLE = Field("d", "double", "")
DURATION = Field("e", "duration", "")


def word(raw: str) -> Text:
    """A word as typed without quotes."""
    return Text(raw, quoted=False)


@pytest.mark.parametrize(
    ("field", "text", "leaf"),
    [
        (KEYWORD, word("Ab"), Equal(KEYWORD, "Ab")),
        (KEYWORD, word(r"a\ b"), Equal(KEYWORD, "a b")),
        (KEYWORD, Text("a*b", quoted=True), Equal(KEYWORD, "a*b")),
        (KEYWORD, Text("", quoted=True), Equal(KEYWORD, "")),
        (KEYWORD, word("a*b?"), Like(KEYWORD, ("a", Wild.ANY, "b", Wild.ONE))),
        (WORDS, word("a*"), Like(WORDS, ("a", Wild.ANY))),
        (TEXT, word("a*b"), Contains(TEXT, ("a", Wild.ANY, "b"))),
        (TEXT, Text("two words", quoted=True), Contains(TEXT, ("two words",))),
        (IP, word("FE80::1"), Equal(IP, "fe80::1")),
        (IP, word("10.0.0.0/8"), Within(IP, parse_network("10.0.0.0/8"))),
        (FLAG, word("true"), Equal(FLAG, True)),
        (LONG, word("-5"), Equal(LONG, -5)),
        (NUMBERS, word("0x10"), Equal(NUMBERS, 16)),
        (DOUBLE, word("1.5"), Equal(DOUBLE, 1.5)),
        (DURATION, word("5ms"), Equal(DURATION, 5_000_000)),
        (TIME, word("1970-01-01T00:00:01"), Between(TIME, 10**9, 2 * 10**9, True, False)),
        (LONG, word("*"), Exists(LONG)),
    ],
)
def test_a_value_in_its_field(field: Field, text: Text, leaf: object) -> None:
    """Each kind reads the word in its own way; a lone star asks whether there is a value."""
    assert equal_leaf(field, text, 0) == leaf


@pytest.mark.parametrize("field", [IP, TIME, FLAG, LONG, NUMBERS, DOUBLE, DURATION])
@pytest.mark.parametrize("text", [word("x"), word("1*"), word("?")])
def test_a_value_of_another_kind_is_refused(field: Field, text: Text) -> None:
    """Words in numbers, and wildcards outside keywords, raise ValueError with a sentence."""
    with pytest.raises(ValueError, match=r"wanted here|wildcards are for keywords"):
        equal_leaf(field, text, 0)


@pytest.mark.parametrize(
    ("operators", "low", "high"),
    [((True, True), 0, 2 * 86_400), ((False, True), 86_400, 2 * 86_400), ((True, False), 0, 86_400)],
)
def test_days_as_ends_of_a_range(operators: tuple[bool, bool], low: int, high: int) -> None:
    """An included day is inside to its last nanosecond, an excluded one is outside from its first."""
    leaf = compare_leaf(TIME, word("1970-01-01"), word("1970-01-02"), operators, 0)
    assert leaf == Between(TIME, low * 10**9, high * 10**9, low_included=True, high_included=False)


def test_open_ends() -> None:
    """None is an open end, and two of them ask whether there is a value."""
    assert compare_leaf(LONG, None, word("5"), (True, False), 0) == Between(LONG, None, 5, True, False)
    assert compare_leaf(IP, word("10.0.0.1"), None, (True, True), 0) == Between(IP, "10.0.0.1", None)
    assert compare_leaf(KEYWORD, None, None, (True, True), 0) == Exists(KEYWORD)


@pytest.mark.parametrize(
    ("field", "low", "high", "message"),
    [
        (TEXT, "a", "b", "no order"),
        (FLAG, "false", "true", "no order"),
        (KEYWORD, "a*", "b", "wildcard"),
        (IP, "10.0.0.1", "fe80::1", "same version"),
        (IP, "10.0.0.0/8", "10.0.0.1", "address"),
        (LONG, "1", "x", "whole number"),
    ],
)
def test_ranges_that_cannot_be(field: Field, low: str, high: str, message: str) -> None:
    """Kinds without an order, wildcards, networks and mixed versions raise ValueError."""
    with pytest.raises(ValueError, match=message):
        compare_leaf(field, word(low), word(high), (True, True), 0)


def test_a_bare_word_looks_in_names_and_texts() -> None:
    """The fields are those an analyst reads; the file's name is not among them."""
    names = [field.name for field in bare_fields(MODBUS)]
    assert {"event.action", "modbus.function.name", "modbus.exception.name"} <= set(names)
    assert not {"observer.name", "source.mac", "wanglou.capture"} & set(names)
    assert "wanglou.alert.sentence.zh" in [field.name for field in bare_fields(ALERT)]


def test_a_bare_address_looks_in_addresses_and_texts() -> None:
    """An address or network goes to the fields for addresses and not to keywords."""
    leaves = bare_leaves(ALERT, word("10.0.0.0/8"))
    assert [leaf.field.name for leaf in leaves if isinstance(leaf, Within)] == ["source.ip", "destination.ip"]
    assert {leaf.field.kind for leaf in leaves if isinstance(leaf, Contains)} == {"text"}


@pytest.mark.parametrize(
    ("text", "message"), [(word("and"), "written AND"), (Text("", quoted=True), "nothing in the quotes")]
)
def test_bare_words_that_are_mistakes(text: Text, message: str) -> None:
    """Operators in small letters and empty quotes are told."""
    with pytest.raises(ValueError, match=message):
        bare_leaves(MODBUS, text)


def test_a_bare_star_and_a_dataset_without_texts() -> None:
    """A star is everything; where there is nothing to look in, that is told."""
    assert bare_leaves(MODBUS, word("*")) == [Everything()]
    with pytest.raises(ValueError, match="no text to look in"):
        bare_leaves(Dataset("plain", "", (LONG,)), word("x"))
