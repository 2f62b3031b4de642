"""A made-up park of three enterprises: who is in it, and the address of every device."""

from __future__ import annotations

from dataclasses import dataclass

DAY_NS = 86_400 * 10**9
DAYS = 30
END_NS = 1_795_000_000 * 10**9 // DAY_NS * DAY_NS
"""A midnight (2026-11-18); the records lie in the 30 days before it."""
START_NS = END_NS - DAYS * DAY_NS
NAMES = ("chemical", "machining", "pharma")


@dataclass(frozen=True, slots=True)
class Enterprise:
    """One enterprise."""

    number: int
    name: str
    addresses: tuple[str, ...]
    """Of its devices, controllers first."""


def make_park(assets: int) -> list[Enterprise]:
    """Share ``assets`` devices out among the enterprises."""
    shares = [assets // 3 + (number < assets % 3) for number in range(3)]
    return [
        Enterprise(number, name, tuple(f"10.{number + 10}.{one // 250}.{one % 250 + 1}" for one in range(share)))
        for number, (name, share) in enumerate(zip(NAMES, shares, strict=True))
    ]
