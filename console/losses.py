"""What was lost, in words: counters of captures as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wanglou.commands.losses import find_losses
from wanglou.languages import Language, load_catalogue


@dataclass(frozen=True, slots=True)
class Loss:
    """One counter of something lost, cut or given up."""

    counter: str
    count: int
    words: str


def tell_losses(counters: Mapping[str, int], language: Language) -> list[Loss]:
    """Tell the losses among counters, the largest first."""
    say = load_catalogue(language)
    return [Loss(name, count, say.find(f"losses.{name}") or name) for name, count in find_losses(counters).items()]
