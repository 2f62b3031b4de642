"""Who a connection's client is: identifier and user name of its CONNECT, on every record of the connection."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from parsers.columns import make_distinct, make_keywords
from parsers.mqtt_detail import Source
from parsers.mqtt_frame import CONNACK
from parsers.mqtt_packet import FOUND_ASSIGNED
from parsers.mqtt_session import SESSIONS
from parsers.spans import code_spans, decode_values

MOST_CHARACTERS = 16 << 20
"""Characters of all identifiers and user names that are remembered."""


class Clients:
    """Client identifiers and user names by session; the oldest is forgotten when there are too many (counted)."""

    def __init__(self) -> None:
        """Start without a client."""
        self._names: dict[int, tuple[str, str]] = {}
        self._characters = self.dropped = 0

    def register(self, source: Source, carried: int) -> None:
        """Remember the clients of a batch's CONNECT packets, and identifiers that a CONNACK assigned.

        The first ``carried`` packets were registered in the batch they came in.
        """
        packets = source.packets
        c = source.connects[source.connects["packet"] >= carried]
        if len(c):
            rows = c["packet"]
            clients = _read_texts(source, rows, c["client_at"], c["client_length"])
            users = _read_texts(source, rows, c["user_at"], c["user_length"])
            for session, client, user in zip(packets["session"][rows].tolist(), clients, users, strict=True):
                self._remember(session, client, user)
        if source.found[FOUND_ASSIGNED]:
            rows = np.flatnonzero((packets["kind"] == CONNACK) & (packets["topic_length"] > 0))
            rows = rows[rows >= carried]
            assigned = _read_texts(source, rows, packets["topic_at"][rows], packets["topic_length"][rows])
            sessions, priors = packets["session"][rows].tolist(), packets["prior"][rows].tolist()
            for session, prior, client in zip(sessions, priors, assigned, strict=True):
                self._remember(session, client, self._names.get(prior, ("", ""))[1])

    def _remember(self, session: int, client: str, user: str) -> None:
        """Remember a client; the oldest are forgotten where there is no room."""
        self._names[session] = (client, user)
        self._characters += len(client) + len(user)
        while len(self._names) > SESSIONS or self._characters > MOST_CHARACTERS:
            self._characters -= sum(map(len, self._names.pop(next(iter(self._names)))))
            self.dropped += 1

    def make_columns(self, sessions: NDArray[np.int64]) -> dict[str, pa.Array]:
        """Columns of the records that belong to ``sessions``."""
        coded = pa.array(sessions, pa.int64()).dictionary_encode()
        names = [self._names.get(session, ("", "")) for session in coded.dictionary.to_pylist()]
        places = coded.indices.to_numpy()
        columns = {}
        for at, column in enumerate(("mqtt.client_id", "user.name")):
            codes, texts = make_distinct([pair[at] for pair in names])
            columns[column] = make_keywords(codes[places] if len(codes) else places, texts)
        return columns


def _read_texts(source: Source, rows: NDArray[np.int64], at: NDArray[np.int64], length: NDArray[np.int32]) -> list[str]:
    """Texts of the spans of packets; empty where there is none."""
    coded = code_spans(source.data, source.spill, source.place(rows, at, length))
    texts = decode_values(coded)
    return [texts[code] if code >= 0 else "" for code in coded.codes.tolist()]
