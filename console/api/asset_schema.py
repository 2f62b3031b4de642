"""What the API of assets takes and gives."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

Name = Annotated[str | None, Field(max_length=512)]


class AssetItem(BaseModel):
    """One asset of a list."""

    id: str
    enterprise: str
    name: str
    type: str
    zone: str
    level: float | None
    vendor: str
    model: str
    addresses: list[str]
    criticality: int
    state: str
    scope: str
    first_seen: str | None
    last_seen: str | None
    risk: float | None = Field(
        description="0 to 100 on the day that was assessed last; null where it was not, or without risk.read."
    )


class AssetList(BaseModel):
    """One page of assets."""

    items: list[AssetItem]
    next: str | None = Field(description="Cursor of the next page; null at the end.")


class ImportFault(BaseModel):
    """One thing wrong with a file."""

    line: int = Field(description="From 1; 0 where it is the whole file's.")
    text: str


class Imported(BaseModel):
    """What a CSV file did, or would do."""

    rows: int
    changed: int
    declared: int = Field(description="Assets that were not known before.")
    is_taken: bool


class FacetValue(BaseModel):
    """One value of a facet, as parameters take it."""

    value: str
    count: int


class Facets(BaseModel):
    """How many assets there are of each value."""

    facets: dict[str, list[FacetValue]]


class Asset(BaseModel):
    """One asset with all that is known of it, why, and its history."""

    id: str
    asset: dict[str, Any] = Field(description="Fields of the asset; times in nanoseconds since 1970, UTC.")
    stated: list[str] = Field(description="Fields that people said; they hold against what traffic tells.")


class Edit(BaseModel):
    """What to say of an asset; null takes back what was said, what is left out stays."""

    name: Name = None
    type: Annotated[str | None, Field(max_length=64)] = None
    zone: Name = None
    level: Annotated[float | None, Field(ge=0, le=5, description="0, 1, 2, 3, 3.5, 4 or 5.")] = None
    criticality: Annotated[int | None, Field(ge=1, le=5)] = None
    owner: Name = None
    vendor: Name = None
    model: Name = None
    serial: Name = None
    note: Name = None
    reason: Annotated[str, Field(max_length=500)] = ""


class Flows(BaseModel):
    """Flows added up."""

    flows: int
    packets: int
    bytes: int


class ServiceItem(BaseModel):
    """A port that is served or used."""

    transport: str
    port: int | None
    protocol: str
    peers: int
    traffic: Flows


class PairItem(BaseModel):
    """Conversations of two addresses."""

    source: str
    destination: str
    protocol: str
    traffic: Flows


class Dealings(BaseModel):
    """What an asset serves and uses in a period, and with whom."""

    serves: list[ServiceItem]
    uses: list[ServiceItem]
    incoming: list[PairItem]
    outgoing: list[PairItem]


class PointItem(BaseModel):
    """A register, node or topic."""

    point: str
    records: int
    width: int


class Points(BaseModel):
    """Points of an asset in a period."""

    items: list[PointItem]


class Value(BaseModel):
    """One value at one time."""

    time: str
    value: float


class Values(BaseModel):
    """The latest values of a point, the oldest first."""

    items: list[Value]


class MomentItem(BaseModel):
    """One thing that happened, or that somebody said."""

    time: str
    kind: str = Field(description="new, changed, conflict, gone, said, said_merge or said_split.")
    who: str = Field(description="Account that said it; empty for what traffic told.")
    reason: str
    field: str
    before: str | float | None
    after: str | float | None = Field(description="Null where it was taken back.")


class History(BaseModel):
    """What happened to an asset, the newest first."""

    items: list[MomentItem]
