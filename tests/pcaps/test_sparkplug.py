"""Sparkplug B payloads are those of the protocol buffers message."""

from __future__ import annotations

from pcaps.scenarios.rig.sparkplug import encode


def test_metrics_have_name_time_type_and_value() -> None:
    """Time, each metric with its time, data type and value, and the sequence number."""
    found = encode({"L": 1.5, "Open": True, "n": 300, "s": "x"}, 1, 7)
    expected = (
        "0801"  # time
        "1210 0a014c 1801 200a 69 000000000000f83f"  # double
        "120c 0a044f70656e 1801 200b 7001"  # boolean
        "120a 0a016e 1801 2004 58ac02"  # integer
        "120a 0a0173 1801 200c 7a0178"  # text
        "1807"  # sequence
    )
    assert found == bytes.fromhex(expected)


def test_a_death_certificate_has_no_sequence() -> None:
    """Without a sequence number nothing follows the metrics."""
    assert encode({}, 1, None) == bytes.fromhex("0801")
