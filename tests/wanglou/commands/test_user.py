"""``wanglou user``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from console.account import Accounts
from console.account_tables import ACCOUNTS
from console.security import Security
from console.sign_in import Refusal, SignedIn
from correlation.lake import Lake
from tests.support.accounts import HERE, PASSWORD
from tests.support.command_line import run
from tests.support.ledgers import list_audit
from tests.support.postgresql import Server
from wanglou.audit import local_actor
from wanglou.ledger import Ledger


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash cheaply; the commands take the settings' defaults."""
    cheap = {"argon2_passes": 1, "argon2_memory_kib": 8, "argon2_lanes": 1}

    def make(**given: int) -> Security:
        return Security(**{**cheap, **given})

    monkeypatch.setattr("console.account.Security", make)


def sign_in(lake: Path, name: str, password: str) -> SignedIn | Refusal:
    """Sign in to the console of a lake."""
    with Ledger(lake / "ledger.db", [ACCOUNTS]) as ledger:
        return Accounts(ledger).sign_in(name, password, "", HERE)


def actions(lake: Path) -> list[str]:
    """What was done to accounts, from the audit."""
    with Ledger(lake / "ledger.db", [ACCOUNTS]) as ledger:
        rows = [row for row in list_audit(ledger) if row.kind == "account"]
    assert {row.actor for row in rows} <= {local_actor().name, "user:li"}
    return [row.action.removeprefix("account.") for row in rows]


def test_an_account_is_made(tmp_path: Path) -> None:
    """Its secret alone goes to the standard output, and signs in; a lake can be made beside it later."""
    lake = tmp_path / "lake"
    done = run("user", "add", "Li", "--role", "analyst", "--display", "李雷", "--lake", lake)
    assert (done.code, done.err.splitlines()[0]) == (0, "made account li")
    assert "72 hours" in done.err
    assert isinstance(sign_in(lake, "li", done.out.strip()), SignedIn)
    with Lake(lake) as opened:
        assert opened.captures() == []


def test_the_locked_out(tmp_path: Path) -> None:
    """Locked, unlocked, reset: each is audited, and what still keeps the owner out is told."""
    secret = run("user", "add", "li", "--role", "analyst", "--lake", tmp_path).out.strip()
    done = run("user", "lock", "li", "--reason", "left", "--lake", tmp_path)
    assert (done.code, done.out, done.err) == (0, "", "locked li; its sessions have ended\n")
    assert sign_in(tmp_path, "li", secret) == Refusal("wrong")
    done = run("user", "reset", "LI", "--lake", tmp_path)
    assert "li is still locked: `wanglou user unlock li`" in done.err
    assert run("user", "unlock", "li", "--lake", tmp_path).err == "unlocked li\n"
    assert isinstance(sign_in(tmp_path, "li", done.out.strip()), SignedIn)
    assert actions(tmp_path) == ["created", "locked", "refused", "reset", "unlocked", "signed_in"]


def test_a_lost_second_factor(tmp_path: Path) -> None:
    """Resetting says that it is still asked for, and takes it away where that is wanted."""
    run("user", "add", "li", "--role", "analyst", "--lake", tmp_path)
    with Ledger(tmp_path / "ledger.db", [ACCOUNTS]) as ledger, ledger.transaction() as connection:
        connection.exec_driver_sql("UPDATE accounts SET totp = 'sealed'")
    assert "--totp" in run("user", "reset", "li", "--lake", tmp_path).err
    done = run("user", "reset", "li", "--totp", "--lake", tmp_path)
    assert "--totp" not in done.err
    assert isinstance(sign_in(tmp_path, "li", done.out.strip()), SignedIn)


