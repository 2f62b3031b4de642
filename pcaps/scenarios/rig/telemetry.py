"""The everyday MQTT clients (paho): edge node with Sparkplug B, weighing terminal with JSON, SCADA, historian, MES."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from pcaps.scenarios.rig import sparkplug
from pcaps.scenarios.rig.broker import PASSWORDS, PORT, serve_broker
from pcaps.scenarios.rig.park import TELEMETRY
from pcaps.scenarios.rig.scenario import Act, Scenario
from pcaps.scenarios.rig.stage import Stage

BROKER = TELEMETRY.host("broker").ip
V311, V5 = MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5

SPARKPLUG = "spBv1.0/chem"
"""Sparkplug B namespace and group."""

EDGE, DEVICE = "cell-gw", "tankfarm"
SCALE = "chem/weighing/scale1"
"""Topics of the weighing terminal begin with it."""

Deed = tuple[float, str, bytes]
"""Packet time, topic, payload."""


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says when a client is lost."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False


def make_client(
    name: str, user: str = "", version: MQTTProtocolVersion = V311, will: Will | None = None, *, returns: bool = False
) -> Client:
    """Make a client that is not yet connected; one that ``returns`` connects again when it is lost."""
    client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=version, reconnect_on_failure=returns)
    if user:
        client.username_pw_set(user, PASSWORDS[user])
    if will:
        client.will_set(will.topic, will.payload, will.qos, will.retain)
    return client


@contextlib.asynccontextmanager
async def run_client(client: Client, keepalive_s: int = 60, patience_s: float = 5) -> AsyncIterator[Client]:
    """Connect, work in a thread of the library's own, disconnect."""
    client.connect(BROKER, PORT, keepalive_s)
    client.loop_start()
    deadline = time.monotonic() + patience_s
    while not client.is_connected() and time.monotonic() < deadline:  # noqa: ASYNC110 - paho has its own thread
        await asyncio.sleep(0.01)
    try:
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def _now_ms() -> int:
    return int(time.time() * 1000)


async def work_gateway(stage: Stage, every_s: float) -> None:
    """Be a Sparkplug edge node with one device: birth, data, death; obey commands in silence."""
    death = Will(f"{SPARKPLUG}/NDEATH/{EDGE}", sparkplug.encode({"bdSeq": 0}, _now_ms(), None))
    async with run_client(make_client(EDGE, "gateway", V311, death)) as client:
        client.subscribe([(f"{SPARKPLUG}/NCMD/{EDGE}/#", 1), (f"{SPARKPLUG}/DCMD/{EDGE}/#", 1)])
        values = {"Level": 65.0, "Inflow": 12.5, "Outflow": 12.1, "Temperature": 35.2}
        born: dict[str, sparkplug.Value] = {"bdSeq": 0, "Node Control/Rebirth": False}
        client.publish(f"{SPARKPLUG}/NBIRTH/{EDGE}", sparkplug.encode(born, _now_ms(), 0))
        device: dict[str, sparkplug.Value] = {**values, "Valve/Open": True, "Properties/Model": "TF-4"}
        client.publish(f"{SPARKPLUG}/DBIRTH/{EDGE}/{DEVICE}", sparkplug.encode(device, _now_ms(), 1))
        sequence = 2
        while not stage.stopped.is_set():
            await stage.wait(every_s)
            name = stage.random.choice(list(values))
            values[name] = round(values[name] + stage.random.gauss(0, 0.2), 2)
            data = sparkplug.encode({name: values[name]}, _now_ms(), sequence)
            client.publish(f"{SPARKPLUG}/DDATA/{EDGE}/{DEVICE}", data)
            sequence = (sequence + 1) % 256


