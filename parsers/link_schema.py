"""What ARP and LLDP frames say, as tables: they feed the dataset ``asset`` and are not kept themselves."""

from __future__ import annotations

from parsers.field import COMMON, Dataset, Field

ARP = Dataset(
    "arp",
    "One distinct claim of ARP in a batch and hour: source is the sender, destination the target.",
    (
        *COMMON,
        Field("arp.operation", "long", "Operation code: 1 request, 2 reply."),
        Field("arp.frame_mac", "keyword", "Source address of the Ethernet header."),
    ),
)

LLDP = Dataset(
    "lldp",
    "One distinct LLDP frame in a batch and hour.",
    (
        *COMMON,
        Field("lldp.address", "ip", "First management address, or the chassis id where it is an address."),
        Field("lldp.mac", "keyword", "Chassis id where it is a link address, else the frame's source."),
        Field("lldp.chassis", "keyword", "Chassis id."),
        Field("lldp.port", "keyword", "Port id."),
        Field("lldp.port_description", "keyword", "Port description."),
        Field("lldp.ttl", "long", "Time to live; 0 says that the device goes.", "s"),
        Field("lldp.name", "keyword", "System name."),
        Field("lldp.description", "keyword", "System description."),
        Field("lldp.capabilities", "keywords", "System capabilities that are switched on."),
        Field("lldp.addresses", "keywords", "Management addresses."),
        Field("lldp.organizations", "keywords", "Who defined the organizationally specific TLVs."),
        Field("lldp.hardware", "keyword", "LLDP-MED inventory: hardware revision."),
        Field("lldp.firmware", "keyword", "LLDP-MED inventory: firmware revision."),
        Field("lldp.software", "keyword", "LLDP-MED inventory: software revision."),
        Field("lldp.serial", "keyword", "LLDP-MED inventory: serial number."),
        Field("lldp.vendor", "keyword", "LLDP-MED inventory: manufacturer."),
        Field("lldp.model", "keyword", "LLDP-MED inventory: model."),
    ),
)
