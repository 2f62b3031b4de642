"""Which counters tell of something lost, cut or given up, and how they are shown: never in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from wanglou.commands.figures import write_count
from wanglou.commands.terminal import Terminal

HARMLESS = frozenset(
    {
        "alerts",
        "arp_messages",
        "blocks_skipped",  # blocks of pcapng that hold no packets
        "bytes",
        "bytes_on_wire",
        "dns_malformed",  # a record of its own, which rules read, as all malformed ones below
        "fragments_rebuilt",
        "handle_fragments_doubled",  # sent again; the first one holds
        "handle_malformed",
        "http_malformed",
        "http_rest_messages",  # pieces of chunked bodies past what is kept of them
        "interfaces",
        "kinds_resets",  # a cache that began anew; nothing is missed
        "lldp_frames",
        "modbus_malformed",
        "mqtt_malformed",
        "mqtt_websocket_foreign",  # WebSocket connections that carry another protocol
        "opcua_encrypted",  # records that say so
        "opcua_malformed",
        "packets",
        "packets_decoded",
        "packets_fragment",  # told by fragments_rebuilt and fragments_dropped
        "packets_not_ip",
        "records_late",  # placed by their packets instead of their times
        "rows",
        "rows_evaluated",
        "rows_with_rules",
        "sections",
        "stream_out_of_order",  # put back in order
        "stream_overlap_bytes",  # sent twice; the first arrival holds
        "stream_skipped_bytes",  # past what is kept of long messages, which say how long they were
        "tls_malformed",
    }
)
"""Counters that tell what was read. Every other one is a loss, so that a new one is seen until it is put here."""


def is_harmless(name: str) -> bool:
    """True for counters of what was read: those above, records by function code, and packets by EtherType."""
    return name in HARMLESS or name.startswith(("modbus_function_", "packets_ethertype_"))


def find_losses(counters: Mapping[str, int]) -> dict[str, int]:
    """Give the counters of losses that are above zero, the largest first."""
    losses = {name: count for name, count in counters.items() if count > 0 and not is_harmless(name)}
    return dict(sorted(losses.items(), key=lambda item: (-item[1], item[0])))


def sum_counters(several: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Add up the counters of several captures."""
    total = Counter[str]()
    for counters in several:
        total.update(counters)
    return dict(total)


def print_losses(terminal: Terminal, counters: Mapping[str, int]) -> None:
    """Print what was lost with a sentence for each; nothing when nothing was."""
    losses = find_losses(counters)
    if not losses:
        return
    terminal.head("losses.title")
    rows = [(write_count(count), terminal.say.find(f"losses.{name}") or name) for name, count in losses.items()]
    terminal.grid(("count", "meaning"), rows, right={0})


def note_refused(terminal: Terminal, counters: Mapping[str, int]) -> bool:
    """Say what to do where the store refused documents; gives whether it did."""
    refused = counters.get("store_dead_letters", 0)
    if refused:
        terminal.note("replay.refused", style="red", count=write_count(refused))
    return refused > 0
