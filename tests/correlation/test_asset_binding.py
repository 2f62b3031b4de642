"""Whose link address is whose."""

from __future__ import annotations

from correlation.asset_binding import MOST_OWNED, MOST_RIVALS, Bindings, is_link_local
from tests.support.claims import HMI, HOUR_NS, IMPLANT, PLC, ROUTER, arp, passed, source


def test_what_a_device_says_comes_before_what_passed() -> None:
    """A router's link address, from which packets came, does not displace the one that the device claimed."""
    bindings = Bindings([*source(arp("10.0.1.5", PLC)), *source(passed("10.0.1.5", ROUTER), "b")])
    assert bindings.owner("a", "10.0.1.5", 0) == PLC
    assert bindings.owner("b", "10.0.1.5", 0) == PLC


def test_the_capture_decides_between_owners() -> None:
    """Two captures of networks with the same addresses: each capture has its own owner."""
    bindings = Bindings([*source(arp("10.0.1.5", PLC), "a"), *source(arp("10.0.1.5", HMI), "b")])
    assert [bindings.owner(capture, "10.0.1.5", 0) for capture in "ab"] == [PLC, HMI]
    assert list(bindings.conflicts()) == []


def test_time_decides_within_a_capture() -> None:
    """An address that went from one device to another was the first's before, and the second's after."""
    bindings = Bindings(source([*arp("10.0.1.5", PLC, 0, 4), *arp("10.0.1.5", HMI, 10, 14)]))
    owners = [bindings.owner("a", "10.0.1.5", hour * HOUR_NS) for hour in (0, 5, 9, 12, 99)]
    assert owners == [PLC, PLC, HMI, HMI, HMI]
    assert list(bindings.conflicts()) == []


def test_claims_at_once_are_a_conflict() -> None:
    """The first is believed, and the conflict began when the second spoke."""
    bindings = Bindings(source([*arp("10.0.1.5", PLC, 0, 4), *arp("10.0.1.5", IMPLANT, 2, 3)]))
    (conflict,) = bindings.conflicts()
    assert (conflict.ip, conflict.macs, conflict.at_ns) == ("10.0.1.5", (PLC, IMPLANT), 2 * HOUR_NS)
    assert bindings.owner("a", "10.0.1.5", 3 * HOUR_NS) == PLC


def test_who_answers_for_many_owns_none() -> None:
    """A link address that claims more addresses than a device has is a proxy's."""
    claims = [one for last in range(1, MOST_OWNED + 3) for one in arp(f"10.0.1.{last}", ROUTER)]
    bindings = Bindings(source(claims))
    assert bindings.proxies == {ROUTER}
    assert bindings.owner("a", "10.0.1.1", 0) == ""


def test_link_local_addresses() -> None:
    """Those that no router forwards."""
    assert [is_link_local(ip) for ip in ("fe80::1", "169.254.9.9", "10.0.0.1", "2001:db8::1")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_a_flood_of_claims_of_one_address() -> None:
    """However many claim it, the earliest are looked at, so the first keeps it and the work stays small."""
    claims = [
        one for number in range(3000) for one in arp("10.0.1.5", f"06-00-00-00-{number >> 8:02X}-{number & 255:02X}")
    ]
    bindings = Bindings(source([*arp("10.0.1.5", PLC, -1), *claims]))
    assert bindings.owner("a", "10.0.1.5", 0) == PLC
    assert len(list(bindings.conflicts())) == MOST_RIVALS - 1
