"""Running the command line inside the test's process, and a lake to run it on."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from wanglou.cli import main
from wanglou.commands.terminal import Terminal
from wanglou.languages import Language, load_catalogue

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = ROOT / "pcaps"
SAMPLE = CAPTURES / "unauthorized_write.pcap"
"""A bundled capture of the demo park's enterprise ``chem`` that raises alerts."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did."""

    code: int
    out: str
    err: str


def run(*arguments: str | Path, width: int = 120, environment: Mapping[str, str] | None = None) -> Done:
    """Run ``wanglou`` with ``arguments``, in English unless they say otherwise, on outputs that are no terminals."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    settings = {
        "WANGLOU_SETTINGS": os.devnull,
        "LANG": "C.UTF-8",
        "LC_ALL": "",
        "LC_MESSAGES": "",
        "COLUMNS": str(width),
        **(environment or {}),
    }
    with patch.dict(os.environ, settings), redirect_stdout(out), redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
    out.flush()
    err.flush()
    return Done(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))


class Screen:
    """A terminal of our own, as commands get it, and what is printed on it."""

    def __init__(self, language: Language = "en", *, width: int = 120, is_terminal: bool = False) -> None:
        """Open one that is ``width`` characters wide."""
        self.terminal = Terminal(load_catalogue(language))
        for console in (self.terminal.out, self.terminal.err):
            console.file = io.StringIO()
            console.width = width
            console._force_terminal = is_terminal
            console._environ = {"TERM": "xterm"}
            console.is_interactive = is_terminal

    @property
    def out(self) -> str:
        """What was printed to the standard output so far."""
        return _read(self.terminal.out.file)

    @property
    def err(self) -> str:
        """What was printed to the standard error so far."""
        return _read(self.terminal.err.file)


def _read(file: object) -> str:
    return file.getvalue() if isinstance(file, io.StringIO) else ""
