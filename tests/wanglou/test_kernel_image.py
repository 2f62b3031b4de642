"""The image: what is packed, mapped and linked, and how it grows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, cast

import pytest

from parsers.sequence import difference
from sensors.ticks import divide_u64
from wanglou import kernel_cache, kernel_image
from wanglou.kernel import Kernel
from wanglou.kernel_image import Native, describe, load_image, save_image
from wanglou.kernel_linkage import can_map


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
    kernel_image._path.cache_clear()


def pack(function: Any, *args: Any) -> tuple[tuple[str, Any], Native | None]:
    """Pack a kernel for arguments of those kinds."""
    signature = tuple(function.dispatcher.typeof_pyval(arg) for arg in args)
    function.dispatcher.compile(signature)
    name = f"{function.__module__}.{function.__name__}"
    return (name, describe(args)), Native.pack(function.dispatcher, signature)


@pytest.mark.skipif(not isinstance(difference, Kernel), reason="kernels run uncompiled")
@pytest.mark.usefixtures("image")
def test_results_are_those_of_numba() -> None:
    """Numbers, negative ones and pairs come out of the image as they come out of numba."""
    known: list[tuple[Any, tuple[int, ...]]] = [(difference, (5, 9)), (divide_u64, (0, 10**12, 7))]
    cases = [(Kernel(function.py_func, "never"), args) for function, args in known]  # they compile into this cache
    made = dict(pack(function, *args) for function, args in cases)
    assert None not in made.values()
    save_image(made)
    by_llvm = kernel_image._link(kernel_image._read(kernel_image._path()))
    for loaded, (function, args) in product((load_image(), by_llvm), cases):
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


@pytest.mark.usefixtures("image")
def test_what_cannot_be_linked_once_is_not_kept_linked() -> None:
    """A linked image never tells less than the image: where linking fails it goes."""
    path = kernel_image._linked_path()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"older")
    save_image({("a.b", ("int64",)): Native("symbol", "@q", is_tuple=False, needs=frozenset(), code=b"")})
    assert not path.exists()
    path.write_bytes(b"\x80\x05damaged")
    assert kernel_image._map(path) == {}


@pytest.mark.skipif(not can_map() or not isinstance(difference, Kernel), reason="no linked image here")
@pytest.mark.usefixtures("image")
def test_where_no_memory_can_be_executed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that forbids it gets nothing mapped, and LLVM is asked."""
    kernel: Any = Kernel(cast("Any", difference).py_func, "never")
    save_image(dict([pack(kernel, 5, 9)]))
    assert len(kernel_image._map(kernel_image._linked_path())) == 1

    def refuse(*_: object) -> None:
        raise OSError(13, "no memory for machine code")

    monkeypatch.setattr(kernel_image, "map_code", refuse)
    assert kernel_image._map(kernel_image._linked_path()) == {}
    assert isinstance(load_image(), dict)


def test_the_processor_is_told_without_its_speed() -> None:
    """What a processor can do is told, and nothing that changes from moment to moment or with its number."""
    told = kernel_image._tell_processor()
    assert told
    assert told == kernel_image._tell_processor()
    assert "MHz" not in told
    assert "processor\t" not in told
