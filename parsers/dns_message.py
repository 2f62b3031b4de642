"""What is read of a DNS message and of each of its questions and records, and what can be wrong with them."""

from __future__ import annotations

import numpy as np

ERRORS = (
    "", "truncated", "header", "label_type", "name_too_long", "compression_pointer", "record_data", "counts",
    "trailing_bytes", "gap", "sequence", "question_mismatch", "duplicate_query", "edns",
)  # fmt: skip
"""``error.code`` by number."""
(
    NO_ERROR, TRUNCATED, HEADER_SHORT, LABEL_TYPE, NAME_TOO_LONG, POINTER, RECORD_DATA, COUNTS, TRAILING_BYTES, GAP,
    SEQUENCE, QUESTION_MISMATCH, DUPLICATE_QUERY, EDNS,
) = range(14)  # fmt: skip

QUESTION, ANSWER, AUTHORITY, ADDITIONAL = range(4)
"""Sections of a message."""

RECORDS_KEPT = 1_024
"""Questions and records of one message that are read; the header's counts tell how many there were."""
CONTENTS_KEPT = 2 * RECORDS_KEPT
"""Names, data and options of one message: a name and one of the others each."""
EXPANDED_BASE, EXPANDED_RATIO = 1_024, 6
"""Bytes of names and data kept of one message: this many, and so many for each byte of it (compression repeats)."""

DNS_MESSAGE = np.dtype(
    [
        ("hash", "i8"),  # of the first question, letters' case apart
        ("records", "i8"),  # index of its first record
        ("extended", "i8"),  # the time to live of OPT: response code, version, flags; -1: no EDNS
        ("name", "i4"),  # number of the first question's name; -1: no question
        ("name_length", "i4"),
        ("options", "i4"),  # number of the EDNS options; -1: none
        ("records_count", "i4"),
        ("expanded", "i4"),  # bytes of names and data that its records have
        ("size_bytes", "i4"),
        ("id", "i4"),  # -1: no header
        ("word", "i4"),
        ("questions", "i4"),
        ("answers", "i4"),
        ("authorities", "i4"),
        ("additionals", "i4"),
        ("kind", "i4"),  # of the first question
        ("group", "i4"),
        ("udp_size", "i4"),  # -1: no EDNS
        ("error", "u1"),
        ("malformed", "u1"),
        ("bounded", "u1"),  # records beyond a bound were left out
    ],
    align=True,
)

RECORD = np.dtype(
    [
        ("ttl", "i8"),
        ("name", "i4"),  # number of its name
        ("content", "i4"),  # number of its type and data; -1: none
        ("content_length", "i4"),
        ("kind", "i4"),
        ("group", "i4"),
        ("section", "i4"),
    ],
    align=True,
)
