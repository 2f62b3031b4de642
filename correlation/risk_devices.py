"""The devices that traffic tells of, by enterprise and address, as risk sees them until a register says more."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from correlation.risk_exposure import Conversation, is_device, is_public
from correlation.risk_facts import Asset
from wanglou.site import Site

SAFETY, CONTROLLER = 5, 4
"""Criticality of what a safety function depends on (the site file tells), and of what answers a control protocol."""


@dataclass(slots=True)
class _Device:
    """What was learnt of one device."""

    name: str = ""
    criticality: int = 0


class Devices:
    """The devices that traffic tells of: by enterprise and address, until a register says more."""

    def __init__(self, site: Site | None) -> None:
        """Begin with none; the site file tells zones and what safety depends on."""
        self._site = site
        self._found: dict[tuple[str, str], _Device] = {}
        self._order: dict[tuple[str, str], int] = {}

    def add(self, batch: pa.RecordBatch) -> None:
        """Take observations."""
        names = ("organization.id", "asset.id", "host.ip", "asset.field", "asset.value", "asset.role")
        for org, key, address, what, value, role in zip(*(batch[name].to_pylist() for name in names), strict=True):
            device = self._device(org or "", address or str(key).partition("/")[0])
            if device is not None and what == "name" and "/" not in key:
                device.name = max(device.name, value)
            if device is not None and role == "plc":
                device.criticality = max(device.criticality, CONTROLLER)

    def meet(self, conversation: Conversation) -> None:
        """Take the two ends of a conversation."""
        self._device(conversation.enterprise, conversation.client)
        self._device(conversation.enterprise, conversation.server)

    def note_control(self, conversation: Conversation) -> None:
        """Take a server of a control protocol for a controller."""
        device = self._device(conversation.enterprise, conversation.server)
        if device is not None:
            device.criticality = max(device.criticality, CONTROLLER)

    def _device(self, enterprise: str, address: str) -> _Device | None:
        if is_public(address) or (":" not in address and "." in address and not is_device(address)) or not address:
            return None
        return self._found.setdefault((enterprise, address), _Device())

    def find(self, enterprise: str, address: str) -> int | None:
        """Give the index of a device, which then exists; None for an address of the Internet, or of no device."""
        if address and self._device(enterprise, address) is None:
            return None
        self._found.setdefault((enterprise, address), _Device())
        return self._order.setdefault((enterprise, address), len(self._order))

    def assets(self) -> list[Asset]:
        """List them, those that alerts touch first, in the order of their indexes."""
        for key in sorted(self._found):
            self._order.setdefault(key, len(self._order))
        return [self._asset(*key) for key in self._order]

    def _asset(self, enterprise: str, address: str) -> Asset:
        device = self._found[enterprise, address]
        zone = self._site.find_zone(address, enterprise) if self._site else None
        is_safety = self._site is not None and self._site.find_safety(enterprise, address, None) is not None
        criticality = SAFETY if is_safety else device.criticality
        if zone is None:
            return Asset(enterprise, address, device.name, criticality=criticality)
        return Asset(enterprise, address, device.name, zone.id, zone.level, criticality)
