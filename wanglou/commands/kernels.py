"""``wanglou kernels``: compile everything that is compiled, now instead of at first use."""

from __future__ import annotations

import time

import typer

from wanglou.commands.figures import write_seconds
from wanglou.commands.reading import ensure_compilation
from wanglou.commands.terminal import Terminal


def kernels(context: typer.Context) -> None:
    """Compile the kernels."""
    from wanglou.kernel_cache import cache_folder

    terminal: Terminal = context.obj
    began = time.monotonic()
    ensure_compilation(terminal)
    terminal.tell("kernels.done", time=write_seconds(time.monotonic() - began), folder=cache_folder())
