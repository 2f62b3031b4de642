"""The image: what is packed, how arguments become words, what is not known to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from parsers.sequence import difference
from sensors.ticks import divide_u64
from wanglou import kernel_cache, kernel_image
from wanglou.kernel import Kernel
from wanglou.kernel_image import Native, Unloadable, describe, load_image, save_image


class Pair(NamedTuple):
    """Two arrays that belong together."""

    first: Any
    second: Any


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An image of its own, not loaded yet."""
    monkeypatch.setenv("WANGLOU_CACHE", str(tmp_path))
    monkeypatch.setattr(kernel_image, "_LOADED", [])
    forget()
    yield tmp_path
    forget()


def forget() -> None:
    """Let the next question look for the folder again."""
    kernel_cache.cache_folder.cache_clear()
    kernel_cache.module_folder.cache_clear()


def pack(function: Any, *args: Any) -> tuple[tuple[str, Any], Native | None]:
    """Pack a kernel for arguments of those kinds."""
    signature = tuple(function.dispatcher.typeof_pyval(arg) for arg in args)
    function.dispatcher.compile(signature)
    name = f"{function.__module__}.{function.__name__}"
    return (name, describe(args)), Native.pack(function.dispatcher, signature)


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


@pytest.mark.skipif(not isinstance(difference, Kernel), reason="kernels run uncompiled")
@pytest.mark.usefixtures("image")
def test_results_are_those_of_numba() -> None:
    """Numbers, negative ones and pairs come out of the image as they come out of numba."""
    known: list[tuple[Any, tuple[int, ...]]] = [(difference, (5, 9)), (divide_u64, (0, 10**12, 7))]
    cases = [(Kernel(function.py_func, "never"), args) for function, args in known]  # they compile into this cache
    made = dict(pack(function, *args) for function, args in cases)
    assert None not in made.values()
    save_image(made)
    loaded = load_image()
    for function, args in cases:
        key = (f"{function.__module__}.{function.__name__}", describe(args))
        assert loaded[key](*args) == function(*args) == function._boxed(*args) == function.py_func(*args)


@pytest.mark.usefixtures("image")
def test_an_image_grows() -> None:
    """Code that is saved later is added to what is there; without an image nothing is loaded."""
    assert load_image() == {}
    save_image({("a.b", ("int64",)): Native("symbol", "@q", is_tuple=False, needs=frozenset(), code=b"")})
    save_image({("c.d", ("int64",)): None})
    save_image({("e.f", ("int64",)): Native("other", "", is_tuple=False, needs=frozenset(), code=b"")})
    assert {name for name, _ in kernel_image._read(kernel_image._path())} == {"a.b", "e.f"}


@pytest.mark.usefixtures("image")
def test_a_damaged_image_is_none() -> None:
    """Bytes that are no image are as good as none."""
    path = kernel_image._path()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x80\x05damaged")
    assert load_image() == {}
