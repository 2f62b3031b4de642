"""From medians to the figures that are held against goals."""

from __future__ import annotations

from collections.abc import Mapping

from bench.measure import Run

Medians = Mapping[tuple[str, str], Run]


def derive_figures(medians: Medians, cold_start_s: float, sizes: Mapping[str, int]) -> dict[str, float]:
    """Rates in packets per second, ratios, memory in MB, seconds."""
    ours, suricata = (compute_marginal_rate(medians, name, sizes) for name in ("wanglou", "suricata"))
    tshark = sizes["1M"] / medians["tshark", "1M"].wall_s
    return {
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
    }


def compute_marginal_rate(medians: Medians, name: str, sizes: Mapping[str, int]) -> float:
    """Packets more in the large file over the seconds more that it takes: start-up falls out."""
    seconds = medians[name, "5M"].wall_s - medians[name, "1M"].wall_s
    return (sizes["5M"] - sizes["1M"]) / seconds
