"""Losses are shown, and every counter is known."""

from __future__ import annotations

from correlation.lake import Lake
from parsers.columns import Origin
from parsers.dissection import Dissector
from parsers.registry import DERIVED_TABLES, FRAME_TABLES, MESSAGE_TABLES
from parsers.tracker import Limits
from tests.support.command_line import Screen
from wanglou.commands.losses import find_losses, is_harmless, print_losses, sum_counters
from wanglou.languages import LANGUAGES, load_catalogue


def test_losses_are_what_is_not_harmless() -> None:
    """Counters of what was read are left out, zeros too; the largest comes first."""
    counters = {"packets": 9, "packets_ethertype_0806": 5, "stream_gaps": 1, "flows_evicted": 0, "a_new_one": 7}
    assert list(find_losses(counters).items()) == [("a_new_one", 7), ("stream_gaps", 1)]


def test_nothing_lost_says_nothing() -> None:
    """Without a loss there is no table."""
    screen = Screen()
    print_losses(screen.terminal, {"packets": 9, "stream_gaps": 0})
    assert screen.out == ""


def test_a_loss_is_explained() -> None:
    """Each loss has its number and a sentence; one without a sentence is shown by its name."""
    screen = Screen()
    print_losses(screen.terminal, {"stream_gap_bytes": 1234, "a_new_one": 7})
    assert "1,234  bytes of TCP streams that were never seen" in screen.out
    assert "a_new_one" in screen.out


def test_counters_of_several_captures_add_up() -> None:
    """Sums are by name."""
    assert sum_counters([{"a": 1, "b": 2}, {"b": 3}, {}]) == {"a": 1, "b": 5}


def test_every_counter_of_a_replay_is_known(lake: Lake) -> None:
    """What the stages count is either harmless or has a sentence in every language."""
    counted = {name for capture in lake.captures() for name in capture.counters}
    for language in LANGUAGES:
        say = load_catalogue(language)
        assert {name for name in counted if not is_harmless(name) and say.find(f"losses.{name}") is None} == set()
    assert "packets" in counted


def test_every_counter_of_the_parsers_is_known() -> None:
    """Counters of all protocols are either harmless or have a sentence in every language, before they first count."""
    origin, limits = Origin("", "x", lambda *_: ""), Limits()
    tables = [
        *(table(origin, limits) for _, table, _ in MESSAGE_TABLES),
        *(table(origin) for table in FRAME_TABLES),
        *(table(origin) for _, table, _ in DERIVED_TABLES),
    ]
    counted = set(Dissector("", "x").counters).union(*(table.counters for table in tables))
    for language in LANGUAGES:
        say = load_catalogue(language)
        assert {name for name in counted if not is_harmless(name) and say.find(f"losses.{name}") is None} == set()
    assert {"dns_malformed", "opcua_requests_dropped", "handle_items_passed"} <= counted


def test_malformed_and_encrypted_messages_are_no_losses() -> None:
    """They are records that rules read."""
    protocols = ("dns", "handle", "http", "modbus", "mqtt", "opcua", "tls")
    assert find_losses({"opcua_encrypted": 5, **{f"{name}_malformed": 1 for name in protocols}}) == {}
