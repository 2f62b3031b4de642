"""The documentation tells everything there is, and what it shows works."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path

import pytest
import typer.main
import yaml

from correlation.query import parse_query
from correlation.query_error import QueryError
from correlation.store import Capture
from detection.columns import SITE_FIELDS
from parsers import dns_message, handle_pdu, http, modbus_pdu, mqtt_packet, opcua_pdu
from parsers.registry import MESSAGE_TABLES
from parsers.schema import DATASETS
from wanglou.cli import make_app
from wanglou.commands.help import list_commands, list_parameters
from wanglou.commands.losses import HARMLESS
from wanglou.languages import load_catalogue
from wanglou.site import load_site

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
COMMANDS = [(path, command) for path, command in list_commands(typer.main.get_command(make_app())) if path]
STAGES = ("sensors", "parsers", "detection", "correlation")
SUBJECTS = ("protocols", "identifiers", "assets")
"""Pages of what the parsers tell, beside the stage's own."""
ERRORS = {
    "OPC UA": opcua_pdu.ERRORS, "MQTT": mqtt_packet.ERRORS, "DNS": dns_message.ERRORS, "Handle": handle_pdu.ERRORS,
    "HTTP": http.ERRORS,
}  # fmt: skip
"""Section of docs/protocols.md and the values that ``error.code`` can have there."""


@cache
def read(name: str) -> str:
    """Text of a page below docs."""
    return (DOCS / name).read_text(encoding="utf-8")


def section(page: str, title: str) -> str:
    """Text below a headline, up to the next one of the same level or above."""
    found = re.search(rf"^(#+) {re.escape(title)}$(.*?)(?=^#{{1,2}} |^### |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"no section {title!r}"
    return found[2]


def blocks(page: str, language: str) -> list[str]:
    """Fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(path) for path, _ in COMMANDS])
def test_every_command_and_option_is_documented(path: tuple[str, ...], command: object) -> None:
    """Each command has a section in docs/cli.md that names all of its arguments and options, and no others."""
    text = section(read("cli.md"), " ".join(["wanglou", *path]))
    if hasattr(command, "commands"):
        return
    cells = [row.split(" | ")[0] for row in text.splitlines() if row.startswith("| `")]
    told = {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}
    known = set()
    for parameter in list_parameters(command):
        names = [name for name in (*parameter.opts, *parameter.secondary_opts) if name.startswith("-")]
        known |= {f"{name} {parameter.metavar}" if parameter.metavar else name for name in names}
        known |= set() if names else {str(parameter.metavar)}
    assert told == known


def test_global_options_and_exit_codes_are_documented() -> None:
    """What holds for every command is told once."""
    text = section(read("cli.md"), "What holds for every command")
    for word in ("`--lang zh\\|en`", "`--version`", "`--help`", "WANGLOU_CACHE", "WANGLOU_TRACEBACK"):
        assert word in text
    assert re.findall(r"^\| (\d+) \|", text, re.MULTILINE) == ["0", "1", "2", "3", "130", "141"]


def test_every_command_is_in_the_overview() -> None:
    """The table at the top of docs/cli.md links each command."""
    tops = {path[0] for path, _ in COMMANDS}
    assert set(re.findall(r"^\| \[`wanglou (\w+)`\]\(#wanglou-\w+\)", read("cli.md"), re.MULTILINE)) == tops


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file, and to a headline, has its target."""
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}, target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_shown_exist(page: Path) -> None:
    """Each ``$ wanglou ...`` of a page names a command and options that there are."""
    known = dict(COMMANDS)
    for line in re.findall(r"^\$ wanglou (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE):
        words = shlex.split(line.partition(" | ")[0].partition(" > ")[0].partition("  #")[0])
        words = words[2:] if words[0] == "--lang" else words
        command = known.get(tuple(words[:2]), known.get((words[0],)))
        assert command is not None, line
        options = {
            name for parameter in list_parameters(command) for name in (*parameter.opts, *parameter.secondary_opts)
        }
        assert {word for word in words if word.startswith("--")} <= options | {"--lang"}, line


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_its_page(stage: str) -> None:
    """A page says what the stage takes and gives, where to start reading, and how to look inside."""
    text = read(f"{stage}.md")
    for part in ("**Takes**", "**Gives**", "Start reading at", "## Look inside"):
        assert part in text
    for name in re.findall(r"`((?:sensors|parsers|detection|correlation)/\w+\.py)`", text):
        assert (ROOT / name).is_file(), name


def test_every_counter_is_documented() -> None:
    """What the stages count, and the command line explains, stands on a page of the stage or of its subjects."""
    pages = "".join(read(f"{name}.md") for name in (*STAGES, *SUBJECTS))
    losses = {key.partition(".")[2] for key in load_catalogue("en").texts if key.startswith("losses.")} - {"title"}
    assert {name for name in losses | HARMLESS if f"`{name}`" not in pages} == set()


def test_every_error_code_is_documented() -> None:
    """Each value that ``error.code`` of Modbus can have is explained."""
    assert {code for code in modbus_pdu.ERRORS if code and f"`{code}`" not in read("parsers.md")} == set()


@pytest.mark.parametrize("title", ERRORS)
def test_every_error_code_of_a_protocol_is_documented(title: str) -> None:
    """Each section of docs/protocols.md explains the values of ``error.code``, and no others."""
    text = section(read("protocols.md"), title)
    assert {code for code in ERRORS[title] if code and f"`{code}`" not in text} == set()
    table = text.partition("| Code | Means |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", table)) <= set(ERRORS[title])


