"""Settings as defaults of options: command line beats environment beats file beats default."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated, Any

import typer.main

from tests.support.command_line import CAPTURES, SAMPLE, run
from wanglou.cli import make_app
from wanglou.commands.defaults import APART, KEYS, list_defaults
from wanglou.commands.help import list_commands
from wanglou.config import load_settings
from wanglou.languages import LANGUAGES, Language, load_catalogue


def write_settings(folder: Path, text: str) -> Path:
    """Write a settings file."""
    (folder / "wanglou.yaml").write_text(text, encoding="utf-8")
    return folder / "wanglou.yaml"


def test_every_option_that_settings_say_has_its_default(tmp_path: Path) -> None:
    """All commands take them but those that work on what is bundled or named; a setting that is not said gives none."""
    command = typer.main.get_command(make_app())
    file = write_settings(tmp_path, "store: s\nledger: l\nsite: site.yaml\nrules: [a, b]\nmax_disk: 5G\n")
    defaults = list_defaults(command, load_settings(str(file), {}))
    said = {
        "lake": f"lake:{tmp_path / 's'}",
        "ledger": str(tmp_path / "l"),
        "site": str(tmp_path / "site.yaml"),
        "rules": [str(tmp_path / "a"), str(tmp_path / "b")],
        "max_disk": "5000000000",
    }
    for path, one in list_commands(command):
        if hasattr(one, "commands") and "lake" not in {parameter.name for parameter in one.params}:
            continue  # a group that takes nothing itself
        found: dict[str, Any] = defaults
        for word in path:
            found = found.get(word, {})
        options = {parameter.name for parameter in one.params if {*parameter.opts} & {*KEYS}} - {"keep"}
        wanted = set() if " ".join(path) in APART else options
        assert {name: found[name] for name in said if name in found} == {name: said[name] for name in wanted}, path
    assert list_defaults(command, load_settings("/dev/null", {})) == {}


def test_a_cluster_is_told_what_to_keep(tmp_path: Path) -> None:
    """A lake, which keeps everything, is not."""
    app = typer.Typer()

    @app.command()
    def init(keep: Annotated[str, typer.Option("--keep")] = "") -> None:
        """Take what to keep."""

    command = typer.main.get_command(app)
    for store, wanted in (("https://a:9200", {"keep": "modbus:noteworthy"}), ("lake:x", {})):
        file = write_settings(tmp_path, f"store: {store}\nkeep: {{modbus: noteworthy}}\n")
        assert list_defaults(command, load_settings(str(file), {})) == wanted


def test_what_beats_what(lake_folder: Path, tmp_path: Path) -> None:
    """The store of the file, of the variable, of the option; a file named by a variable or an option."""
    file = write_settings(tmp_path, f"store: {lake_folder}\nlanguage: zh\n")
    named = {"WANGLOU_SETTINGS": str(file)}
    assert "unauthorized_write" in run("capture", "list", environment=named).out
    assert "unauthorized_write" in run("capture", "list", "--settings", file).out
    assert "unauthorized_write" in run("--settings", file, "capture", "list").out
    none = {"WANGLOU_STORE": str(tmp_path / "none")}
    assert str(tmp_path / "none") in run("capture", "list", "--settings", file, environment=none).err
    other = run("capture", "list", "--settings", file, "--store", tmp_path / "other", environment=none)
    assert str(tmp_path / "other") in other.err


def test_language(tmp_path: Path) -> None:
    """The option beats the variable, that the file, that the locale."""
    file = write_settings(tmp_path, "language: zh\n")
    words = {language: load_catalogue(language)("help.words.usage") for language in LANGUAGES}
    locale = {"LANG": "zh_CN.UTF-8"}
    cases: list[tuple[tuple[str, ...], dict[str, str], Language]] = [
        ((), {}, "zh"),
        ((), {"WANGLOU_LANGUAGE": "en"}, "en"),
        (("--lang", "zh"), {"WANGLOU_LANGUAGE": "en"}, "zh"),
        (("--lang", "en"), locale, "en"),
    ]
    for arguments, environment, language in cases:
        done = run("--help", "--settings", file, *arguments, environment=environment)
        assert done.out.startswith(words[language]), (arguments, environment)
    assert run("--help", environment=locale).out.startswith(words["zh"])


def test_a_ledger_serves_its_store(lake_folder: Path, tmp_path: Path) -> None:
    """The file's ledger holds for the file's store, not for one that is named elsewhere."""
    mine, other = (Path(shutil.copytree(lake_folder, tmp_path / name)) for name in ("mine", "other"))
    file = write_settings(tmp_path, f"store: {mine}\nledger: state.db\n")
    assert run("incidents", "rebuild", "--settings", file).code == 0
    assert (tmp_path / "state.db").exists()
    (tmp_path / "state.db").unlink()
    assert run("incidents", "rebuild", "--settings", file, "--store", other).code == 0
    assert not (tmp_path / "state.db").exists()
    named = ("--store", other, "--ledger", tmp_path / "named.db")
    assert run("incidents", "rebuild", "--settings", file, *named).code == 0
    assert (tmp_path / "named.db").exists()


def test_a_replay_by_settings(tmp_path: Path) -> None:
    """Store, ledger, site, rules and the limit on disk may all come from the file."""
    (tmp_path / "rules").mkdir()
    text = f"store: lake\nledger: state.db\nsite: {CAPTURES / 'site.yaml'}\nrules: [rules]\nmax_disk: 1G\n"
    file = write_settings(tmp_path, text)
    done = run("replay", SAMPLE, "--settings", file)
    assert done.code == 0, done.err
    assert (tmp_path / "lake" / "ledger.db").exists()
    assert (tmp_path / "state.db").exists()
    listed = run("alerts", "--json", "--settings", file).out.splitlines()
    assert {json.loads(line)["organization.id"] for line in listed} == {"chem"}


def test_faults_stop_all_but_help(tmp_path: Path) -> None:
    """A file with faults is told and nothing is done; help and version are shown all the same."""
    file = write_settings(tmp_path, "stoer: x\n")
    done = run("capture", "list", "--settings", file)
    assert (done.code, done.out) == (3, "")
    assert f"{file}:1: unknown key 'stoer'; did you mean 'store'?" in done.err
    for arguments in (("--help",), ("replay", "--help"), ("--version",)):
        assert run(*arguments, "--settings", file).code == 0
