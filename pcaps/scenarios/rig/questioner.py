"""Those who ask names (dnspython): a reader that looks up products, the MES that looks up devices, an engineer."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

import dns.asyncquery
import dns.exception
import dns.message

from pcaps.scenarios.rig.layout import Layout
from pcaps.scenarios.rig.nameserver import RESOLVER, gtin_name, oid_name, park_servers
from pcaps.scenarios.rig.park import IDENTIFIERS
from pcaps.scenarios.rig.scenario import Act, Scenario, Serve
from pcaps.scenarios.rig.stage import Stage


async def ask(
    name: str, kind: str = "A", *, server: str = RESOLVER, tcp: bool = False, payload: int = 1232, family: str = "IN"
) -> dns.message.Message | None:
    """Ask one question and wait for its answer; nothing when none comes in a second."""
    question = dns.message.make_query(name, kind, family, use_edns=0, payload=payload)
    with contextlib.suppress(dns.exception.DNSException, OSError, EOFError):
        if tcp:
            return await dns.asyncquery.tcp(question, server, timeout=1)
        return await dns.asyncquery.udp(question, server, timeout=1)
    return None


async def look_up_products(stage: Stage, every_s: float) -> None:
    """Scan products, of which one in thirty is not known, and ask for the MES's address before."""
    while not stage.stopped.is_set():
        await stage.wait(stage.random.uniform(0.5, 1.5) * every_s)
        if stage.random.random() < 0.2:
            await ask("mes.chem.example")
        await ask(gtin_name(stage.random.randrange(100, 162)), "NAPTR")


async def look_up_devices(stage: Stage, every_s: float) -> None:
    """Look up devices by their object identifiers."""
    while not stage.stopped.is_set():
        await stage.wait(stage.random.uniform(0.5, 1.5) * every_s)
        await ask(oid_name(stage.random.randrange(1, 22)), "NAPTR")


async def look_up_hosts(stage: Stage, every_s: float) -> None:
    """Look up hosts, also by TCP."""
    while not stage.stopped.is_set():
        await stage.wait(stage.random.uniform(0.5, 1.5) * every_s)
        name = stage.random.choice(("node", "broker", "historian", "mes"))
        await ask(f"{name}.chem.example", tcp=stage.random.random() < 0.15)


def make_scenario(
    file: str,
    seed: int,
    duration_s: float,
    acts: Mapping[str, Act],
    *,
    time_scale: float = 8,
    slack: float = 1.0,
    strangers: tuple[str, ...] = (),
    servers: Mapping[str, Serve] | None = None,
    place: Layout = IDENTIFIERS,
    stack: Sequence[str] = ("dnspython", "dnslib"),
) -> Scenario:
    """Make a scenario around the resolver."""
    masters: dict[str, Act] = {
        "reader": lambda stage: look_up_products(stage, 5.0 * slack),
        "mes": lambda stage: look_up_devices(stage, 8.0 * slack),
        "engineering": lambda stage: look_up_hosts(stage, 15.0 * slack),
    }
    return Scenario(
        file=file,
        enterprise="chem",
        duration_s=duration_s,
        time_scale=time_scale,
        seed=seed,
        masters=masters,
        acts=acts,
        strangers=strangers,
        dataset="dns",
        place=place,
        servers=servers or park_servers(),
        stack=tuple(stack),
    )
