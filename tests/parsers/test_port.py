"""Ports are hints, and each for its own protocol only."""

from __future__ import annotations

from parsers.port import SERVED_PORTS, is_served, is_server_port
from parsers.protocol import MODBUS, MQTT, NAMES


def test_the_predicate_says_what_the_table_says() -> None:
    """A port is served by exactly the protocols that name it."""
    ports = {port for known in SERVED_PORTS.values() for port in known}
    for app in NAMES:
        assert tuple(sorted(port for port in ports if is_served(app, port))) == tuple(sorted(SERVED_PORTS.get(app, ())))
    assert not is_served(MQTT, 502)
    assert is_served(MODBUS, 502)


def test_server_ports_are_those_of_any_protocol() -> None:
    """A port of some protocol is a server's, and no other is."""
    ports = {port for known in SERVED_PORTS.values() for port in known}
    assert {port for port in range(65_536) if is_server_port(port)} == ports
