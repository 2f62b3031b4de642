"""Help in the language of the user: typer knows the commands and their parameters, the catalogues have the words.

Texts lie below ``help.<command>`` (``text``, ``example``, ``options.<parameter>``); those of parameters that several
commands take lie below ``help.shared``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from wanglou.commands.coercion import simplify
from wanglou.commands.defaults import part_ledger
from wanglou.commands.terminal import Terminal
from wanglou.languages import Catalogue

Path = tuple[str, ...]
"""The words that call a command, after the program's name."""
USUAL = "list"
"""Command of a group that is meant where none is named."""


class Command(TyperCommand):
    """A command that explains itself in the user's language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As typer makes it, but for how texts are read."""
        super().__init__(*args, **kwargs)
        simplify(self.params)

    def get_help_option(self, ctx: Any) -> Any:
        """As typer makes it, but for how flags are read."""
        option = super().get_help_option(ctx)
        simplify([option])
        return option

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; see ``defaults.part_ledger``."""
        rest = super().parse_args(ctx, args)
        part_ledger(ctx)
        return rest

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help; ``formatter``, which would lay it out in English, stays empty."""
        del formatter
        print_help(ctx, self)


class Group(TyperGroup):
    """A group of commands that explains itself in the user's language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As typer makes it, but for how texts are read."""
        super().__init__(*args, **kwargs)
        simplify(self.params)

    def get_help_option(self, ctx: Any) -> Any:
        """As typer makes it, but for how flags are read."""
        option = super().get_help_option(ctx)
        simplify([option])
        return option

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; a group that can list does so where no command is named."""
        is_unnamed = not args or (args[0].startswith("-") and "--help" not in args)
        return super().parse_args(ctx, [USUAL, *args] if is_unnamed and USUAL in self.commands else args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help; ``formatter``, which would lay it out in English, stays empty."""
        del formatter
        print_help(ctx, self)


def list_commands(command: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Give a command and all below it, each with the words that call it."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from list_commands(below, (*path, name))


def list_parameters(command: Any) -> list[TyperArgument | TyperOption]:
    """List the arguments and options of a command, without ``--help``."""
    return [parameter for parameter in command.params if parameter.name != "help"]


def find_text(say: Catalogue, path: Path, parameter: str) -> str:
    """Find the help of a parameter: the command's own, or the one it shares; raises KeyError when there is none."""
    own = say.find(".".join(("help", *path, "options", parameter)))
    return own if own is not None else say(f"help.shared.{parameter}")


def print_help(ctx: typer.Context, command: Any) -> None:
    """Print usage, text, parameters, commands below, and an example."""
    terminal: Terminal = ctx.obj
    say, path = terminal.say, tuple(ctx.command_path.split()[1:])
    key = ".".join(("help", *path))
    parameters = list_parameters(command)
    arguments = [parameter for parameter in parameters if isinstance(parameter, TyperArgument)]
    options = [parameter for parameter in parameters if isinstance(parameter, TyperOption)]
    below = getattr(command, "commands", {})
    terminal.out.print(Text.assemble((say("help.words.usage"), "bold"), " ", _write_usage(ctx, arguments, below)))
    terminal.out.print()
    terminal.out.print(Padding(Text(say(f"{key}.text"), overflow="fold"), (0, 2), expand=False))
    _print_rows(terminal, "arguments", ((str(one.metavar), find_text(say, path, str(one.name))) for one in arguments))
    own = [(_write_names(one), _write_option(say, path, one)) for one in options]
    _print_rows(terminal, "options", [*own, ("--help", say("help.words.help"))])
    usual = f" [{say('help.words.default')}]"
    texts = ((name, say(f"{key}.{name}.text") + (usual if name == USUAL else "")) for name in below)
    _print_rows(terminal, "commands", texts)
    terminal.out.print()
    terminal.write(f"{say('help.words.example')} {say(f'{key}.example')}")


def _write_usage(ctx: typer.Context, arguments: Sequence[TyperArgument], below: Any) -> str:
    words = ctx.obj.say("help.words.any")
    parts = [ctx.command_path, f"[{words}]", *(str(argument.metavar) for argument in arguments)]
    return " ".join([*parts, ctx.obj.say("help.words.command")] if below else parts)


def _write_names(option: TyperOption) -> str:
    names = "/".join([*option.opts, *option.secondary_opts])
    return f"{names} {option.metavar}" if option.metavar else names


def _write_option(say: Catalogue, path: Path, option: TyperOption) -> str:
    text = find_text(say, path, str(option.name))
    default = option.default
    if isinstance(default, bool) or default in (None, "", 0) or not default:
        return text
    return f"{text} [{say('help.words.default')} {default}]"


def _print_rows(terminal: Terminal, title: str, rows: Iterable[tuple[str, str]]) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="cyan")
    grid.add_column(overflow="fold")
    for name, text in rows:
        grid.add_row(name, text)
    if grid.row_count:
        terminal.head(f"help.words.{title}")
        terminal.out.print(Padding(grid, (0, 0, 0, 2), expand=False))
