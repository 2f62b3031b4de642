"""What the words of options mean."""

from __future__ import annotations

import pytest

from wanglou.commands.options import check_enterprise, parse_moment, parse_size
from wanglou.errors import UsageError


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1500", 1500),
        ("500M", 500_000_000),
        ("500 mb", 500_000_000),
        ("1.5T", 1_500_000_000_000),
        ("20GiB", 20 << 30),
        ("1Ki", 1024),
        ("12B", 12),
    ],
)
def test_sizes(text: str, size: int) -> None:
    """Units are powers of 1000, with an i of 1024, in either case."""
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "M", "-5M", "5X", "5 5", "1e9", "5i", "٣M", "9" * 40])
def test_what_is_no_size(text: str) -> None:
    """Anything else is wrong use, and the message shows it and what to give."""
    with pytest.raises(UsageError, match=r"--max-disk: .* is no size \(give bytes"):
        parse_size(text)


@pytest.mark.parametrize("text", ["", "chem", "plant-2", "a.b_c", "0"])
def test_enterprises(text: str) -> None:
    """Ids of enterprises pass as they are; an empty one means none."""
    assert check_enterprise(text) == text


@pytest.mark.parametrize("text", ["a b", "-a", "a@b", "化工", "a/b", "a" * 65, 'a"b'])
def test_what_cannot_be_an_enterprise(text: str) -> None:
    """What would break ids, file names or queries is refused."""
    with pytest.raises(UsageError, match="no id of an enterprise"):
        check_enterprise(text)


def test_times_reach_to_their_end() -> None:
    """A day begins at midnight as a start, and is meant to its end as an end."""
    day_ns = 86_400 * 10**9
    assert parse_moment("1970-01-02", "--from") == day_ns
    assert parse_moment("1970-01-02", "--to", is_end=True) == 2 * day_ns
    assert parse_moment(None, "--to") is None


def test_wrong_times_name_their_option() -> None:
    """The message shows the option and the word."""
    with pytest.raises(UsageError, match="--from: 'soon'"):
        parse_moment("soon", "--from")
