"""Names of DNS types, classes, operations, response codes and flags.

Source: IANA "Domain Name System (DNS) Parameters"; RFC 1035, 2136, 6891, 8490, 8945, 9460.
"""

from __future__ import annotations

TYPES = {
    1: "A", 2: "NS", 3: "MD", 4: "MF", 5: "CNAME", 6: "SOA", 7: "MB", 8: "MG", 9: "MR", 10: "NULL", 11: "WKS",
    12: "PTR", 13: "HINFO", 14: "MINFO", 15: "MX", 16: "TXT", 17: "RP", 18: "AFSDB", 19: "X25", 20: "ISDN", 21: "RT",
    22: "NSAP", 23: "NSAP-PTR", 24: "SIG", 25: "KEY", 26: "PX", 27: "GPOS", 28: "AAAA", 29: "LOC", 30: "NXT",
    31: "EID", 32: "NIMLOC", 33: "SRV", 34: "ATMA", 35: "NAPTR", 36: "KX", 37: "CERT", 38: "A6", 39: "DNAME",
    40: "SINK", 41: "OPT", 42: "APL", 43: "DS", 44: "SSHFP", 45: "IPSECKEY", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY",
    49: "DHCID", 50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA", 53: "SMIMEA", 55: "HIP", 56: "NINFO", 57: "RKEY",
    58: "TALINK", 59: "CDS", 60: "CDNSKEY", 61: "OPENPGPKEY", 62: "CSYNC", 63: "ZONEMD", 64: "SVCB", 65: "HTTPS",
    99: "SPF", 104: "NID", 105: "L32", 106: "L64", 107: "LP", 108: "EUI48", 109: "EUI64", 249: "TKEY", 250: "TSIG",
    251: "IXFR", 252: "AXFR", 253: "MAILB", 254: "MAILA", 255: "ANY", 256: "URI", 257: "CAA", 258: "AVC", 259: "DOA",
    260: "AMTRELAY", 32768: "TA", 32769: "DLV",
}  # fmt: skip

CLASSES = {1: "IN", 3: "CH", 4: "HS", 254: "NONE", 255: "ANY"}

OPCODES = {0: "QUERY", 1: "IQUERY", 2: "STATUS", 4: "NOTIFY", 5: "UPDATE", 6: "DSO"}

RESPONSE_CODES = {
    0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 6: "YXDOMAIN", 7: "YXRRSET",
    8: "NXRRSET", 9: "NOTAUTH", 10: "NOTZONE", 11: "DSOTYPENI", 16: "BADVERS", 17: "BADKEY", 18: "BADTIME",
    19: "BADMODE", 20: "BADNAME", 21: "BADALG", 22: "BADTRUNC", 23: "BADCOOKIE",
}  # fmt: skip

FLAGS = ((0x400, "AA"), (0x200, "TC"), (0x100, "RD"), (0x80, "RA"), (0x20, "AD"), (0x10, "CD"))
"""Bits of the header's second word (RFC 1035 §4.1.1, RFC 4035 §3); DO is a bit of EDNS (RFC 3225)."""


def name_type(number: int) -> str:
    """Name of a record type, ``TYPE<n>`` where there is none (RFC 3597 §5)."""
    return TYPES.get(number) or f"TYPE{number}"


def name_class(number: int) -> str:
    """Name of a class, ``CLASS<n>`` where there is none (RFC 3597 §5)."""
    return CLASSES.get(number) or f"CLASS{number}"


def name_opcode(number: int) -> str:
    """Name of an operation, ``OPCODE<n>`` where there is none."""
    return OPCODES.get(number) or f"OPCODE{number}"


def name_response_code(number: int) -> str:
    """Name of a response code, ``RCODE<n>`` where there is none."""
    return RESPONSE_CODES.get(number) or f"RCODE{number}"


def list_flags(word: int) -> list[str]:
    """Flags that are set in a header's second word; bit 16 stands for DO of EDNS."""
    return [name for bit, name in FLAGS if word & bit] + (["DO"] if word >> 16 & 1 else [])
