"""Parts of a domain name that was registered, by a rule of thumb instead of a list of public suffixes.

Rule: the top-level domain is the last label; where that has two letters (a country) and the label before it is one that
countries keep for a purpose (com, gov, edu, ...), it is both. The registered domain is one label more.
"""

from __future__ import annotations

from typing import NamedTuple

_KEPT = frozenset(
    ("com", "net", "org", "gov", "edu", "ac", "mil", "co", "or", "ne", "go", "gob", "gouv", "govt", "gv", "nhs", "nom",
     "info", "biz", "ltd", "plc", "sch", "school", "res", "firm", "gen", "ind", "nic", "id", "asn", "idv", "club",
     "bj", "sh", "tj", "cq", "he", "sx", "nm", "ln", "jl", "hl", "js", "zj", "ah", "fj", "jx", "sd", "ha", "hb", "hn",
     "gd", "gx", "hi", "sc", "gz", "yn", "xz", "sn", "gs", "qh", "nx", "xj", "tw", "hk", "mo")
)  # fmt: skip
"""Second levels that countries keep; the two-letter ones are China's provinces (CNNIC's second-level domains)."""
_PROVINCES = frozenset(label for label in _KEPT if len(label) == 2) - {"ac", "co", "or", "ne", "go", "gv", "id"}


class Domain(NamedTuple):
    """Parts of a name; empty where there is none."""

    subdomain: str = ""
    registered: str = ""
    top_level: str = ""


def split_domain(name: str) -> Domain:
    """Split the text of a name (``parsers.dns_name``); an address' name of the tree ``arpa`` has no such parts."""
    name = name.replace("\\.", "\\046") if "\\" in name else name
    if ".." in name or name[:1] == "." or name[-1:] == ".":
        name = ".".join([label for label in name.split(".") if label])
    labels = name.rsplit(".", 3)
    top = labels[-1]
    if len(labels) < 2 or (len(top) == 4 and top.lower() == "arpa"):
        return Domain(top_level=top if len(labels) == 1 else "")
    if len(labels) > 2 and len(top) == 2 and _is_kept(labels[-2].lower(), top.lower()):
        return Domain(".".join(labels[:-3]), ".".join(labels[-3:]), f"{labels[-2]}.{top}")
    return Domain(".".join(labels[:-2]), f"{labels[-2]}.{top}", top)


def _is_kept(second: str, country: str) -> bool:
    """True for a second level that a country keeps for a purpose."""
    return second in _KEPT and (country == "cn" or second not in _PROVINCES)
