"""The command ``wanglou``: chooses the language, runs one command, and turns what goes wrong into a message and a code.

Exit codes: 0 fine, 1 something was found (``verify`` differs, rules have faults, the audit was changed), 2 wrong use,
3 failed, 130 interrupted, 141 the reader of the output went away. docs/cli.md tells every command and option.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from importlib import import_module
from types import FrameType
from typing import Annotated, NoReturn

import typer

import wanglou
from wanglou.commands.defaults import SETTINGS, list_defaults
from wanglou.commands.help import Command, Group
from wanglou.commands.reading import plain_lines
from wanglou.commands.terminal import Terminal
from wanglou.config import Settings, find_file, load_settings
from wanglou.errors import FaultsError, UsageError, WanglouError
from wanglou.languages import Catalogue, choose_language, load_catalogue, parse_language
from wanglou.sentences import tell_error, tell_sentence

INTERRUPTED, PIPE_CLOSED = 130, 141
"""What a shell reports for programs ended by SIGINT and SIGPIPE."""
COLLECTED = (150_000, 10, 30)
"""When the cycle collector runs: loading modules only builds, and pays a tenth of its time to the usual thresholds."""
ENDINGS = (signal.SIGTERM, signal.SIGHUP)
"""Signals that end a command as Ctrl-C does."""
SHARED = {"--lang": "give --lang zh or --lang en", "--settings": "give --settings FILE"}
"""Options that may stand anywhere in a command, and what to do where their value lacks."""
LONGEST = 2_000
"""Characters of a message's line up to which it is shown whole."""
TRACEBACK = "WANGLOU_TRACEBACK"
"""Environment variable: when set, a fault of the program itself is shown with its traceback."""


COMMANDS = ("replay", "search", "show", "serve", "demo", "verify", "kernels")
"""Commands, each a function of the module of its name."""
GROUPS = ("alerts", "incidents", "rules", "capture", "store", "settings", "assets", "audit", "risk", "user")
"""Groups of commands, each the ``app`` of the module of its name."""
ALIASES = {"asset": "assets", "incident": "incidents"}
"""Other names of groups, as one says them with one thing: ``wanglou incident show ID``."""


def make_app(wanted: str = "") -> typer.Typer:
    """Join the commands, or take ``wanted`` alone where there is one of that name: the modules of others take time.

    Their help comes from the catalogues.
    """
    app = typer.Typer(cls=Group, add_completion=False, pretty_exceptions_enable=False)
    app.callback()(_take_global_options)
    is_one = wanted in COMMANDS or wanted in GROUPS
    for name in COMMANDS:
        if not is_one or name == wanted:
            app.command(name, cls=Command)(getattr(import_module(f"wanglou.commands.{name}"), name))
    for name in GROUPS:
        if not is_one or name == wanted:
            app.add_typer(import_module(f"wanglou.commands.{name}").app, name=name)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"wanglou {wanglou.__version__}\n")
        raise typer.Exit