async def work_weigher(stage: Stage, every_s: float) -> None:
    """Be a weighing terminal: JSON at QoS 1, a retained state, and a will that says when it is gone."""
    will = Will(f"{SCALE}/status", b'{"state":"offline"}', retain=True)
    async with run_client(make_client("scale1", "weigher", V5, will, returns=True)) as client:
        client.subscribe(f"{SCALE}/cmd", 1)
        client.publish(f"{SCALE}/status", b'{"state":"online"}', 1, retain=True)
        ordinal = 0
        while not stage.stopped.is_set():
            await stage.wait(every_s)
            ordinal += 1
            weight = round(stage.random.gauss(25.0, 0.08), 3)
            body = {"n": ordinal, "gross": weight, "unit": "kg", "bag": f"88.118.7/BAG{ordinal:06d}"}
            client.publish(f"{SCALE}/data", json.dumps(body), 1)


async def listen(
    stage: Stage, client: Client, filters: Sequence[tuple[str, int]], deeds: Sequence[Deed], will: Will | None = None
) -> None:
    """Subscribe and listen; now and then publish something."""
    async with run_client(client):
        client.on_message = _forget
        client.subscribe(list(filters))
        if will:
            client.publish(will.topic, b'{"online":true}', 1, retain=True)
        for at_s, topic, payload in deeds:
            await stage.until(at_s)
            if not stage.stopped.is_set():
                client.publish(topic, payload, 1)
        await stage.stopped.wait()


def _forget(client: Client, data: object, message: MQTTMessage) -> None:
    _ = client, data, message


def command_valve(opened: bool) -> bytes:
    """Encode the command that opens or shuts the tank farm's valve."""
    return sparkplug.encode({"Valve/Open": opened}, _now_ms(), None)


def telemetry_clients(slack: float, switches_s: Sequence[float], tares_s: Sequence[float]) -> dict[str, Act]:
    """All five; SCADA switches the valve and the MES tares the scale at the given times."""
    state = Will(f"{SPARKPLUG.split('/', maxsplit=1)[0]}/STATE/scada", b'{"online":false}', retain=True)
    everything = ((f"{SPARKPLUG}/#", 0), (state.topic, 1))
    read_only = ((f"{SPARKPLUG}/DDATA/#", 0), ("chem/weighing/+/data", 1), ("chem/weighing/+/status", 1))
    valve = f"{SPARKPLUG}/DCMD/{EDGE}/{DEVICE}"

    async def work_scada(stage: Stage) -> None:
        deeds = [(at_s, valve, command_valve(i % 2 == 1)) for i, at_s in enumerate(switches_s)]
        await listen(stage, make_client("scada", "scada", V311, state), everything, deeds, state)

    async def work_mes(stage: Stage) -> None:
        deeds = [(at_s, f"{SCALE}/cmd", b'{"cmd":"tare"}') for at_s in tares_s]
        await listen(stage, make_client("mes", "mes", V5), ((f"{SCALE}/data", 1),), deeds)

    return {
        "gateway": lambda stage: work_gateway(stage, 2.0 * slack),
        "weigher": lambda stage: work_weigher(stage, 5.0 * slack),
        "scada": work_scada,
        "historian": lambda stage: listen(stage, make_client("historian", "historian", V5), read_only, ()),
        "mes": work_mes,
    }


def make_scenario(
    file: str,
    seed: int,
    duration_s: float,
    acts: Mapping[str, Act],
    *,
    time_scale: float = 6,
    slack: float = 1.0,
    switches_s: Sequence[float] = (),
    tares_s: Sequence[float] = (),
    strangers: tuple[str, ...] = (),
    stack: tuple[str, ...] = ("paho-mqtt", "mosquitto"),
) -> Scenario:
    """Make a scenario around the broker."""
    return Scenario(
        file=file,
        enterprise="chem",
        duration_s=duration_s,
        time_scale=time_scale,
        seed=seed,
        masters=telemetry_clients(slack, switches_s, tares_s),
        acts=acts,
        strangers=strangers,
        dataset="mqtt",
        place=TELEMETRY,
        servers={"broker": serve_broker},
        stack=stack,
    )