def test_accounts_are_listed(tmp_path: Path) -> None:
    """In both languages, and as NDJSON."""
    enterprises = ("--enterprise", "chem", "--enterprise", "water")
    run("user", "add", "wu", "--role", "enterprise_user", *enterprises, "--lake", tmp_path)
    run("user", "add", "probe", "--role", "sensor", "--lake", tmp_path)
    done = run("user", "list", "--lake", tmp_path)
    for part in ("enterprise user", "chem, water", "one-time secret", "sensor", "the whole park"):
        assert part in done.out
    assert done.err == "accounts: 2\n"
    assert "企业用户" in run("--lang", "zh", "user", "list", "--lake", tmp_path).out
    probe, wu = (json.loads(line) for line in run("user", "list", "--json", "--lake", tmp_path).out.splitlines())
    assert (wu["user.name"], wu["user.roles"], wu["organization.id"]) == ("wu", ["enterprise_user"], ["chem", "water"])
    assert (wu["user.has_secret"], probe["user.has_secret"]) == (True, False)
    assert "user.signed_in" not in wu


def test_roles_are_shown(tmp_path: Path) -> None:
    """Without a ledger: what each may do, and which duty it belongs to."""
    done = run("user", "roles", "--lake", tmp_path / "none")
    assert done.code == 0
    assert "audit.read" in done.out
    assert "administration, operation and audit stay apart" in done.err
    rows = [json.loads(line) for line in run("user", "roles", "--json").out.splitlines()]
    assert {row["role"]: row["duty"] for row in rows}["auditor"] == "audit"


def test_an_account_gets_other_roles(tmp_path: Path) -> None:
    """Roles, enterprises, or both; what is not given stays."""
    run("user", "add", "wu", "--role", "enterprise_user", "--enterprise", "chem", "--lake", tmp_path)
    done = run("user", "roles", "wu", "--enterprise", "water", "--lake", tmp_path)
    assert done.err == "wu is now enterprise user, and sees water\n"
    done = run(
        "user", "roles", "wu", "--role", "analyst", "--role", "responder", "--enterprise", "", "--lake", tmp_path
    )
    assert done.err == "wu is now analyst, incident responder, and sees the whole park\n"
    assert actions(tmp_path)[1:] == ["entitled", "entitled"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "wu"), "needs a role"),
        (("add", "wu", "--role", "root"), "no role 'root'"),
        (("add", "wu", "--role", "park_admin", "--role", "auditor"), "several duties"),
        (("add", "w u", "--role", "analyst"), "no name of an account"),
        (("add", "li", "--role", "analyst"), "there is an account 'li'"),
        (("add", "wu", "--role", "analyst", "--enterprise", "ch em"), "no id of an enterprise"),
        (("reset", "wu"), "no account 'wu'"),
        (("unlock", "wu"), "no account 'wu'"),
        (("lock", "li"), "give --reason"),
        (("lock", "li", "--reason", "left"), "no administrator would be left"),
        (("roles", "wu", "--role", "analyst"), "no account 'wu'"),
        (("roles", "--role", "analyst"), "roles belong to an account"),
    ],
)
def test_wrong_use(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    """What is wrong, and nothing is changed: exit code 2."""
    run("user", "add", "li", "--role", "park_admin", "--lake", tmp_path)
    done = run("user", *arguments, "--lake", tmp_path)
    assert done.code == 2
    assert told in done.err
    assert actions(tmp_path) == ["created"]


def test_no_accounts_yet(tmp_path: Path) -> None:
    """It is told how to make one; nothing is made by looking."""
    for command in (("list",), ("reset", "li"), ("unlock", "li")):
        done = run("user", *command, "--lake", tmp_path)
        assert done.code == 3
        assert "wanglou user add" in done.err
    assert list(tmp_path.iterdir()) == []


def test_beside_a_cluster(tmp_path: Path) -> None:
    """A cluster keeps no ledger: one is named."""
    done = run("user", "list", "--store", "http://127.0.0.1:1")
    assert done.code == 3
    assert "give --ledger" in done.err
    file = tmp_path / "accounts.db"
    secret = run("user", "add", "li", "--role", "analyst", "--ledger", file).out.strip()
    assert len(secret) == 29
    assert secret not in PASSWORD
    assert run("user", "list", "--ledger", f"sqlite:///{file}").err == "accounts: 1\n"


@pytest.mark.needs_postgresql
def test_on_a_server(postgresql: Server) -> None:
    """The same on PostgreSQL, by its URL."""
    url = postgresql.create_schema()
    assert run("user", "add", "li", "--role", "analyst", "--ledger", url).code == 0
    assert json.loads(run("user", "list", "--json", "--ledger", url).out)["user.name"] == "li"
