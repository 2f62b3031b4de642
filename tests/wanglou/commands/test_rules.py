"""``wanglou rules``."""

from __future__ import annotations

import shutil
from pathlib import Path

from detection.rule import SHIPPED
from detection.ruleset import load_rules
from detection.tuning import Tuning
from detection.tuning_ledger import RuleTuning
from detection.tuning_tables import TUNING
from tests.support.command_line import run
from wanglou.audit import Actor
from wanglou.ledger import Ledger

RULE = SHIPPED / "modbus" / "modbus_wrong_protocol_id.yml"


def make_rule(folder: Path, **changes: str) -> Path:
    """Copy a shipped rule under a name and id of its own, with parts of its text changed."""
    text = RULE.read_text(encoding="utf-8").replace("modbus_wrong_protocol_id", "my_rule")
    identity = next(line for line in text.splitlines() if line.startswith("id: "))
    text = text.replace(identity, "id: 11111111-2222-4333-8444-555555555555")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path = folder / "my_rule.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_rules_are_fine() -> None:
    """Nothing is wrong with what comes with the product."""
    done = run("rules", "check")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith(" rules, no faults\n")


def test_rules_are_listed() -> None:
    """Every rule that alerts is listed with severity, name, title and techniques, the most severe first."""
    done = run("rules", "list", width=200)
    rows = [line for line in done.out.splitlines() if line.split(" ")[0].isdigit()]
    severities = [int(row.split()[0]) for row in rows]
    assert done.code == 0
    assert len(rows) >= len([*SHIPPED.rglob("*.yml")])
    assert severities == sorted(severities, reverse=True)
    assert any("modbus_write_unauthorized" in row and "T0855, T0836" in row for row in rows)
    assert "非授权主站写 Modbus" in run("rules", "list", "--lang", "zh").out


def test_tuned_rules_are_listed_and_tested(tmp_path: Path) -> None:
    """With what was decided in a store's ledger: severity, state, cases; without the option as the files have them."""
    lake = tmp_path / "lake"
    lake.mkdir()
    rules = load_rules([SHIPPED], None)
    with Ledger(lake / "ledger.db", [TUNING], create=True) as ledger:
        tuning = RuleTuning(ledger)
        for name, values in (
            ("modbus_write_unauthorized", {"severity": 33}),
            ("modbus_wrong_protocol_id", {"is_enabled": False}),
            ("modbus_exception_storm", {"count": 9_000}),
        ):
            rule = next(one for one in rules.rules if one.name == name)
            tuning.tune(rule, Tuning(rule.id, **values), "test", Actor("user:li", ""))
    listed = run("rules", "list", "--tuned", "--store", lake, width=240)
    lines = {words[2]: words for line in listed.out.splitlines() if (words := line.split()) and len(words) > 3}
    assert (lines["modbus_write_unauthorized"][0], lines["modbus_write_unauthorized"][-1]) == ("33", "tuned")
    assert lines["modbus_wrong_protocol_id"][-1] == "disabled"
    assert lines["modbus_public_client"][-1] == "enabled"
    assert "2 tuned, 1 disabled" in listed.err
    plain = run("rules", "list", "--store", lake, width=240)
    assert "tuned" not in plain.out
    assert "--tuned" in plain.err
    tested = run("rules", "test", "--tuned", "--store", lake)
    assert tested.code == 1
    assert "modbus_exception_storm" in tested.out
    assert "modbus_wrong_protocol_id" not in tested.out


def test_own_rules_add_to_the_shipped_ones(tmp_path: Path) -> None:
    """A folder of rules is loaded beside them."""
    make_rule(tmp_path)
    count = int(run("rules", "check").out.split()[0])
    assert run("rules", "check", "--rules", tmp_path).out == f"{count + 1} rules, no faults\n"


def test_faults_are_found_and_shown(tmp_path: Path) -> None:
    """Code 1, and every fault with file and line."""
    path = make_rule(tmp_path, **{"level:": "levvl:", "T0869": "T9999"})
    done = run("rules", "check", "--rules", tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err.count(f"{path}:") >= 2
    assert "did you mean 'level'?" in done.err


def test_a_rule_that_explains_itself_in_english_only_is_found(tmp_path: Path) -> None:
    """With the line where its Chinese ought to be."""
    chinese = [line for line in RULE.read_text(encoding="utf-8").splitlines() if line.startswith("    description:")]
    path = make_rule(tmp_path, **{f"{chinese[0]}\n": ""})
    line = path.read_text(encoding="utf-8").splitlines().index("  zh:") + 1
    done = run("rules", "check", "--rules", tmp_path)
    assert (done.code, done.out) == (1, "")
    assert f"{path}:{line}: 'description' is missing" in done.err


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """It is a fault of the rules given."""
    done = run("rules", "list", "--rules", tmp_path / "none")
    assert done.code == 1
    assert "is no folder of rules" in done.err


def test_cases_of_own_rules_are_run(tmp_path: Path) -> None:
    """Only the rules of the folder are tested; they do what their file says."""
    make_rule(tmp_path)
    done = run("rules", "test", "--rules", tmp_path)
    assert done.code == 0
    assert "cases of 1 rule, all right" in done.out


def test_a_rule_that_does_not_do_what_it_says(tmp_path: Path) -> None:
    """Code 1, and each case that went wrong with file and line."""
    path = make_rule(tmp_path, **{"fires:": "was_silent:", "silent:": "fires:"})
    path.write_text(path.read_text(encoding="utf-8").replace("was_fires:", "silent:"), encoding="utf-8")
    done = run("rules", "test", "--rules", tmp_path)
    assert done.code == 1
    assert f"{path}:1: my_rule: fires[0] raised no alert" in done.out
    assert "are wrong" in done.out


def test_a_rule_may_override_a_shipped_one(tmp_path: Path) -> None:
    """The same id replaces it, and the number of rules stays."""
    shutil.copy(RULE, tmp_path)
    assert run("rules", "check", "--rules", tmp_path).out == run("rules", "check").out
