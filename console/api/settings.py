"""The API of settings: what holds and where it was said."""

from __future__ import annotations

from pydantic import BaseModel, Field

from console.routing import Api, Now
from console.views.settings import Origin, list_settings

router = Api("settings")


class Setting(BaseModel):
    """One setting."""

    key: str
    value: str = Field(description="What holds, as text; empty for nothing.")
    origin: Origin
    where: str = Field(description="The file and line, or the environment variable.")
    pending: str | None = Field(description="What would hold after a restart, where that differs.")


class SettingItems(BaseModel):
    """All settings."""

    items: list[Setting]
    next: None = None
    faults: list[str] = Field(description="What is wrong with the file by now.")


@router.get("/settings", permission="settings.manage", response_model=SettingItems)
def list_them(visit: Now) -> SettingItems:
    """List every setting with its value and where that came from."""
    found = list_settings(visit)
    items = [
        Setting(key=row.key, value=row.value, origin=row.origin, where=row.where, pending=row.pending)
        for row in found.rows
    ]
    return SettingItems(items=items, faults=[*found.faults])
