"""``wanglou user``: accounts of the console from the machine it runs on, also for whoever is locked out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wanglou.commands.figures import write_count, write_moment, write_time
from wanglou.commands.help import Command, Group
from wanglou.commands.options import DEFAULT_LAKE, JsonOption, LakeOption, check_enterprise
from wanglou.commands.terminal import Terminal, stack
from wanglou.errors import StoreError, UsageError

if TYPE_CHECKING:
    from console.account import Accounts
    from console.account_row import Account

app = typer.Typer(cls=Group)

_LEDGER = "ledger.db"  # correlation.lake's; named here because loading that stage takes longer than the command
NameArgument = Annotated[str, typer.Argument(metavar="NAME")]
LedgerOption = Annotated[str, typer.Option("--ledger", metavar="URL")]
RoleOption = Annotated[list[str] | None, typer.Option("--role", metavar="ROLE")]
EnterprisesOption = Annotated[list[str] | None, typer.Option("--enterprise", metavar="ID")]


@contextmanager
def open_accounts(lake: str, location: str, *, create: bool = False) -> Iterator[Accounts]:
    """Open the accounts in the ledger at a URL or file, or else in that of the lake; ``create`` makes a missing one."""
    from console.account import Accounts
    from console.account_tables import ACCOUNTS
    from wanglou.ledger import Ledger

    place = Path(location) if location and "://" not in location else location or _find_ledger(lake, create=create)
    with Ledger(place, [ACCOUNTS], create=create) as ledger:
        yield Accounts(ledger)


def _find_ledger(lake: str, *, create: bool) -> Path:
    from correlation.opening import find_folder

    folder = find_folder(lake)
    if folder is None:
        raise StoreError("a cluster keeps no ledger", where=lake, do="give --ledger, or --store DIR of a lake")
    if create:
        folder.mkdir(parents=True, exist_ok=True)
    elif not (folder / _LEDGER).exists():
        raise StoreError("there are no accounts", where=str(folder), do="run `wanglou user add NAME --role ROLE`")
    return folder / _LEDGER


@app.command(cls=Command)
def add(
    context: typer.Context,
    name: NameArgument,
    role: RoleOption = None,
    enterprise: EnterprisesOption = None,
    display: Annotated[str, typer.Option("--display", metavar="TEXT")] = "",
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Make an account and print its one-time secret."""
    from wanglou.audit import local_actor

    named = [check_enterprise(one) for one in enterprise or ()]
    with open_accounts(lake, ledger, create=True) as accounts:
        account, secret = accounts.create(name, role or (), local_actor(), enterprises=named, display=display)
        hours = accounts.security.secret_hours
    terminal: Terminal = context.obj
    terminal.note("user.added", name=account.name)
    if secret:
        print_secret(terminal, secret, hours)


def print_secret(terminal: Terminal, secret: str, hours: int) -> None:
    """Print a one-time secret alone to the standard output, and what it is for to the standard error."""
    terminal.write(secret)
    terminal.note("user.secret", hours=hours)


