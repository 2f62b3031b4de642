"""Help in the language of the user: typer makes it, the catalogues give the words.

Texts lie below ``help.<command>`` (``text``, ``example``, ``options.<parameter>``); options that several commands take
lie below ``help.shared``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.rich_utils
from rich.markup import escape
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from wanglou.languages import Catalogue

_USAGE = "Usage: "


class Command(TyperCommand):
    """A command whose usage line and ``--help`` are translated."""

    def get_usage(self, ctx: typer.Context) -> str:
        """Write the usage line."""
        return _say_usage(super().get_usage(ctx), ctx)

    def get_help_option(self, ctx: typer.Context) -> TyperOption | None:
        """Give the option ``--help``."""
        return _say_help(super().get_help_option(ctx), ctx)


class Group(TyperGroup):
    """A group of commands whose usage line and ``--help`` are translated."""

    def get_usage(self, ctx: typer.Context) -> str:
        """Write the usage line."""
        return _say_usage(super().get_usage(ctx), ctx)

    def get_help_option(self, ctx: typer.Context) -> TyperOption | None:
        """Give the option ``--help``."""
        return _say_help(super().get_help_option(ctx), ctx)


def _say_usage(usage: str, ctx: typer.Context) -> str:
    return usage.replace(_USAGE, ctx.obj.say("help.words.usage") + " ", 1)


def _say_help(option: TyperOption | None, ctx: typer.Context) -> TyperOption | None:
    if option is not None:
        option.help = ctx.obj.say("help.words.help")
    return option


def list_commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give a command and all below it, each with the words that call it."""
    yield path, command
    for name, below in sorted(getattr(command, "commands", {}).items()):
        yield from list_commands(below, (*path, name))


def list_parameters(command: Any) -> list[TyperArgument | TyperOption]:
    """List the arguments and options of a command, without ``--help``."""
    return [param for param in command.params if param.name != "help"]


def find_text(say: Catalogue, path: tuple[str, ...], parameter: str) -> str:
    """Find the help of a parameter: the command's own, or the one it shares with others."""
    own = say.find(".".join(("help", *path, "options", parameter)))
    return own if own is not None else say(f"help.shared.{parameter}")


def translate_help(root: Any, say: Catalogue) -> Any:
    """Put the texts of a language into every command below ``root``, and give ``root``."""
    for path, command in list_commands(root):
        key = ".".join(("help", *path))
        command.help = escape(say(f"{key}.text"))
        example = say.find(f"{key}.example")
        command.epilog = escape(f"{say('help.words.example')} {example}") if example else None
        for parameter in list_parameters(command):
            parameter.help = escape(find_text(say, path, str(parameter.name)))
    _translate_frames(say)
    return root


def _translate_frames(say: Catalogue) -> None:
    frames = typer.rich_utils
    frames.ARGUMENTS_PANEL_TITLE = say("help.words.arguments")
    frames.OPTIONS_PANEL_TITLE = say("help.words.options")
    frames.COMMANDS_PANEL_TITLE = say("help.words.commands")
    frames.DEFAULT_STRING = "[" + say("help.words.default") + ": {}]"
    frames.REQUIRED_LONG_STRING = "[" + say("help.words.required") + "]"
