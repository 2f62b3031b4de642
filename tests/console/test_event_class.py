"""Names of event classes."""

from __future__ import annotations

from console.event_class import name_event_class


def test_records_hold_the_chinese_name() -> None:
    """English readers get the English one; what is not known stays, what is not there is empty."""
    assert name_event_class("网络攻击事件", "zh") == "网络攻击事件"
    assert name_event_class("网络攻击事件", "en") == "Network attack"
    assert name_event_class("网络扫描探测", "en") == "Network scanning and probing"
    assert name_event_class("别的", "en") == "别的"
    assert name_event_class(None, "en") == ""
