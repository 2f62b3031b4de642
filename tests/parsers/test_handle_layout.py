"""Decoded messages to the numbers of their rows."""

from __future__ import annotations

import numpy as np

from parsers import handle_cells as at
from parsers.handle_layout import lay_cells
from parsers.handle_rows import Halves
from parsers.spans import TEXT_BYTES
from tests.support.handles import Talk, answer, decode_talk, message, query, text, texts, values


def lay(*pairs: tuple[bytes, bytes], subject: list[int] | None = None) -> at.Cells:
    """Rows of requests and replies that follow each other."""
    talk = Talk()
    for asked, answered in pairs:
        talk.ask(asked).reply(answered)
    ask = np.arange(len(pairs), dtype=np.int64) * 2
    nothing = np.empty(0, dtype=np.int64)
    halves = Halves(ask, ask + 1, np.zeros(len(pairs), dtype=np.int32), nothing, is_continued=False)
    about = ask if subject is None else np.array(subject, dtype=np.int64)
    again, matches = np.zeros(len(pairs), dtype=np.bool_), np.full(len(pairs), -1, dtype=np.int8)
    return lay_cells(decode_talk(talk), halves, about, again, matches)


def test_what_is_the_same_is_known() -> None:
    """Lowest and highest numbers tell which columns have one value."""
    cells = lay((query("88.1/x"), answer("88.1/x")), (query("88.1/y", request=5), answer("88.1/y")))
    assert (cells.lowest[at.OP], cells.highest[at.OP]) == (1, 1)
    assert (cells.lowest[at.REQUEST], cells.highest[at.REQUEST]) == (1, 5)
    assert not cells.has(at.ERROR)
    assert not cells.has(at.ECHO)
    assert lay().lowest[at.OP] == -1


def test_a_handle_that_is_echoed() -> None:
    """A reply's handle is told where it is another, as far as texts are looked at."""
    long = "88.1/" + "x" * TEXT_BYTES
    pairs = [("88.1/x", "88.1/y"), ("88.1/x", "88.1/x"), ("88.1/x", "88.1/xy"), (long + "a", long + "b")]
    cells = lay(*((query(asked), answer(answered)) for asked, answered in pairs))
    assert cells.rows(at.ECHO).tolist() == [0, 2]


def test_which_message_tells_what() -> None:
    """Values sent go before those answered; listings, referrals and site records are told of replies."""
    cells = lay(
        (message(100, text("88.1/x") + values()), message(100, text("88.1/x"), 1)),
        (query("88.1/x"), answer("88.1/x")),
        (message(105, text("0.NA/88")), message(105, texts("88.1/a"), 1)),
        (query("88.1/x"), message(1, text("0.SERV/88"), 302)),
        (message(2, text("/")), message(2, b"abc", 1)),
    )
    assert cells.values[at.HOLDER].tolist() == [0, 3, -1, -1, -1]
    assert [cells.rows(place).tolist() for place in (at.LISTER, at.REFERRER, at.SITE)] == [[2], [3], [4]]


def test_a_row_about_another_message() -> None:
    """An answer to a challenge is about what was challenged, or about nothing that was seen."""
    pairs = ((message(100, text("88.1/x") + values()), message(100, b"", 1)), (query("88.1/y"), message(1, b"", 2)))
    cells = lay(*pairs, subject=[0, 0])
    assert cells.values[at.HOLDER].tolist() == [0, 0]
    assert np.asarray(lay(*pairs, subject=[-1, -1]).own)["length"].tolist() == [-1, -1]
