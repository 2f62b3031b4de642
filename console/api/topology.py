"""The API of the network: zones with their conduits, and the matrix of conversations."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from console.api.asset_schema import Flows
from console.api.assets import Moment, Text
from console.routing import Api, Now
from console.views.conversations import read_grid
from console.views.topology import read_topology
from correlation.hosts import Zoned

router = Api("topology")


class ZoneName(BaseModel):
    """Which zone; ``outside`` for addresses of no asset."""

    enterprise: str
    zone: str
    level: float | None


class ZoneItem(ZoneName):
    """Assets of one zone and level."""

    assets: int
    types: dict[str, int]


class ConduitItem(BaseModel):
    """Flows from one zone to another, or within one."""

    source: ZoneName
    destination: ZoneName
    protocols: list[str]
    pairs: int = Field(description="Pairs of addresses.")
    traffic: Flows


class TopologyAnswer(BaseModel):
    """Zones from the highest level down, conduits the busiest first."""

    zones: list[ZoneItem]
    conduits: list[ConduitItem]
    left_out: bool = Field(description="True where there were more pairs of addresses than are added up.")


class CellItem(BaseModel):
    """What one host began with another."""

    source: str
    destination: str
    traffic: Flows


class Conversations(BaseModel):
    """Conversations of the busiest hosts: ids of assets, or addresses where there is no asset."""

    sources: list[str]
    destinations: list[str]
    names: dict[str, str]
    items: list[CellItem]
    left_out: int = Field(description="Pairs of hosts that are not among them.")


@router.get("/topology", permission="assets.read", response_model=TopologyAnswer)
def get_topology(
    visit: Now, enterprise: Text = "", from_: Annotated[Moment, Query(alias="from")] = "", to: Moment = ""
) -> TopologyAnswer:
    """Give zones by Purdue level and the conduits between them in a period."""
    del enterprise, from_, to
    found = read_topology(visit)
    zones = [
        ZoneItem(enterprise=one.enterprise, zone=one.zone, level=one.level, assets=one.assets, types=dict(one.types))
        for one in found.zones
    ]
    conduits = [
        ConduitItem(
            source=_name(one.source),
            destination=_name(one.destination),
            protocols=list(one.protocols),
            pairs=one.pairs,
            traffic=Flows.model_validate(one.traffic, from_attributes=True),
        )
        for one in found.conduits
    ]
    return TopologyAnswer(zones=zones, conduits=conduits, left_out=found.left_out)


@router.get("/conversations", permission="assets.read", response_model=Conversations)
def get_conversations(
    visit: Now,
    enterprise: Text = "",
    between: Annotated[str, Query(max_length=2_048, description="One or two zones: enterprise|zone|level.")] = "",
    size: Literal["20", "40"] = "20",
    from_: Annotated[Moment, Query(alias="from")] = "",
    to: Moment = "",
) -> Conversations:
    """Give who began how much with whom among the busiest hosts of a period."""
    del enterprise, between, size, from_, to
    matrix = read_grid(visit).matrix
    items = [
        CellItem(
            source=matrix.sources[row],
            destination=matrix.destinations[column],
            traffic=Flows.model_validate(traffic, from_attributes=True),
        )
        for (row, column), traffic in sorted(matrix.cells.items())
    ]
    return Conversations(
        sources=list(matrix.sources),
        destinations=list(matrix.destinations),
        names=dict(matrix.names),
        items=items,
        left_out=matrix.left_out,
    )


def _name(zoned: Zoned) -> ZoneName:
    enterprise, zone, level = zoned
    return ZoneName(enterprise=enterprise, zone=zone, level=level)
