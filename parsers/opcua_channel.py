"""What is known of each connection's secure channel: its security policy, by the OPN messages seen of it."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.opcua_frame import OPN
from parsers.opcua_number import code_numbers
from parsers.spans import decode_text

CHANNELS_MAX = 16_384
"""Connections whose policy is remembered."""

UNKNOWN = ""


class Channels:
    """Security policy of each connection, the longest unused forgotten first."""

    def __init__(self) -> None:
        self._policies: OrderedDict[int, str] = OrderedDict()
        self.forgotten = 0

    def follow(
        self, data: NDArray[np.uint8], spill: NDArray[np.uint8], messages: Any, pdus: Any
    ) -> tuple[NDArray[np.int32], list[str]]:
        """Policy of each message's channel at its time: int32[n] codes, and their texts; -1 is unknown."""
        opened = np.flatnonzero((pdus["kind"] == OPN) & (pdus["security_end"] > 0))
        codes = np.full(len(messages), -1, dtype=np.int32)
        if not len(opened) and not self._policies:
            return codes, []
        texts: dict[str, int] = {}
        flows, numbers = code_numbers(np.ascontiguousarray(messages["flow_uid"]))
        before = np.array([self._recall(uid, texts) for uid in flows], dtype=np.int32)
        if not len(opened):
            return before[numbers], list(texts)
        for row in opened.tolist():
            policy = read_policy((data, spill)[int(messages["spill"][row])], int(pdus["policy"][row]))
            codes[row] = texts.setdefault(policy, len(texts))
            self._remember(int(messages["flow_uid"][row]), policy)
        return _spread(codes, numbers, before), list(texts)

    def _recall(self, uid: int, texts: dict[str, int]) -> int:
        policy = self._policies.get(uid)
        return -1 if policy is None else texts.setdefault(policy, len(texts))

    def _remember(self, uid: int, policy: str) -> None:
        self._policies[uid] = policy
        self._policies.move_to_end(uid)
        if len(self._policies) > CHANNELS_MAX:
            self._policies.popitem(last=False)
            self.forgotten += 1


def _spread(codes: NDArray[np.int32], flows: NDArray[Any], before: NDArray[np.int32]) -> NDArray[np.int32]:
    """Give each message the last code of its flow, or the flow's code from before the batch."""
    order = np.argsort(flows, kind="stable")
    sorted_flows, sorted_codes = flows[order], codes[order]
    places = np.where(sorted_codes >= 0, np.arange(len(order)), -1)
    begins = np.flatnonzero(np.r_[True, sorted_flows[1:] != sorted_flows[:-1]]) if len(order) else np.empty(0, int)
    first = np.repeat(begins, np.diff(np.r_[begins, len(order)]))
    last = np.maximum.accumulate(places) if len(order) else places
    filled = np.where(last >= first, sorted_codes[np.maximum(last, 0)], before[sorted_flows])
    out = np.empty_like(codes)
    out[order] = filled
    return out


def read_policy(buf: NDArray[np.uint8], at: int) -> str:
    """Name of the policy whose URI is at ``at``: what stands after the hash; a null one is None."""
    length = int.from_bytes(buf[at : at + 4].tobytes(), "little", signed=True)
    if length <= 0:
        return "None"
    uri = decode_text(buf[at + 4 : at + 4 + min(length, 255)].tobytes())
    return uri.rpartition("#")[2]
