"""The demonstration's data: the bundled captures as those of three enterprises, moved in time so that they end now.

``pcaps/demo.yaml`` says which enterprise each capture stands for and how long before now it ends, ``pcaps/park.yaml``
is the site file that goes with that. Given the same moment, all of it is the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wanglou.bundled import MANIFEST, captures_folder
from wanglou.errors import Fault, FaultsError
from wanglou.verification import Expectation, load_expectations, replay_bundled

if TYPE_CHECKING:
    from wanglou.capture_report import CaptureReport, Progress

PLACES = "demo.yaml"
SITE = "park.yaml"
MINUTE_NS = 60 * 10**9
MOST_MINUTES = 7 * 24 * 60
"""The demonstration tells of a week."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bundled capture stands."""

    enterprise: str
    minutes_ago: int
    """How long before the moment of the demonstration its last packet is."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What was prepared."""

    site: Path
    """Site file to go on with."""
    reports: Sequence[CaptureReport]


def load_places(path: Path | None = None) -> dict[str, Place]:
    """Read where the captures stand, by name of the file; raises FaultsError."""
    from wanglou.document import Reader, read_documents

    place = path or captures_folder() / PLACES
    documents, faults = read_documents(place)
    if faults or not documents or not isinstance(documents[0].value, dict):
        raise FaultsError("demonstration", faults or [Fault(place, 0, "is no list of captures")])
    reader = Reader(documents[0])
    found: dict[str, Place] = {}
    for number, entry in enumerate(reader.items(documents[0].value, "captures", required=True)):
        at = ("captures", number)
        if not isinstance(entry, dict):
            reader.fault("a capture is a mapping", *at)
            continue
        reader.check_keys(entry, ("file", "enterprise", "minutes_ago"), *at)
        name = reader.text(entry, "file", *at, required=True)
        if name in found:
            reader.fault(f"{name} is there twice", *at)
        minutes = reader.integer(entry, "minutes_ago", 0, MOST_MINUTES, *at, default=-1)
        found[name] = Place(reader.text(entry, "enterprise", *at, required=True), minutes)
    if reader.faults:
        raise FaultsError("demonstration", reader.faults)
    return found


def place_captures(expectations: Sequence[Expectation], places: Mapping[str, Place]) -> list[Expectation]:
    """Give the bundled captures under the enterprises they stand for; those without a place keep their own."""
    return [
        replace(one, enterprise=places[one.path.name].enterprise) if one.path.name in places else one
        for one in expectations
    ]


def prepare_demo(store: Path | str, now_ns: int, progress: Progress | None = None) -> Demonstration:
    """Replay the bundled captures into ``store`` as they would have been seen in the week before ``now_ns``.

    Done again for the same moment nothing is read; for another one each capture is read anew in its new place. The
    later stages are brought up by whoever calls (``stages.update_stages``).
    """
    from wanglou.replay_options import ReplayOptions
    from wanglou.site import load_site

    folder = captures_folder()
    places = load_places()
    expectations = place_captures(load_expectations(folder / MANIFEST), places)
    ends = {
        one.path: now_ns - places[one.path.name].minutes_ago * MINUTE_NS if one.path.name in places else now_ns
        for one in expectations
    }
    site = folder / SITE
    options = ReplayOptions(store, load_site(site), shifts_to_ns=ends)
    return Demonstration(site, replay_bundled(expectations, options, progress))
