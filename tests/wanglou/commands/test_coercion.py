"""How words of the command line become values."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
import typer.main

from tests.support.command_line import ROOT, run
from wanglou.commands.coercion import PlainValue, simplify
from wanglou.commands.help import Command

SEEN: list[tuple[Any, ...]] = []


def take(
    files: list[Path],
    name: str = "",
    site: Path | None = None,
    rules: Annotated[list[Path] | None, typer.Option()] = None,
    texts: Annotated[list[str] | None, typer.Option()] = None,
    number: Annotated[int, typer.Option(min=0)] = 1,
    parsed: Annotated[Path, typer.Option(parser=lambda text: Path(text) / "x")] = Path(),
    there: Annotated[Path | None, typer.Option(exists=True)] = None,
    flag: Annotated[bool, typer.Option("--flag", envvar="FLAG_OF_TEST")] = False,
) -> None:
    """Keep what was given."""
    SEEN.append((files, name, site, rules, texts, number, parsed, there, flag))


def make(*, is_simple: bool) -> Any:
    """Make the command, with or without our readers of texts."""
    app = typer.Typer(add_completion=False)
    app.command(cls=Command)(take)
    command: Any = typer.main.get_command(app)
    for parameter in command.params:
        parameter._runtime_param = None
    if is_simple:
        simplify(command.params)
    return command


@pytest.mark.parametrize(
    "words",
    [
        ["a"],
        ["a", "b", "--name", "é", "--site", "", "--flag"],
        ["a", "--rules", "r", "--rules", "s", "--texts", "1", "--number", "3", "--parsed", "p", "--there", os.devnull],
        ["-", "--no-such"],
        ["a", "--number", "many"],
        ["a", "--there", "nowhere"],
        [],
    ],
)
@pytest.mark.parametrize("flag", ["", "1", "maybe"])
def test_values_are_those_of_typer(words: list[str], flag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is given, the command gets what typer alone gives it, or is refused with the same words."""
    monkeypatch.setenv("FLAG_OF_TEST", flag)
    results = []
    for is_simple in (False, True):
        SEEN.clear()
        try:
            make(is_simple=is_simple).main(words, standalone_mode=False)
            results.append(list(SEEN))
        except typer.TyperException as error:
            results.append([(type(error), error.format_message())])
    assert results[0] == results[1]


def test_only_what_cannot_be_wrong_is_taken() -> None:
    """Numbers, parsed values and files that must be there stay typer's."""
    taken = {p.name for p in make(is_simple=True).params if isinstance(p._runtime_param, PlainValue)}
    assert taken == {"files", "name", "site", "rules", "texts", "flag"}


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Typer's own message tells of it."""
    path = tmp_path / "closed.pcap"
    path.write_bytes(b"")
    monkeypatch.setattr("os.access", lambda *_args, **_more: False)
    done = run("replay", path, "--lake", tmp_path / "lake")
    assert done.code == 2
    assert "is not readable" in done.err


def test_a_replay_does_without_the_checking_library(tmp_path: Path) -> None:
    """Reading the words of ``wanglou replay`` loads nothing for it."""
    script = (
        "import sys\nfrom wanglou.cli import main\n"
        f"try:\n    main(['replay', {str(tmp_path / 'none')!r}, '--enterprise', 'a b'])\nexcept SystemExit as end:\n"
        "    print(end.code, 'pydantic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["2", "False"]
