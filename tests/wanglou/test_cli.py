"""The command itself: languages, exit codes, messages, and what it takes to start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from tests.support.command_line import ROOT, run
from wanglou.cli import ENDINGS, make_app, split_shared
from wanglou.commands.help import find_text, list_commands, list_parameters
from wanglou.errors import UsageError
from wanglou.languages import LANGUAGES, load_catalogue

COMMANDS = list(list_commands(typer.main.get_command(make_app())))
NAMES = [" ".join(path) or "wanglou" for path, _ in COMMANDS]
HEAVY = ("numpy", "numba", "pyarrow", "duckdb", "sigma", "luqum", "sqlalchemy", "pyshark")


def test_version() -> None:
    """``--version`` prints name and version."""
    done = run("--version")
    assert (done.code, done.out.split()[0]) == (0, "wanglou")


def test_nothing_given_is_help() -> None:
    """Without a word, the command explains itself."""
    assert run() == run("--help")
    assert run().code == 0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=NAMES)
def test_help_is_complete(path: tuple[str, ...], command: object, language: str) -> None:
    """Each command's help has its text, every parameter with an explanation, and an example, in both languages."""
    say = load_catalogue(language)
    done = run(*path, "--help", f"--lang={language}", width=300)
    assert done.code == 0
    assert say(".".join(("help", *path, "text"))) in done.out
    assert f"{say('help.words.example')} {say('.'.join(('help', *path, 'example')))}" in done.out
    for parameter in list_parameters(command):
        assert find_text(say, path, str(parameter.name)) in done.out
        assert all(name in done.out for name in (*parameter.opts, *parameter.secondary_opts) if name.startswith("-"))


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=NAMES)
def test_examples_are_of_their_command(path: tuple[str, ...], command: object) -> None:
    """An example calls the command it explains, and names options that it has."""
    example = load_catalogue("en")(".".join(("help", *path, "example")))
    assert example.startswith(" ".join(["wanglou", *path]))
    known = {name for parameter in list_parameters(command) for name in parameter.opts}
    if path and not hasattr(command, "commands"):
        assert {word for word in example.split() if word.startswith("--")} <= known


def test_help_of_every_command_loads_nothing_heavy() -> None:
    """Explaining a command takes none of the libraries that are slow to import."""
    script = (
        "import sys\nfrom wanglou.cli import main\n"
        f"for path in {[list(path) for path, _ in COMMANDS]!r}:\n"
        "    try:\n        main([*path, '--help'])\n    except SystemExit as end:\n        assert end.code == 0, path\n"
        f"print('loaded:', *sorted(set(sys.modules) & set({HEAVY!r})))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].split() == ["loaded:"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["replay"], "Missing argument 'FILE...'"),
        (["search", "x", "--limit", "many"], "--limit"),
        (["search", "x", "--nonsense"], "--nonsense"),
        (["store"], "Missing command"),
        (["--lang"], "--lang needs a value"),
        (["--lang", "fr", "alerts"], "'fr' is not spoken"),
        (["replay", "x", "--enterprise", "a b"], "'a b' is no id"),
    ],
)
def test_wrong_use(arguments: list[str], said: str) -> None:
    """Wrong use ends with code 2 and says on the standard error what was wrong."""
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert done.err.startswith("error: ")


def test_wrong_use_points_at_the_help_of_that_command() -> None:
    """The message names the help that would have told."""
    assert "`wanglou capture delete --help`" in run("capture", "delete").err


