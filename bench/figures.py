"""From medians to the figures that are held against goals."""

from __future__ import annotations

from collections.abc import Mapping

from bench.measure import Run

Medians = Mapping[tuple[str, str], Run]


def derive_figures(medians: Medians, cold_start_s: float) -> dict[str, float]:
    """Rates in packets per second, ratios, memory in MB, seconds."""
    ours, suricata = (compute_marginal_rate(medians, name, "1M", "5M") for name in ("wanglou", "suricata"))
    mixed, suricata_mixed = (
        compute_marginal_rate(medians, name, "mixed-1M", "mixed-5M") for name in ("wanglou", "suricata")
    )
    tshark = count_packets("1M") / medians["tshark", "1M"].wall_s
    figures = {
        "marginal_rate": ours,
        "marginal_rate_suricata": suricata,
        "rate_tshark": tshark,
        "marginal_over_suricata": ours / suricata,
        "marginal_over_tshark": ours / tshark,
        "whole_over_suricata": medians["suricata", "1M"].wall_s / medians["wanglou", "1M"].wall_s,
        "resident_mb_1m": medians["wanglou", "1M"].resident_mb,
        "resident_mb_5m": medians["wanglou", "5M"].resident_mb,
        "rules_1000_over_10": medians["rules1000", "1M"].wall_s / medians["rules10", "1M"].wall_s,
        "cold_start_s": cold_start_s,
        "mixed_rate": mixed,
        "mixed_rate_suricata": suricata_mixed,
        "mixed_over_suricata": mixed / suricata_mixed,
        "mixed_resident_mb": max(medians["wanglou", file].resident_mb for file in ("mixed-1M", "mixed-5M")),
    }
    alone = [file.removesuffix("-1M") for _, file in medians if file.endswith("-1M") and not file.startswith("mixed")]
    return figures | {
        f"rate_{name}": compute_marginal_rate(medians, "wanglou", f"{name}-200k", f"{name}-1M") for name in alone
    }


def compute_marginal_rate(medians: Medians, name: str, small: str, large: str) -> float:
    """Packets more in the large file over the seconds more that it takes: start-up falls out."""
    seconds = medians[name, large].wall_s - medians[name, small].wall_s
    return (count_packets(large) - count_packets(small)) / seconds


def count_packets(file: str) -> int:
    """Packets of a file by its name: ``5M``, ``mqtt-200k``."""
    count = file.rpartition("-")[2]
    return int(count[:-1]) * {"k": 1_000, "M": 1_000_000}[count[-1]]
