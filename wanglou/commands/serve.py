"""``wanglou serve``: the console, until Ctrl-C."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wanglou.commands.defaults import take_settings
from wanglou.commands.options import DEFAULT_LAKE, LakeOption, SiteOption
from wanglou.commands.terminal import Terminal

if TYPE_CHECKING:
    from fastapi import FastAPI

    from console.services import Services
    from console.settings import ConsoleSettings
    from console.work_settings import WorkSettings
    from wanglou.config import Settings

HEADER_BYTES = 32_768
"""Bytes that the head of a request may have."""
IDLE_S = 30
"""Seconds that a connection is kept open between requests."""
GRACE_S = 5
"""Seconds that requests may take to end after Ctrl-C."""
LEAVE_S = 5.0
"""Seconds that threads of requests that were cut are waited for; then the process ends without them."""
_THREADS = "AnyIO worker thread"
"""How the names of threads begin that answer requests."""


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS")] = "",
    port: Annotated[int | None, typer.Option("--port", metavar="PORT", min=0, max=65_535)] = None,
    lake: LakeOption = DEFAULT_LAKE,
    ledger: Annotated[str, typer.Option("--ledger", metavar="LEDGER", envvar="WANGLOU_LEDGER")] = "",
    site: SiteOption = None,
    is_demo: Annotated[bool, typer.Option("--demo")] = False,
) -> None:
    """Serve the console, with a worker for uploads, until it is interrupted."""
    terminal: Terminal = context.obj
    said = take_settings(context)
    settings = make_settings(said, lake, ledger, site, host, port)
    with open_parts(settings, make_work(said, settings)) as (services, app):
        if is_demo:
            tell_demo_accounts(terminal, services)
        else:
            tell_first_account(terminal, services)
        try:
            run(app, settings, lambda address: terminal.tell("serve.ready", address=address))
        except KeyboardInterrupt:
            terminal.note("serve.ended", style="dim")
    if not wait_threads(LEAVE_S):
        sys.stdout.flush()
        os._exit(0)  # the interpreter would wait for that thread without end; all else is closed


def make_settings(
    said: Settings, lake: str, ledger: str, site: Path | None, host: str = "", port: int | None = None
) -> ConsoleSettings:
    """Join what the settings file says of the console with what the command line says."""
    from console.security import Security
    from console.settings import ConsoleSettings

    values: dict[str, Any] = {
        name: value for name, value in said.section("console").items() if name in ConsoleSettings.__dataclass_fields__
    }
    sessions = {name: value for name, value in said.section("console.sessions").items() if value is not None}
    chosen = {"host": host or None, "port": port, "language": said["language"]}
    values |= {name: value for name, value in chosen.items() if value is not None}
    values["rules"] = tuple(said["rules"] or ())
    return ConsoleSettings(store=lake, ledger=ledger, site=site, security=Security(**sessions), said=said, **values)


def make_work(said: Settings, settings: ConsoleSettings) -> WorkSettings:
    """Say what the worker is told: the console's store and site, and what the settings file says of uploads."""
    from dataclasses import replace

    from console.services import plan_work
    from console.upload_room import UploadLimits

    limits = {name: value for name, value in said.section("console.uploads").items() if value is not None}
    return replace(
        plan_work(settings),
        rules=tuple(map(str, said["rules"] or ())),
        max_disk_bytes=said["max_disk"],
        keep_days=said["keep_days"],
        limits=UploadLimits(**limits),
    )


@contextmanager
def open_parts(settings: ConsoleSettings, work: WorkSettings) -> Iterator[tuple[Services, FastAPI]]:
    """Open all that runs while the console does: store, ledger, worker; what runs beside them enters the stack."""
    from console.app import create_app
    from console.services import open_services

    with ExitStack() as stack:
        services = stack.enter_context(open_services(settings, work=work, with_worker=True))
        services.displays.sweep()
        yield services, create_app(services)


def tell_first_account(terminal: Terminal, services: Services) -> None:
    """Print the one-time secret of the first administrator, as long as nobody has signed in."""
    begun = services.door.accounts.begin()
    if begun is not None:
        account, secret = begun
        terminal.tell("serve.first", name=account.name, secret=secret, hours=services.door.security.secret_hours)


def tell_demo_accounts(terminal: Terminal, services: Services) -> None:
    """Print the accounts of the demonstration with their new passwords."""
    from console.demo_accounts import prepare_accounts

    terminal.head("serve.demo")
    accounts = prepare_accounts(services.door.accounts)
    rows = [
        (account.name, password, terminal.say(f"user.role.{role}"), ", ".join(sorted(account.enterprises)))
        for account, role, password in accounts
    ]
    terminal.grid(("account", "password", "role", "enterprise"), rows)


def run(app: FastAPI, settings: ConsoleSettings, tell: Any) -> None:
    """Serve until SIGINT or SIGTERM; ``tell`` gets the address once there is an answer at it."""
    import uvicorn

    class Told(uvicorn.Server):
        """A server that says when it listens."""

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            if self.started:
                tell(name_address(settings, self.servers[0].sockets[0].getsockname()[1]))

        async def shutdown(self, sockets: Any = None) -> None:
            services = app.state.services
            await services.backstage.feed.close()  # pages that listen would be waited for
            await services.stop.run(GRACE_S, services.store.stop)
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # console/proxies.py believes the listed ones only
        server_header=False,
        h11_max_incomplete_event_size=HEADER_BYTES,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=1,  # all requests have been answered by then
    )
    gc.collect()
    gc.freeze()  # what stays for good is not looked through again by each collection while a page waits
    server = Told(config)
    hangup = signal.signal(signal.SIGHUP, server.handle_exit)  # a terminal that is closed stops it as Ctrl-C does
    try:
        server.run()
    finally:
        signal.signal(signal.SIGHUP, hangup)


def wait_threads(seconds: float) -> bool:
    """Wait for the threads that answered requests; False where one is still at work."""
    until = time.monotonic() + seconds
    threads = [one for one in threading.enumerate() if one.name.startswith(_THREADS)]
    for thread in threads:
        thread.join(max(until - time.monotonic(), 0))
    return not any(thread.is_alive() for thread in threads)


def name_address(settings: ConsoleSettings, port: int) -> str:
    """Write the address that a browser on this machine opens."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(settings.host, settings.host)  # noqa: S104 - to name it
    written = f"[{host}]" if ":" in host else host
    return f"{'https' if settings.is_encrypted else 'http'}://{written}:{port}"
