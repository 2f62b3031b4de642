"""Settings: which file counts, what beats what, and every fault with its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wanglou.config import SETTINGS, SYSTEM, Settings, find_file, list_places, load_settings
from wanglou.errors import FaultsError

GOOD = """\
store: lake:data            # below the folder of this file
language: zh
rules: [rules, /opt/rules]
max_disk: 500G
keep:
  modbus: noteworthy
console:
  name: 望楼示范园区
  port: 443
  certificate: park.pem
  key: park.key
  sessions:
    idle_minutes: 15
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A settings file."""
    path = tmp_path / "wanglou.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def list_faults(path: Path, text: str, **environment: str) -> list[str]:
    """Write a file and give its faults, one a line, without the path."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FaultsError) as caught:
        load_settings(str(path), environment)
    return [str(fault).replace(f"{path}:", "") for fault in caught.value.faults]


def test_values_and_where_they_came_from(file: Path) -> None:
    """Values of the file with their lines, of variables with their names, and defaults."""
    settings = load_settings(str(file), {"WANGLOU_CONSOLE_PORT": "8443", "WANGLOU_MAX_DISK": ""})
    assert settings.path == file
    assert settings["store"] == f"lake:{file.parent / 'data'}"
    assert settings["rules"] == (file.parent / "rules", Path("/opt/rules"))
    assert settings["max_disk"] == 500 * 10**9
    assert settings["keep"] == "modbus:noteworthy"
    told = {key: (found.origin, found.where) for key, found in settings.all()}
    assert told["console.sessions.idle_minutes"] == ("file", f"{file}:13")
    assert told["console.port"] == ("environment", "$WANGLOU_CONSOLE_PORT")
    assert told["console.host"] == ("default", "")
    assert settings.override("language", "en", "--lang").explain("language").where == "--lang"


def test_a_section_has_the_consoles_names(file: Path) -> None:
    """The console takes its part by name, and what guards sessions another."""
    settings = load_settings(str(file), {})
    console = settings.section("console")
    assert set(console) == {"name", "host", "port", "certificate", "key", "totp_key", "proxies", "zone", "body_bytes",
                            "requests_per_s", "burst"}  # fmt: skip
    assert (console["name"], console["port"], console["key"]) == ("望楼示范园区", 443, file.parent / "park.key")
    sessions = {"idle_minutes": 15, "absolute_hours": 12, "sessions_each": 20}
    assert settings.section("console.sessions") == sessions
    assert settings.section("console.uploads")["files"] == 10_000


def test_which_file_counts(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The option, the variable, the current folder, the user's folder, the system's: the first there is."""
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "config" / "wanglou" / "wanglou.yaml"
    home.parent.mkdir(parents=True)
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "HOME": "/root"}
    assert list_places(environment) == [Path("wanglou.yaml"), home, SYSTEM]
    assert list_places({"HOME": "/h"})[1] == Path("/h/.config/wanglou/wanglou.yaml")
    assert find_file("", environment) == Path("wanglou.yaml")
    file.unlink()
    home.write_text("language: en")
    assert find_file("", environment) == home
    assert load_settings("", environment)["language"] == "en"
    assert find_file("", {**environment, "WANGLOU_SETTINGS": "x"}) == Path("x")
    assert find_file("y", {**environment, "WANGLOU_SETTINGS": "x"}) == Path("y")


def test_every_fault_is_told_at_once(file: Path) -> None:
    """With its line, and the nearest known key; a secret is refused wherever it stands."""
    text = """\
stor: lake
langauge: zh
max_disk: much
password: hunter2
console:
  prot: 80
  port: 70000
  key: park.key
  secret: x
  sessions: 5
rules:
  a: b
"""
    assert list_faults(file, text) == [
        "1: unknown key 'stor'; did you mean 'store'?",
        "2: unknown key 'langauge'; did you mean 'language'?",
        "3: max_disk: 'much' is no size; give bytes, or 500M, 20G, 1.5T",
        "4: 'password': a secret stands in a file of its own, of which the path is named",
        "6: unknown key 'prot'; did you mean 'port'?",
        "7: console.port: must be a whole number from 0 to 65535, not 70000",
        "8: 'console.key' needs 'console.certificate' beside it",
        "9: 'secret': a secret stands in a file of its own, of which the path is named",
        "10: 'sessions' must be a mapping, not 5",
        "11: rules: must be a list, not {'a': 'b'}",
    ]


def test_faults_of_variables(file: Path) -> None:
    """They are named as variables, beside those of the file."""
    told = list_faults(file, "store: 5\n", WANGLOU_CONSOLE_PORT="x", WANGLOU_LANGUAGE="fr")
    assert told[0].startswith("$WANGLOU_CONSOLE_PORT: must be a whole number")
    assert told[1] == "$WANGLOU_LANGUAGE: must be one of en, zh, not 'fr'"
    assert told[2] == "1: store: must be a text, not 5"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a\n", "one YAML mapping"),
        ("a: 1\n---\nb: 2\n", "one YAML mapping"),
        ("store: [\n", "not valid YAML"),
        ("store: a\nstore: b\n", "2: duplicate key 'store'"),
        ("rules: &a [x]\nconsole: {proxies: *a}\n", "anchors"),
        ("{" * 300, "nested deeper"),
    ],
)
def test_what_is_no_settings_file(file: Path, text: str, told: str) -> None:
    """Told, and never an exception of another kind."""
    assert re.search(told, "\n".join(list_faults(file, text)))


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    """A missing file that was named is a fault; an empty one says nothing."""
    with pytest.raises(FaultsError, match="cannot be read: No such file"):
        load_settings(str(tmp_path / "none"), {})
    (tmp_path / "empty").write_text("# nothing yet\nconsole:\n")
    assert load_settings(str(tmp_path / "empty"), {}).found == {}
    assert Settings()["console.port"] == 8600


def test_every_setting_is_documented() -> None:
    """docs/settings.md has a row for each, with its variable and default, and no others."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_.]+)` \| (.*?) \| (.*?) \|", page, re.MULTILINE)
    assert [key for key, _, _ in rows] == [one.key for one in SETTINGS]
    for one, (_, default, _) in zip(SETTINGS, rows, strict=True):
        told = "" if one.default in (None, (), "") else f"`{one.default:g}`" if isinstance(one.default, float) else f"`{one.default}`"  # fmt: skip # noqa: E501
        assert default == told, one.key


def test_the_file_shown_is_one(tmp_path: Path) -> None:
    """The example of docs/settings.md has no faults."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "wanglou.yaml").write_text(example, encoding="utf-8")
    assert len(load_settings(str(tmp_path / "wanglou.yaml"), {}).found) > 10
