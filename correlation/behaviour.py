"""What an attacker did, in a verb: techniques of ATT&CK for ICS sorted into what people call it, for titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One thing that is done to somebody."""

    name: str
    weight: int
    """Higher is named first where a title has no room for all; ours."""
    zh: str
    """What follows ``对…进行``."""
    en: str
    """What stands between actor and target."""
    techniques: str
    """Techniques of version 18, by spaces, that are called so when an alert names one first."""


BEHAVIOURS = (
    Behaviour("stop", 95, "启停或重启", "stopped or restarted", "T0858 T0816"),
    Behaviour("program", 93, "程序或模型篡改", "changed the program of", "T0843 T0889 T0839 T0857 T0821 T0873"),
    Behaviour("protection", 92, "安全联锁或报警改动", "changed safety or alarm settings of", "T0837 T0838 T0880"),
    Behaviour("command", 90, "越权控制", "sent commands without right to", "T0855 T0836 T0806 T0831 T0835"),
    Behaviour("forge", 85, "数据伪造", "sent forged data to", "T0856 T0832 T0830"),
    Behaviour("destroy", 84, "数据破坏", "deleted data of", "T0809 T0872"),
    Behaviour("flood", 80, "拒绝服务", "disturbed the service of", "T0814 T0815 T0804 T0803 T0805 T0813"),
    Behaviour("exploit", 72, "异常报文攻击", "sent malformed messages to", "T0866 T0819 T0890"),
    Behaviour("impersonate", 70, "冒用身份", "took the identity of a client of", "T0849"),
    Behaviour("guess", 68, "凭据攻击", "tried credentials on", "T0859 T0812"),
    Behaviour("exfiltrate", 66, "隐蔽通道通信", "used a hidden channel to", "T0869 T0884 T0885"),
    Behaviour("remote", 60, "远程访问", "opened remote access to", "T0886 T0822 T0883 T0823 T0867"),
    Behaviour("weaken", 58, "削弱防护", "weakened the protection of", "T0820 T0842"),
    Behaviour("intrude", 55, "未授权连接", "connected without right to", "T0848 T0864 T0860"),
    Behaviour("collect", 50, "数据窃取", "read data without right from",
              "T0801 T0802 T0861 T0811 T0845 T0868 T0877 T0882 T0893"),
    Behaviour("scan", 40, "扫描探测", "scanned", "T0846 T0888 T0840 T0871 T0800 T0887"),
)  # fmt: skip
"""Sorted by weight; which technique is called what is ours."""
OTHER = Behaviour("other", 10, "可疑操作", "acted suspiciously towards", "")
"""What has no technique that is listed."""
FAILED = "设备设施故障事件"
"""Class of GB/T 20986-2023 of what is a fault and no act."""

RULES = {"opcua_security_downgrade": "weaken"}
"""Rules whose first technique is called otherwise (ours)."""
_BY_NAME = {behaviour.name: behaviour for behaviour in BEHAVIOURS}
_BY_TECHNIQUE: Mapping[str, Behaviour] = {
    technique: behaviour for behaviour in BEHAVIOURS for technique in behaviour.techniques.split()
}
NAMED = 3
"""Behaviours that a title names."""


def find_behaviour(rule: str, techniques: Sequence[str]) -> Behaviour:
    """Call what an alert tells of by its first technique that is listed."""
    if rule in RULES:
        return _BY_NAME[RULES[rule]]
    return next((_BY_TECHNIQUE[one] for one in techniques if one in _BY_TECHNIQUE), OTHER)


@dataclass(frozen=True, slots=True)
class Headline:
    """Who did what to whom."""

    actors: Sequence[str]
    """Addresses, the most active first; empty where nobody is sure."""
    suspects: Sequence[str]
    """Addresses that may have acted, where no actor is sure."""
    targets: Sequence[str]
    """Addresses or names, the worst hit first."""
    behaviours: Sequence[Behaviour]
    """In the order they began."""
    is_fault: bool = False
    """True for a failure that nobody caused as far as is known."""


def write_titles(headline: Headline) -> tuple[str, str]:
    """Write the title in Chinese and English."""
    strongest = sorted(dict.fromkeys(headline.behaviours), key=lambda one: -one.weight)[:NAMED]
    named = [one for one in dict.fromkeys(headline.behaviours) if one in strongest]
    if headline.is_fault:
        whom = _name(headline.targets, "设备", "a device")
        return f"{whom[0]} 发生故障", f"{whom[1]} failed"
    who = _name(headline.actors, "", "")
    if not headline.actors:
        who = _suspect(headline.suspects)
    whom = _name(headline.targets, "多个目标", "several targets")
    verbs = [one.en for one in named]
    joined = f"{', '.join(verbs[:-1])} and {verbs[-1]}" if len(verbs) > 1 else verbs[0]
    return f"{who[0]} 对 {whom[0]} 进行{'、'.join(one.zh for one in named)}", f"{who[1]} {joined} {whom[1]}"


def _suspect(suspects: Sequence[str]) -> tuple[str, str]:
    if not suspects:
        return "未知来源", "an unknown source"
    zh, en = _name(suspects, "", "")
    return f"疑似 {zh}", f"{en} (suspected)"


def _name(names: Sequence[str], nobody_zh: str, nobody_en: str) -> tuple[str, str]:
    """Name up to two, and how many there are in all."""
    if not names:
        return nobody_zh, nobody_en
    if len(names) <= 2:
        return "、".join(names), " and ".join(names)
    return f"{names[0]} 等 {len(names)} 个地址", f"{names[0]} and {len(names) - 1} others"
