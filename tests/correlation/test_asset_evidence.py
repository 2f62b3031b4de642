"""What makes a device: signs of life of its own, not what others say or forge; loopback is nobody's."""

from __future__ import annotations

from correlation.asset_evidence import MOST_FACTS, first_of, gather_facts
from correlation.assets import resolve
from tests.support.claims import (
    IMPLANT,
    addresses,
    arp,
    asked,
    claim,
    passed,
    served,
    source,
)  # fmt: skip


def test_forged_senders_are_no_devices() -> None:
    """Packets of addresses nobody has came from the link address of somebody: counted, not believed."""
    claims = [*arp("10.0.1.66", IMPLANT), *asked("10.0.1.66"),
              *(one for last in range(100, 200) for one in passed(f"10.0.1.{last}", IMPLANT))]  # fmt: skip
    resolution = resolve(source(claims))
    assert addresses(resolution.assets) == {("10.0.1.66",)}
    assert resolution.counters["assets_unconfirmed"] == 100


def test_what_others_say_makes_no_device() -> None:
    """A name in a DNS reply or an address that a DHCP server hands out is no sign of life."""
    claims = [claim("domain", "ghost.example", "10.0.9.9", basis="reported", source="dns"),
              claim("role", "router", "10.0.9.1", basis="reported", source="dhcp")]  # fmt: skip
    resolution = resolve(source(claims))
    assert resolution.assets == []
    assert resolution.counters["assets_unconfirmed"] == 2


def test_loopback_is_no_device() -> None:
    """127.0.0.1 is every machine's own; what is told of it is counted."""
    resolution = resolve(source([*served("127.0.0.1"), *served("::1")]))
    assert resolution.assets == []
    assert resolution.counters["claims_of_no_device"] == 4


def test_the_best_founded_value_comes_first() -> None:
    """What a device states of itself comes before what others report, of equals the latest; a few are kept."""
    told = [claim("name", f"n{at:02d}", "10.0.1.5", basis="reported") for at in range(MOST_FACTS + 5)]
    told.append(claim("name", "own", "10.0.1.5", basis="stated"))
    facts = gather_facts([one for _, one in source(told)])
    assert facts["name"][0] == first_of(facts, "vendor", "name") == "own"
    assert len(facts["name"]) == MOST_FACTS
    assert first_of(facts, "vendor") == ""
