"""Classes of GB/T 20986-2023 as forms offer them."""

from __future__ import annotations

from console.views.event_classes import is_confirmed, list_classes, tell_class
from detection.attack import load_catalogue


def test_the_classes_are_those_of_the_rules() -> None:
    """The same names as alerts have, ten of them, each in both languages; nobody confirmed them yet."""
    known = load_catalogue().classes
    assert {one.name.zh: frozenset(part.zh for part in one.subclasses) for one in list_classes()} == known
    assert len(known) == 10
    assert all(one.name.en.isascii() for one in list_classes())
    assert not is_confirmed()


def test_names_in_both_languages() -> None:
    """What the list lacks stays as it is."""
    assert tell_class("网络攻击事件", "拒绝服务", "en") == "Network attack / Denial of service"
    assert tell_class("网络攻击事件", "拒绝服务", "zh") == "网络攻击事件 / 拒绝服务"
    assert tell_class("网络攻击事件", "", "en") == "Network attack"
    assert tell_class("x", "y", "en") == "x / y"
    assert tell_class("", "", "zh") == ""