def _take_global_options(
    lang: Annotated[str, typer.Option("--lang", metavar="zh|en")] = "",
    file: Annotated[str, typer.Option("--settings", metavar="FILE")] = "",
    version: Annotated[bool, typer.Option("--version", is_eager=True, callback=_show_version)] = False,
) -> None:
    """Take what every command shares; ``main`` has read SHARED before, as help and defaults depend on it."""
    del lang, file, version


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command with ``arguments`` (those of the process by default) and end the process."""
    gc.set_threshold(*COLLECTED)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: idle threads of BLAS take time from the stages
    _relax_outputs()
    given = list(sys.argv[1:] if arguments is None else arguments)
    say = load_catalogue(choose_language(os.environ))
    try:
        given, shared = split_shared(given)
        language = shared.get("--lang", "")
        say = load_catalogue(parse_language(language)) if language else say
        settings = _load_settings(given, shared.get("--settings", ""))
        settings = settings.override("language", say.language, "--lang") if language else settings
        say = load_catalogue(settings["language"] or say.language)
        with _interrupting():
            sys.exit(_run(given, say, settings))
    except WanglouError as error:
        _complain(say, tell_error(error, say.language))
        sys.exit(error.exit_code)
    except typer.TyperException as error:
        path = getattr(getattr(error, "ctx", None), "command_path", "wanglou")
        _complain(
            say, f"{tell_sentence(error.format_message(), say.language)} ({say('usage.try', command=f'{path} --help')})"
        )
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        _silence_output()
        sys.exit(PIPE_CLOSED)
    except OSError as error:
        _complain(say, f"{error.filename or ''}: {error.strerror or error}".removeprefix(": "))
        sys.exit(WanglouError.exit_code)
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        _complain(say, say("error_internal", kind=type(error).__name__, message=error, variable=TRACEBACK))
        sys.exit(WanglouError.exit_code)


def _load_settings(arguments: Sequence[str], named: str) -> Settings:
    """Read the settings; their faults stop neither the commands that show them nor help."""
    try:
        return load_settings(named)
    except FaultsError:
        if not arguments or arguments[0] == "settings" or {"--help", "--version"} & set(arguments):
            return Settings(find_file(named, os.environ))
        raise


def start() -> NoReturn:
    """Run one command with the arguments of the process and end it, without taking the interpreter apart first.

    That would take 0.15 s after a replay, module by module, and frees what the system frees at once. Nothing is lost:
    what a command stores is on the disk before it ends, functions registered for the end are called, and the outputs
    flushed. Where a thread is still at work, or an output fails, the interpreter ends as usual.
    """
    try:
        main()
    except SystemExit as end:
        if isinstance(end.code, int) and not _has_threads():
            _leave(end.code)
        raise


def _has_threads() -> bool:
    """True where the interpreter would wait for a thread before it ends."""
    return any(thread is not threading.main_thread() and not thread.daemon for thread in threading.enumerate())


def _leave(code: int) -> None:
    atexit._run_exitfuncs()  # noqa: SLF001 - there is no other way to call them, short of the whole ending
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        return
    os._exit(code)


def _run(arguments: Sequence[str], say: Catalogue, settings: Settings) -> int:
    # Not the command's own ``main``: it would turn a closed pipe and an interrupt into codes of its own.
    place, word = next(((at, one) for at, one in enumerate(arguments) if not one.startswith("-")), (0, ""))
    if word in ALIASES:
        word = ALIASES[word]
        arguments = [*arguments[:place], word, *arguments[place + 1 :]]
    command = typer.main.get_command(make_app(word))
    try:
        defaults = list_defaults(command, settings)
        given = list(arguments) or ["--help"]
        with command.make_context("wanglou", given, obj=Terminal(say), default_map=defaults) as context:
            context.meta[SETTINGS] = settings
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    finally:
        sys.stdout.flush()
    return 0


def _relax_outputs() -> None:
    """Write a question mark for what an output's encoding has no sign for; NDJSON goes past it as UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


@contextlib.contextmanager
def _interrupting() -> Iterator[None]:
    """Let the signals of ENDINGS interrupt the command, save those that are ignored (``nohup``) or have a handler."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    taken = [number for number in ENDINGS if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    raise KeyboardInterrupt


def _complain(say: Catalogue, message: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be what went away
        sys.stderr.write(f"{say('error')}: {plain_lines(_cut(message))}\n")


def _cut(message: str) -> str:
    """Leave out the middle of lines that nobody reads, as an argument of 100 kB makes them."""
    lines = message.split("\n")
    return "\n".join(line if len(line) <= LONGEST else f"{line[:200]} ... {line[-300:]}" for line in lines)


def _silence_output() -> None:
    """Point the standard output elsewhere, so that closing it at exit does not complain again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def split_shared(arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Take the options of SHARED out of the arguments, wherever they stand before ``--``; the last of each holds.

    ``--lang X`` and ``--lang=X`` are the same. Raises UsageError when nothing follows one.
    """
    rest: list[str] = []
    found: dict[str, str] = {}
    given = iter(arguments)
    for argument in given:
        if argument == "--":
            return [*rest, argument, *given], found
        name, equals, value = argument.partition("=")
        if name not in SHARED:
            rest.append(argument)
            continue
        found[name] = value if equals else next(given, "")
        if not found[name]:
            raise UsageError(f"{name} needs a value", do=SHARED[name])
    return rest, found
