"""The API of sensors: for now the worker for uploads."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field
from starlette.responses import Response

from console.api.captures import Loss
from console.figures import write_time
from console.routing import Api, Now
from console.views.sensors import Worker, get_sensor, list_sensors, restart_worker

router = Api("sensors")


class Sensor(BaseModel):
    """One sensor."""

    id: str
    name: str
    state: Literal["running", "starting", "waiting", "elsewhere", "silent"]
    seen: str | None = Field(description="Its last sign of life, RFC 3339; null for none.")
    restarts: int
    fault: str = Field(description="Why it could not begin; empty where it did.")
    job: str = Field(description="The job it does now; empty for none.")
    waiting: int = Field(description="Jobs that wait for it.")
    packets: int = Field(description="Packets of all captures that are kept.")
    losses: list[Loss] = Field(description="Everything lost in them.")


class Sensors(BaseModel):
    """All sensors."""

    items: list[Sensor]
    next: str | None = None


@router.get("/sensors", permission="sensors.read", response_model=Sensors)
def list_them(visit: Now) -> Sensors:
    """List the sensors."""
    return Sensors(items=[describe(one) for one in list_sensors(visit)])


@router.get("/sensors/{identity}", permission="sensors.read", response_model=Sensor)
def get_one(visit: Now, identity: str) -> Sensor:
    """Give one sensor."""
    return describe(get_sensor(visit, identity))


@router.post("/sensors/{identity}/restart", permission="sensors.manage", status_code=202)
def restart(visit: Now, identity: str) -> Response:
    """Let a new process take the worker's place; its job is given back and taken again."""
    get_sensor(visit, identity)
    restart_worker(visit)
    return Response(status_code=202)


def describe(one: Worker) -> Sensor:
    """Give a sensor as the API does."""
    return Sensor(
        id=one.id,
        name=one.name,
        state=one.state,
        seen=write_time(one.seen_ns) if one.seen_ns else None,
        restarts=one.restarts,
        fault=(one.fault.original or one.fault.what) if one.fault else "",
        job=one.running.id if one.running else "",
        waiting=one.waiting,
        packets=one.packets,
        losses=[Loss(counter=loss.counter, count=loss.count, words=loss.words) for loss in one.losses],
    )
