"""How assets and the service map are shown: rows of tables, one asset in full, and links as records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from wanglou.commands.figures import write_count, write_moment, write_time
from wanglou.commands.terminal import Terminal, stack

if TYPE_CHECKING:
    from correlation.asset import Asset
    from correlation.service_map import Link

_MOST_SHOWN = 6


def list_rows(terminal: Terminal, assets: Sequence[Asset]) -> Iterator[tuple[Any, ...]]:
    """Give the cells of assets."""
    say = terminal.say
    for one in assets:
        cells = (
            stack(one.name or name_asset(one), one.id, one.enterprise),
            stack(say(f"assets.type.{one.type}"), "" if one.state == "active" else say(f"assets.state.{one.state}")),
            stack("-" if one.level is None else f"{one.level:g}", one.zone),
            stack(*(_few(one.addresses) or _few(one.macs)), *(_few(one.macs) if one.addresses else ())),
            stack(one.vendor, one.model, one.firmware),
            stack(*(write_moment(ns)[:16] for ns in dict.fromkeys((one.first_ns, one.last_ns)) if ns)) if one.last_ns
            else "",
            f"{one.confidence:.0%}",
        )  # fmt: skip
        yield cells[: 5 if terminal.is_narrow else 7]


def _few(values: Sequence[str]) -> list[str]:
    return [*values[:2], *([f"+{len(values) - 2}"] if len(values) > 2 else [])]


def name_asset(one: Asset) -> str:
    """Name an asset that has no name by its address."""
    address = one.key.partition(":")[2]
    return address if "/" in address or not one.addresses else one.addresses[0]


def sort_key(one: Asset) -> tuple[object, ...]:
    """Sort assets by address."""
    first = one.addresses[0] if one.addresses else ""
    return (":" in first, [int(part) for part in first.split(".")] if first and ":" not in first else [], one.key)


def print_asset(terminal: Terminal, one: Asset) -> None:
    """Print what is known of an asset."""
    say = terminal.say
    terminal.write(f"{one.name or name_asset(one)}  {one.id}")
    values = {
        "enterprise": one.enterprise, "site": one.site, "type": say(f"assets.type.{one.type}"),
        "addresses": " ".join(one.addresses), "macs": " ".join(one.macs), "vendor": one.vendor, "model": one.model,
        "firmware": one.firmware, "serial": one.serial, "zone": one.zone,
        "level": "" if one.level is None else f"{one.level:g}",
        "criticality": f"{one.criticality} {say(f'assets.grade.{one.criticality}')}", "owner": one.owner,
        "note": one.note, "scope": say(f"assets.scope.{one.scope}"), "state": say(f"assets.state.{one.state}"),
        "behind": one.behind, "confidence": f"{one.confidence:.0%}",
        "first": write_moment(one.first_ns) if one.first_ns else "",
        "last": write_moment(one.last_ns) if one.last_ns else "", "edited": " ".join(one.edited),
    }  # fmt: skip
    terminal.grid(("which", "content"), ((say(f"assets.field.{name}"), value) for name, value in values.items()
                                         if value))  # fmt: skip
    terminal.head("assets.reasons")
    terminal.grid(("which", "content"), ((say(f"assets.reason.{word}"), value) for word, value in one.reasons))
    terminal.head("assets.facts")
    terminal.grid(("which", "content"), ((name, stack(values[0], *values[1:_MOST_SHOWN], _more(values)))
                                         for name, values in one.facts.items()))  # fmt: skip
    terminal.head("assets.history")
    terminal.grid(("time", "action", "change"), (
        (write_moment(event.at_ns)[:19], say(f"assets.event.{event.kind}"),
         f"{event.field}: {event.before} → {event.after}" if event.field else "")
        for event in one.history
    ))  # fmt: skip


def _more(values: Sequence[str]) -> str:
    return f"+{len(values) - _MOST_SHOWN}" if len(values) > _MOST_SHOWN else ""


def link_cells(link: Link, names: dict[str, str]) -> tuple[Any, ...]:
    """Give the cells of a link; ``names`` are those of assets by id."""
    port = f"{link.transport}/{link.port}" if link.port >= 0 else link.transport
    return (
        stack(names.get(link.source, link.source), link.source_ip, link.enterprise),
        stack(names.get(link.destination, link.destination), link.destination_ip),
        stack(link.protocol or port, port if link.protocol else ""),
        write_count(link.flows),
        write_count(link.packets),
        stack(*(write_moment(ns)[:16] for ns in dict.fromkeys((link.first_ns, link.last_ns)))),
    )


def write_link(link: Link) -> dict[str, Any]:
    """Give a link as a record, names of ECS where it has one."""
    return {
        "organization.id": link.enterprise, "asset.source.id": link.source, "asset.destination.id": link.destination,
        "source.ip": link.source_ip, "destination.ip": link.destination_ip,
        "destination.port": link.port if link.port >= 0 else None, "network.transport": link.transport,
        "network.protocol": link.protocol, "network.packets": link.packets, "network.bytes": link.bytes,
        "flow.count": link.flows, "flow.answered": link.answered, "event.start": write_time(link.first_ns),
        "event.end": write_time(link.last_ns),
    }  # fmt: skip