@app.command(cls=Command)
def reset(
    context: typer.Context,
    name: NameArgument,
    totp: Annotated[bool, typer.Option("--totp")] = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Give an account a one-time secret in place of its password."""
    from wanglou.audit import local_actor

    with open_accounts(lake, ledger) as accounts:
        account = find_account(accounts, name)
        secret = accounts.reset(account.name, local_actor(), totp=totp)
        hours = accounts.security.secret_hours
    terminal: Terminal = context.obj
    print_secret(terminal, secret, hours)
    if not account.is_active:
        terminal.note("user.still_locked", style="yellow", name=account.name)
    if account.has_totp and not totp:
        terminal.note("user.still_totp", style="yellow", name=account.name)


@app.command(cls=Command)
def lock(
    context: typer.Context,
    name: NameArgument,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT")] = "",
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Lock an account."""
    from wanglou.audit import local_actor

    if not reason.strip():
        raise UsageError("locking an account needs a reason", do="give --reason")
    with open_accounts(lake, ledger) as accounts:
        account = accounts.lock(find_account(accounts, name).name, reason, local_actor())
    context.obj.note("user.locked", name=account.name)


@app.command(cls=Command)
def unlock(
    context: typer.Context, name: NameArgument, lake: LakeOption = DEFAULT_LAKE, ledger: LedgerOption = ""
) -> None:
    """Unlock an account and forget its failed sign-ins."""
    from wanglou.audit import local_actor

    with open_accounts(lake, ledger) as accounts:
        account = accounts.unlock(find_account(accounts, name).name, local_actor())
    context.obj.note("user.unlocked", name=account.name)


@app.command(name="list", cls=Command)
def list_all(
    context: typer.Context, as_json: JsonOption = False, lake: LakeOption = DEFAULT_LAKE, ledger: LedgerOption = ""
) -> None:
    """List the accounts."""
    with open_accounts(lake, ledger) as accounts:
        found = accounts.list()
    if as_json:
        write_lines(write_account(account) for account in found)
        return
    terminal: Terminal = context.obj
    headers = ("name", "roles", "enterprise", "state", "signed")
    terminal.grid(headers, (_cells(terminal, account) for account in found))
    terminal.note("user.total", style="dim", total=write_count(len(found)))


def _cells(terminal: Terminal, account: Account) -> tuple[Any, ...]:
    say = terminal.say
    state = say(f"user.state.{account.state}")
    is_new = account.secret_until_ns > 0
    below = [account.reason, say("user.has_secret") if is_new else "", say("user.has_totp") if account.has_totp else ""]
    enterprises = ", ".join(sorted(account.enterprises)) or say("user.whole_park")
    signed = stack(write_moment(account.signed_ns)[:19], account.signed_origin) if account.signed_ns else "-"
    return (
        stack(account.name, account.display),
        stack(*(say(f"user.role.{role}") for role in sorted(account.roles))) if account.roles else "-",
        enterprises,
        stack(state, *filter(None, below)),
        signed,
    )


@app.command(cls=Command)
def roles(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="[NAME]")] = "",
    role: RoleOption = None,
    enterprise: EnterprisesOption = None,
    as_json: JsonOption = False,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: LedgerOption = "",
) -> None:
    """Show what each role may do, or give an account other roles."""
    if name:
        change_roles(context.obj, name, role, enterprise, lake, ledger)
        return
    if role or enterprise:
        raise UsageError("roles belong to an account", do="name one: `wanglou user roles NAME --role ROLE`")
    print_roles(context.obj, as_json=as_json)


def change_roles(
    terminal: Terminal, name: str, role: list[str] | None, enterprise: list[str] | None, lake: str, ledger: str
) -> None:
    """Give an account roles and enterprises; what is not given stays."""
    from wanglou.audit import local_actor

    named = None if enterprise is None else [check_enterprise(one) for one in enterprise if one]
    with open_accounts(lake, ledger) as accounts:
        account = find_account(accounts, name)
        wanted = role or sorted(account.roles)
        account = accounts.set_roles(account.name, wanted, local_actor(), enterprises=named)
    told = ", ".join(terminal.say(f"user.role.{one}") for one in sorted(account.roles))
    enterprises = ", ".join(sorted(account.enterprises)) or terminal.say("user.whole_park")
    terminal.note("user.entitled", name=account.name, roles=told, enterprises=enterprises)


def print_roles(terminal: Terminal, *, as_json: bool) -> None:
    """Print the table of roles."""
    from console.permission import DUTIES, ROLE_NAMES, ROLES

    if as_json:
        write_lines({"role": role, "duty": DUTIES[role], "permissions": sorted(ROLES[role])} for role in ROLE_NAMES)
        return
    say = terminal.say
    rows = (
        (
            stack(role, say(f"user.role.{role}")),
            say(f"user.duty.{DUTIES[role]}"),
            ", ".join(sorted(ROLES[role])),
        )
        for role in ROLE_NAMES
    )
    terminal.grid(("role", "duty", "permissions"), rows)
    terminal.note("user.apart", style="dim")


def find_account(accounts: Accounts, name: str) -> Account:
    """Find an account however its name was typed; raises UsageError where there is none."""
    account = accounts.find(name.strip().lower())
    if account is None:
        raise UsageError(f"no account {name[:64]!r}", do="`wanglou user list` shows them")
    return account


def write_account(account: Account) -> dict[str, Any]:
    """Give the fields of an account, names of ECS where it has one."""
    fields: dict[str, Any] = {
        "user.name": account.name,
        "user.full_name": account.display,
        "user.roles": sorted(account.roles),
        "organization.id": sorted(account.enterprises),
        "user.state": account.state,
        "user.reason": account.reason,
        "user.created": write_time(account.created_ns),
        "user.has_secret": account.secret_until_ns > 0,
        "user.has_totp": account.has_totp,
        "user.signed_in": write_time(account.signed_ns) if account.signed_ns else "",
        "user.signed_in_from": account.signed_origin,
    }
    return {name: value for name, value in fields.items() if value not in ("", [])}


def write_lines(rows: Iterable[dict[str, Any]]) -> None:
    """Write rows to the standard output as NDJSON."""
    from wanglou.commands.lines import write_json

    for row in rows:
        sys.stdout.buffer.write(f"{write_json(row)}\n".encode())
    sys.stdout.buffer.flush()
