"""Which of DNS, mDNS and LLMNR a conversation speaks, and whether to a multicast address."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from parsers.columns import Conversations, make_keywords

VARIANTS = ("dns", "mdns", "llmnr")
_MDNS_PORT, _LLMNR_PORT = 5353, 5355  # RFC 6762 §1, RFC 4795 §2


class Variants:
    """Variants of a batch's conversations."""

    def __init__(self, conversations: Conversations) -> None:
        """Tell them by port and address."""
        count = len(conversations.source)
        columns = conversations.make_columns(np.arange(count, dtype=np.int32))
        ports = [columns[f"{end}.port"].to_numpy(zero_copy_only=False) for end in ("source", "destination")]
        self.numbers = np.zeros(count, dtype=np.int32)
        """int32[n]: index into VARIANTS by conversation."""
        for number, port in ((1, _MDNS_PORT), (2, _LLMNR_PORT)):
            self.numbers[(ports[0] == port) | (ports[1] == port)] = number
        ends = zip(conversations.source, conversations.destination, strict=True)
        self.multicast: NDArray[np.bool_] = np.array(
            [is_multicast(source) or is_multicast(destination) for source, destination in ends], dtype=np.bool_
        )

    def of(self, numbers: NDArray[np.int32]) -> NDArray[np.int32]:
        """Variants of the rows whose conversations are ``numbers``."""
        return self.numbers[numbers]

    def make_column(self, numbers: NDArray[np.int32]) -> pa.Array:
        """Column of the variants' names."""
        return make_keywords(self.of(numbers), VARIANTS)


@lru_cache(maxsize=8_192)
def is_multicast(address: str) -> bool:
    """True for a multicast address (RFC 5771, RFC 4291 §2.7)."""
    return ipaddress.ip_address(address).is_multicast


def turn_columns(columns: dict[str, pa.Array], turned: NDArray[np.bool_]) -> dict[str, pa.Array]:
    """Exchange source and destination of the rows that are ``turned``: a multicast message comes from its sender."""
    if not turned.any():
        return {}
    mask, found = pa.array(turned), {}
    for part in ("ip", "port", "mac"):
        near, far = columns[f"source.{part}"], columns[f"destination.{part}"]
        if pa.types.is_dictionary(near.type):
            ends = [_exchange(mask, a, b).dictionary_encode() for a, b in ((near, far), (far, near))]
        else:
            ends = [pc.if_else(mask, far, near), pc.if_else(mask, near, far)]
        found[f"source.{part}"], found[f"destination.{part}"] = ends
    return found


def _exchange(mask: pa.Array, near: pa.Array, far: pa.Array) -> pa.Array:
    """Texts of ``far`` where the mask is true, else of ``near``."""
    return pc.if_else(mask, far.cast(pa.string()), near.cast(pa.string()))