def test_what_a_protocol_takes_is_told() -> None:
    """The table names every protocol that has messages, the number of its modules and about how many lines they are."""
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| ([\d,]+) \|", read("parsers.md"), re.MULTILINE)
    assert {name for name, _, _ in rows} == {name for name, _, _ in MESSAGE_TABLES}
    for name, modules, about in rows:
        paths = [*(ROOT / "parsers").glob(f"{name}.py"), *(ROOT / "parsers").glob(f"{name}_*.py")]
        lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)
        assert len(paths) == int(modules), name
        assert abs(lines / int(about.replace(",", "")) - 1) < 0.15, (name, lines)


@pytest.mark.parametrize(
    "query", [line for block in blocks(read("query-language.md"), "query") for line in block.splitlines()]
)
def test_query_examples_are_queries(query: str) -> None:
    """Each example of the query language is understood for Modbus records."""
    parse_query(query, DATASETS["modbus"], now_ns=1_767_225_600_000_000_000)


def test_the_wrong_query_is_told_as_shown() -> None:
    """The message that docs/query-language.md shows is the one that is given."""
    text = blocks(read("query-language.md"), "console")[0]
    query = shlex.split(text.splitlines()[0])[3]
    with pytest.raises(QueryError) as caught:
        parse_query(query, DATASETS["modbus"], now_ns=0)
    assert text.partition("error: ")[2] == f"{caught.value}\n"


def test_the_site_file_shown_is_one(tmp_path: Path) -> None:
    """The example of docs/site-file.md loads without a fault and uses every key."""
    (example,) = blocks(read("site-file.md"), "yaml")
    path = tmp_path / "site.yaml"
    path.write_text(example, encoding="utf-8")
    assert load_site(path).find_zone("10.1.1.7", "water") is not None
    keys = set(yaml.safe_load(example))
    assert keys == set(re.findall(r"^\| `(\w+)` \|", section(read("site-file.md"), "Keys"), re.MULTILINE))


def test_every_site_column_is_documented() -> None:
    """What rules see of a site is told."""
    assert {name for name in (field.name for field in SITE_FIELDS) if f"`{name}`" not in read("site-file.md")} == set()


def test_readme_is_one_screen() -> None:
    """The README has the two commands, a picture of the flow, an excerpt of output, and room on one screen."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 80
    for part in ("make demo", "make test", "sensors", "parsers", "detection", "correlation", "docs/cli.md"):
        assert part in text


def test_states_of_captures_are_told() -> None:
    """Both states of a capture have a word in the catalogues."""
    states = Capture.__dataclass_fields__["state"].type
    assert states == "State"
    texts = load_catalogue("en").texts
    assert {key for key in texts if key.startswith("capture.state.")} == {
        "capture.state.ingesting",
        "capture.state.complete",
    }
