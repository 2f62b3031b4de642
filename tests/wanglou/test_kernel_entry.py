"""How arguments become words, and which do not."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from wanglou.kernel_entry import Unloadable, describe


class Pair(NamedTuple):
    """Two arrays that belong together."""

    first: Any
    second: Any


def test_kinds_tell_what_code_fits() -> None:
    """Type, dimensions, layout and the right to write decide; the length and the numbers do not."""
    array = np.zeros((4, 4), dtype=np.int64)
    fixed = array.copy()
    fixed.flags.writeable = False
    kinds = [describe((value,)) for value in (array, array[0], array[:, 0], fixed, array.view(np.uint64), 1, True)]
    assert len(set(kinds)) == len(kinds)
    assert describe((np.zeros(3), 7)) == describe((np.ones(9), np.int64(8)))
    assert describe((Pair(array, 1),)) != describe(((array, 1),))


@pytest.mark.parametrize("value", [1.5, "a", None, [1], np.uint8(3)])
def test_other_kinds_go_to_numba(value: Any) -> None:
    """What is no array, whole number or tuple of them is not described."""
    with pytest.raises(Unloadable):
        describe((value,))
