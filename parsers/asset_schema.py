"""The dataset ``asset``: what the traffic says of each device, one observation a row, with its evidence."""

from __future__ import annotations

from parsers.field import COMMON, Dataset, Field

FIELDS = (
    "vendor", "product", "model", "product_code", "hardware", "firmware", "serial", "name", "description", "os", "role",
    "mac", "mac_vendor", "address", "service", "software", "user_agent", "vendor_class", "client_id", "user",
    "application_uri", "product_uri", "endpoint", "domain", "parts", "certificate", "certificate_subject",
    "certificate_issuer", "certificate_expires", "port", "capability", "organization",
)  # fmt: skip
"""What an observation can be about: the values of ``asset.field``."""

ROLES = (
    "plc", "broker", "edge_node", "host", "discovery_server", "web_server", "dns_server", "dhcp_server", "dhcp_client",
    "dhcp_relay", "router", "bridge", "access_point", "telephone", "station", "repeater",
)  # fmt: skip
"""Values of ``asset.role``, beside ``<protocol>_client`` and ``<protocol>_server`` of recognised protocols."""

ASSET = Dataset(
    "asset",
    "One observation of a device: a fact at first sight in a capture, when it changes, and again once an hour while it"
    " is seen. Source and destination are those of the evidence; `wanglou.pdu` tells observations apart.",
    (
        *COMMON,
        Field("asset.id", "keyword", "Key of the device in its enterprise: IP address, else link address, /part."),
        Field("asset.part", "keyword", "One of several behind an address: Modbus unit, Sparkplug edge node or device."),
        Field("asset.field", "keyword", "What was learnt: vendor, model, firmware, role, mac, service and so on."),
        Field("asset.value", "keyword", "What it is, as text."),
        Field("asset.previous", "keyword", "Value before, where event.action is changed."),
        Field("asset.basis", "keyword", "stated (by the device), reported (by another) or seen (in what it did)."),
        Field("asset.source", "keyword", "What it was learnt from: arp, lldp, dhcp, flow, or the dataset's name."),
        Field(
            "asset.evidence",
            "keyword",
            "event.id of the record it was learnt from; empty where none is kept.",
            is_pointer=True,
        ),
        Field("asset.role", "keyword", "Role of the device, where that was learnt: broker, modbus_server and so on."),
        Field("asset.mac_vendor", "keyword", "Holder of the link address's prefix (IEEE registry), where host.mac is."),
        Field("asset.service.port", "u16", "Port the device answers on, where a service was learnt."),
        Field("asset.service.protocol", "keyword", "Protocol it speaks there; empty when it was not recognised."),
        Field("host.ip", "ip", "Address of the device."),
        Field("host.mac", "keyword", "Link address of the device, where this evidence tells it."),
        Field("host.name", "keyword", "Name of the device, where a name was learnt."),
        Field("host.os.full", "keyword", "Operating system, where that was learnt."),
        Field("device.manufacturer", "keyword", "Vendor of the device, where that was learnt."),
        Field("device.product.name", "keyword", "Product, where that was learnt."),
        Field("device.model.name", "keyword", "Model, where that was learnt."),
        Field("device.model.identifier", "keyword", "Product code or order number, where that was learnt."),
        Field("device.serial_number", "keyword", "Serial number, where that was learnt."),
        Field("service.version", "keyword", "Firmware version, where that was learnt."),
        Field("user_agent.original", "keyword", "Name a client program gives itself, where that was learnt."),
    ),
)
