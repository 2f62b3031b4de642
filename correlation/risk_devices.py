"""The devices that risk is told of: those of a register of assets, and those that only traffic tells of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from correlation.risk_exposure import Conversation, Key, is_device, is_public
from correlation.risk_facts import Asset
from wanglou.site import Site

SAFETY, CONTROLLER = 5, 4
"""Criticality of what a safety function depends on (the site file tells), and of what answers a control protocol."""


@dataclass(frozen=True, slots=True)
class Known:
    """A device as a register of assets has it."""

    enterprise: str
    id: str
    name: str
    addresses: tuple[str, ...]
    """IP and link addresses that lead to it."""
    zone: str = ""
    level: float | None = None
    criticality: int = 0
    """1 to 5; 0 where it is not known."""


@dataclass(slots=True)
class _Device:
    """What was learnt of one device."""

    name: str = ""
    criticality: int = 0


class Devices:
    """The devices of a register, and those that traffic tells of beside it, by enterprise and address."""

    def __init__(self, site: Site | None, register: Iterable[Known] = ()) -> None:
        """Begin with a register; the site file tells zones and what safety depends on."""
        self._site = site
        self._known = {(one.enterprise, one.id): one for one in register}
        self._ids = {(key[0], address): key for key, one in self._known.items() for address in one.addresses}
        self._found: dict[Key, _Device] = {key: _Device(one.name) for key, one in self._known.items()}
        self._order: dict[Key, int] = {}

    def key_of(self, enterprise: str, address: str) -> Key:
        """Tell which device has an address: that of the register, else one that is called by it."""
        return self._ids.get((enterprise, address), (enterprise, address))

    def add(self, batch: pa.RecordBatch) -> None:
        """Take observations."""
        names = ("organization.id", "asset.id", "host.ip", "asset.field", "asset.value", "asset.role")
        for org, key, address, what, value, role in zip(*(batch[name].to_pylist() for name in names), strict=True):
            device = self._device(org or "", address or str(key).partition("/")[0])
            if device is not None and what == "name" and "/" not in key:
                device.name = max(device.name, value)
            if device is not None and role == "plc":
                device.criticality = CONTROLLER

    def meet(self, conversation: Conversation, *, is_control: bool) -> None:
        """Take the two ends of a conversation; who answers a control protocol is taken for a controller."""
        self._device(conversation.enterprise, conversation.client)
        server = self._device(conversation.enterprise, conversation.server)
        if is_control and server is not None:
            server.criticality = CONTROLLER

    def _device(self, enterprise: str, address: str) -> _Device | None:
        key = self.key_of(enterprise, address)
        if key not in self._found and (is_public(address) or not is_device(address)):
            return None
        return self._found.setdefault(key, _Device())

    def find(self, enterprise: str, address: str) -> int | None:
        """Give the index of a device, which then exists; None for an address of the Internet, or of no device.

        The empty address stands for what belongs to no device.
        """
        if address and self._device(enterprise, address) is None:
            return None
        key = self.key_of(enterprise, address)
        self._found.setdefault(key, _Device())
        return self._order.setdefault(key, len(self._order))

    def assets(self) -> list[Asset]:
        """List them, those that alerts touch first, in the order of their indexes."""
        for key in sorted(self._found):
            self._order.setdefault(key, len(self._order))
        return [self._asset(key) for key in self._order]

    def _asset(self, key: Key) -> Asset:
        if (known := self._known.get(key)) is not None:
            return Asset(*key, known.name, known.zone, known.level, known.criticality)
        device, (enterprise, address) = self._found[key], key
        zone = self._site.find_zone(address, enterprise) if self._site else None
        is_safety = self._site is not None and self._site.find_safety(enterprise, address, None) is not None
        criticality = SAFETY if is_safety else device.criticality
        if zone is None:
            return Asset(enterprise, address, device.name, criticality=criticality)
        return Asset(enterprise, address, device.name, zone.id, zone.level, criticality)
