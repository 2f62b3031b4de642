"""The register of assets as risk reads it: who has which addresses, where it stands, how critical it is.

What is behind a gateway answers at the gateway's addresses, so that the gateway stands for it and is as critical as the
most critical of both. Strangers of the Internet are no devices of the park and are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from correlation.asset import Asset
from correlation.risk_devices import Known
from correlation.risk_exposure import is_public


def list_known(assets: Iterable[Asset]) -> list[Known]:
    """Give the devices that alerts and conversations can be tied to.

    Of several that had one address, the one that was seen last comes last, and is the one that it leads to.
    """
    listed = sorted(assets, key=lambda one: (one.last_ns, one.enterprise, one.id))
    behind: dict[str, int] = defaultdict(int)
    for one in listed:
        behind[one.behind] = max(behind[one.behind], one.criticality)
    ids = {one.id for one in listed}
    return [
        Known(one.enterprise, one.id, _name(one), (*one.addresses, *one.macs), one.zone, one.level,
              max(one.criticality, behind.get(one.id, 0)))
        for one in listed
        if one.behind not in ids and not _is_stranger(one)
    ]  # fmt: skip


def _name(one: Asset) -> str:
    """Name it, by its address where nothing gave it a name."""
    return one.name or next(iter((*one.addresses, *one.macs)), "")


def _is_stranger(one: Asset) -> bool:
    return one.scope == "outside" and bool(one.addresses) and all(is_public(address) for address in one.addresses)
