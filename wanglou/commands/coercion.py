"""Words of the command line as texts, paths and flags, without the library that typer checks values with.

Loading that library takes some 40 ms, and a text cannot be wrong. Whatever could be refused goes typer's own way:
numbers, choices, values with a parser, and paths that this user may not read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from typer.core import TyperArgument, TyperOption

_KINDS: dict[Any, type] = {bool: bool, str: str, Path: Path, list[str]: str, list[Path]: Path}
"""What a value, or each of several, becomes."""


def simplify(parameters: Iterable[object]) -> None:
    """Let those parameters that are flags, texts or paths take their values as they come."""
    for parameter in parameters:
        if isinstance(parameter, TyperArgument | TyperOption) and _is_plain(parameter):
            parameter._runtime_param = PlainValue(parameter)  # type: ignore[assignment]  # noqa: SLF001 - typer's place for it


def _is_plain(parameter: TyperArgument | TyperOption) -> bool:
    """True for a flag, a text or a path of which nothing more is asked than typer asks of every one."""
    told = parameter.type_descriptor
    info = told.parameter_info
    asked = (info.parser, info.path_type, info.exists, info.resolve_path, info.writable)
    return told.annotation in _KINDS and not any(asked) and info.file_okay and info.dir_okay


class PlainValue:
    """Takes the values of one parameter in the place of typer's own reader of them."""

    def __init__(self, parameter: TyperArgument | TyperOption) -> None:
        """Take those of ``parameter``."""
        self._kind = _KINDS[parameter.type_descriptor.annotation]
        self._descriptor = parameter.type_descriptor

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Give the value of the parameter's type; raises what typer raises for what cannot be read."""
        is_several = param.multiple or param.nargs == -1
        if value is None:
            return () if is_several else None
        values = list(value) if is_several and not isinstance(value, str) else [value]
        if not all(self._is_plain(one) for one in values):
            from typer._coercion import build_runtime_param

            return build_runtime_param(self._descriptor).coerce(value, param=param, ctx=ctx)
        return [self._kind(one) for one in values] if is_several else self._kind(value)

    def _is_plain(self, value: Any) -> bool:
        """True for what nothing can be wrong with; a path is that of a file that may be read, or of none."""
        if self._kind is Path and isinstance(value, str | Path):
            return os.access(value, os.R_OK) or not os.path.exists(value)  # noqa: PTH110 - no path has to be made
        return isinstance(value, self._kind)