@pytest.mark.parametrize("group", ["assets", "incidents", "risk", "asset", "incident"])
def test_groups_list_where_no_command_is_named(group: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With options or without; a group may also be called by the name of one thing."""
    monkeypatch.chdir(tmp_path)
    name = {"asset": "assets", "incident": "incidents"}.get(group, group)
    for options in (("--json",), ("--json", "--lake", "other"), ()):
        assert run(group, *options) == run(name, "list", *options)
        assert run(group, *options).code == 3
    assert run(group, "show", "--help") == run(name, "show", "--help")
    assert run(group, "--help").out.startswith(f"Usage: wanglou {name} [options]")
    assert "No such command 'nothing'" in run(group, "nothing").err


def test_failure_is_a_message(tmp_path: Path) -> None:
    """What fails ends with code 3 and one message, and no traceback."""
    done = run("alerts", "--lake", tmp_path / "none")
    assert done.code == 3
    assert done.err == f"error: {tmp_path / 'none'}: there is no lake (run `wanglou replay FILE` first)\n"


def test_messages_hold_no_control_characters() -> None:
    """What a file name or an argument holds cannot move the cursor."""
    done = run("replay", "x\x1b[2J", "--site", "s\x1b[2Jite")
    assert "\x1b" not in done.err
    assert "\\x1b[2J" in done.err


def test_own_faults_are_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the program is a message with the way to the traceback, which is shown only when asked for."""
    monkeypatch.setattr("wanglou.commands.terminal.Terminal.__init__", lambda *_: 1 / 0)
    done = run("--version")
    assert done.code == 3
    assert done.err.count("\n") == 1
    assert "WANGLOU_TRACEBACK=1" in done.err
    with pytest.raises(ZeroDivisionError):
        run("--version", environment={"WANGLOU_TRACEBACK": "1"})


@pytest.mark.parametrize(("raised", "code"), [(KeyboardInterrupt, 130), (BrokenPipeError, 141)])
def test_interruptions_are_quiet(raised: type[BaseException], code: int, tmp_path: Path) -> None:
    """An interrupt, or a reader that went away, ends the command with a shell's code and without a word."""
    script = (
        "import sys\nfrom wanglou.commands.terminal import Terminal\nfrom wanglou.cli import main\n"
        f"def fail(*_):\n    raise {raised.__name__}\nTerminal.__init__ = fail\nmain(['--version'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


def test_language_is_taken_wherever_it_stands() -> None:
    """``--lang`` may stand before or after the command, but what follows ``--`` is not looked at."""
    assert split_shared(["--lang", "zh", "search", "x"]) == (["search", "x"], {"--lang": "zh"})
    assert split_shared(["search", "x", "--lang=en"]) == (["search", "x"], {"--lang": "en"})
    assert split_shared(["search", "--", "--lang", "zh"]) == (["search", "--", "--lang", "zh"], {})
    both = {"--lang": "zh", "--settings": "x.yaml"}
    assert split_shared(["--lang=en", "--settings", "x.yaml", "--lang=zh"]) == ([], both)
    for option in both:
        with pytest.raises(UsageError, match=option):
            split_shared(["search", option])


def test_language_of_the_locale() -> None:
    """Without ``--lang`` the locale decides."""
    assert "用法" in run("--help", environment={"LANG": "zh_CN.UTF-8"}).out
    assert "Usage" in run("--help", environment={"LANG": "zh_CN.UTF-8"} | {"LC_ALL": "C"}).out


def test_blas_gets_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting is made before numpy could be imported, and one that is there stays."""
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    script = (
        "import os, sys\nfrom wanglou.cli import main\ntry:\n    main(['--version'])\nexcept SystemExit:\n    pass\n"
    )
    script += "print('numpy' in sys.modules, os.environ['OPENBLAS_NUM_THREADS'])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False 1"


def test_module_is_the_command() -> None:
    """``python -m wanglou`` runs it too."""
    done = subprocess.run(
        [sys.executable, "-m", "wanglou", "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("wanglou ")


@pytest.mark.parametrize(("word", "code"), [("--version", 0), ("nonsense", 2)])
def test_the_process_ends_with_its_code(word: str, code: int) -> None:
    """What was registered for the end is called, outputs are whole, and threads are waited for."""
    script = (
        "import atexit, sys, threading, time\nfrom wanglou.cli import start\n"
        "atexit.register(sys.stdout.write, 'registered ')\n"
        "def work():\n    time.sleep(0.2)\n    print('worked')\n"
        f"if {{threaded}}:\n    threading.Thread(target=work).start()\nsys.argv[1:] = [{word!r}]\nstart()"
    )
    for threaded in (False, True):
        done = subprocess.run(
            [sys.executable, "-c", script.format(threaded=threaded)],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == code
        assert "registered " in done.stdout
        assert ("worked" in done.stdout) == threaded
        assert done.stderr == ("" if code == 0 else done.stderr)
        assert ("nonsense" in done.stderr) == (code == 2)


def test_a_full_output_is_no_success() -> None:
    """Where the output cannot take what was printed the command fails."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-m", "wanglou", "--help"], cwd=ROOT, stdout=full, check=False)
    assert done.returncode != 0


def test_outputs_that_are_not_utf8() -> None:
    """What an encoding has no sign for is a question mark, and no fault."""
    done = subprocess.run(
        [sys.executable, "-m", "wanglou", "--help", "--lang", "zh"], cwd=ROOT, capture_output=True, check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"wanglou" in done.stdout
    assert b"??" in done.stdout


@pytest.mark.parametrize("number", ENDINGS)
def test_signals_that_end_a_command(number: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    """They interrupt it as Ctrl-C does, and are as they were when it is over."""
    monkeypatch.setattr("wanglou.commands.terminal.Terminal.__init__", lambda *_: signal.raise_signal(number))
    assert run("--version").code == 130
    assert signal.getsignal(number) is signal.SIG_DFL


def test_a_signal_that_is_ignored_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ``nohup`` starts goes on when the terminal goes away."""
    monkeypatch.setattr("wanglou.commands.terminal.Terminal.__init__", lambda *_: signal.raise_signal(signal.SIGHUP))
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert run("--version").code == 0
    finally:
        signal.signal(signal.SIGHUP, before)
