"""Link types: which are read, and what the others are called (draft-ietf-opsawg-pcaplinktype, registry)."""

from __future__ import annotations

from sensors.batch import (
    LINK_EN10MB,
    LINK_IPV4,
    LINK_IPV6,
    LINK_LINUX_SLL,
    LINK_LINUX_SLL2,
    LINK_LOOP,
    LINK_NULL,
    LINK_RAW,
    LINK_TYPES,
)

READ = {
    LINK_NULL: "NULL",
    LINK_EN10MB: "EN10MB",
    LINK_RAW: "RAW",
    LINK_LOOP: "LOOP",
    LINK_LINUX_SLL: "LINUX_SLL",
    LINK_IPV4: "IPV4",
    LINK_IPV6: "IPV6",
    LINK_LINUX_SLL2: "LINUX_SLL2",
}

_NOT_READ = {
    6: "IEEE802_5",
    8: "SLIP",
    9: "PPP",
    10: "FDDI",
    50: "PPP_HDLC",
    51: "PPP_ETHER",
    104: "C_HDLC",
    105: "IEEE802_11",
    107: "FRELAY",
    127: "IEEE802_11_RADIOTAP",
    187: "BLUETOOTH_HCI_H4",
    189: "USB_LINUX",
    195: "IEEE802_15_4_WITHFCS",
    201: "BLUETOOTH_HCI_H4_WITH_PHDR",
    220: "USB_LINUX_MMAPPED",
    227: "CAN_SOCKETCAN",
    230: "IEEE802_15_4_NOFCS",
    239: "NFLOG",
    249: "USBPCAP",
    252: "WIRESHARK_UPPER_PDU",
    253: "NETLINK",
}

# Numbers that some systems store for raw IP in place of the registered one: Linux and most BSDs 12, OpenBSD 14.
_RAW_ALIASES = frozenset({12, 14})


def resolve_linktype(field: int) -> int:
    """Give the link type of a header field, -1 when it is not read here; bits above 16 (FCS length) are ignored."""
    number = LINK_RAW if field & 0xFFFF in _RAW_ALIASES else field & 0xFFFF
    return number if number in LINK_TYPES else -1


def name_linktype(field: int) -> str:
    """Give number and, where it is known here, name of the link type of a header field."""
    number = field & 0xFFFF
    name = (READ | _NOT_READ).get(number, "")
    return f"{number} ({name})" if name else str(number)


def list_linktypes() -> str:
    """Name the link types that are read, for messages."""
    return ", ".join(f"{name} {number}" for number, name in READ.items())
