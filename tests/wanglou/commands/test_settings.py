"""``wanglou settings``."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.command_line import CAPTURES, run
from wanglou.commands.settings import tell_value


def write_settings(folder: Path, text: str) -> Path:
    """Write a settings file."""
    (folder / "wanglou.yaml").write_text(text, encoding="utf-8")
    return folder / "wanglou.yaml"


def make_pair(folder: Path, name: str) -> None:
    """Make a key and a certificate of its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 1, now, now + timedelta(1))
    pem = serialization.Encoding.PEM
    (folder / f"{name}.pem").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    plain, form = serialization.NoEncryption(), serialization.PrivateFormat.PKCS8
    (folder / f"{name}.key").write_bytes(key.private_bytes(pem, form, plain))
    (folder / f"{name}.key").chmod(0o600)


def test_each_value_tells_where_it_came_from(tmp_path: Path) -> None:
    """File and line, variable, option, or default."""
    file = write_settings(tmp_path, "store: data\nrules: [a, b]\nconsole:\n  port: 443\n")
    named = {"WANGLOU_SETTINGS": str(file), "WANGLOU_CONSOLE_HOST": "127.0.0.2"}
    done = run("settings", "show", "--json", "--lang", "en", environment=named)
    told = {row["setting"]: row for row in map(json.loads, done.out.splitlines())}
    assert told["store"] == {"setting": "store", "value": f"lake:{tmp_path / 'data'}", "origin": "file",
                             "where": f"{file}:1"}  # fmt: skip
    assert told["rules"]["value"] == [str(tmp_path / "a"), str(tmp_path / "b")]
    assert (told["console.port"]["value"], told["console.port"]["where"]) == (443, f"{file}:4")
    assert told["console.host"]["where"] == "$WANGLOU_CONSOLE_HOST"
    assert told["language"] == {"setting": "language", "value": "en", "origin": "option", "where": "--lang"}
    assert told["console.burst"] == {"setting": "console.burst", "value": 400, "origin": "default"}
    shown = run("settings", "show", environment=named, width=400)
    assert (shown.code, shown.err) == (0, f"settings of {file}\n")
    for part in ("yaml:4", "$WANGLOU_CONSOLE_HOST", "443", "default"):
        assert part in shown.out


def test_without_a_file_it_is_said_where_one_would_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In each language."""
    monkeypatch.chdir(tmp_path)
    named = {"WANGLOU_SETTINGS": "", "XDG_CONFIG_HOME": str(tmp_path)}
    done = run("settings", "show", environment=named)
    assert (done.code, f"{tmp_path}/wanglou/wanglou.yaml" in done.err) == (0, True)
    assert "没有设置文件" in run("settings", "check", "--lang", "zh", environment=named).err


def test_a_file_without_faults(tmp_path: Path) -> None:
    """It names a site file, rules, and a pair of certificate and key that are all there."""
    make_pair(tmp_path, "park")
    (tmp_path / "rules").mkdir()
    text = f"""\
store: https://a:9200
ledger: postgresql://u@h/d
site: {CAPTURES / "site.yaml"}
rules: [rules]
keep: {{modbus: noteworthy}}
console:
  certificate: park.pem
  key: park.key
"""
    file = write_settings(tmp_path, text)
    for arguments in ((str(file),), ("--settings", str(file))):
        done = run("settings", "check", *arguments)
        assert (done.code, done.out, done.err) == (0, f"{file}: 7 settings, no faults\n", "")


def test_faults_of_the_file_and_of_what_it_names(tmp_path: Path) -> None:
    """Faults of the file come first, alone; then those of what it names, with the line that names it."""
    file = write_settings(tmp_path, "stoer: x\nmax_disk: y\n")
    for command in ("check", "show"):
        done = run("settings", command, "--settings", file)
        assert (done.code, done.out) == (1, "")
        assert f"{file}:1: unknown key" in done.err
        assert f"{file}:2: max_disk" in done.err
    (tmp_path / "site.yaml").write_text("id: 5\n")
    text = """\
store: https://a:9200?nonsense=1
ledger: mysql://u@h/d
site: site.yaml
rules: [none]
keep: {modus: noteworthy}
console:
  certificate: none.pem
  key: none.key
"""
    file = write_settings(tmp_path, text)
    done = run("settings", "check", file)
    assert done.code == 1
    for part in (f"{file}:1: store: ", f"{file}:2: ledger: ", f"{tmp_path / 'site.yaml'}:1: ", f"{file}:4: rules: ",
                 f"{file}:5: keep: ", f"{file}:7: console.certificate: ", f"{file}:8: console.key: "):  # fmt: skip
        assert part in done.err, done.err
    assert str(tmp_path / "none") in done.err


def test_a_pair_that_is_none(tmp_path: Path) -> None:
    """A key of another certificate, a file that is no key, and a key that everybody may read."""
    make_pair(tmp_path, "one")
    make_pair(tmp_path, "two")
    (tmp_path / "no.key").write_text("no key")
    for key, told in (("two.key", "does not go with"), ("no.key", "does not go with")):
        file = write_settings(tmp_path, f"console:\n  certificate: one.pem\n  key: {key}\n")
        done = run("settings", "check", file)
        assert (done.code, told in done.err) == (1, True), done.err
    (tmp_path / "one.key").chmod(0o604)
    done = run("settings", "check", write_settings(tmp_path, "console: {certificate: one.pem, key: one.key}\n"))
    assert (done.code, "chmod o=" in done.err) == (1, True)


def test_values_are_written_plainly() -> None:
    """Lists with spaces between, nothing for nothing."""
    assert [tell_value(value) for value in (("a", "b"), None, 5, Path("x"))] == ["a b", "", "5", "x"]
