"""A console whose assets, incidents and risk are brought up to its lake, for tests of what is made of records.

Unlike the lake of other tests, its records say whose they are: two enterprises of the demo park.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from correlation.lake import Lake
from correlation.store import CaptureRecord
from detection.detector import Detector
from detection.preparation import prepare_rules
from detection.rule import SHIPPED
from parsers.dissection import Dissector
from sensors.pcap import open_capture
from tests.support.consoles import SITE, Console, open_console
from tests.support.requirements import ROOT
from tests.support.stores import CAPTURES, Taken, write
from wanglou.site import Site, load_site
from wanglou.stages import update_stages

OWNERS = {"machining_write.pcap": "machining"}
"""Enterprises of captures whose addresses belong to several."""


@contextmanager
def open_stock(folder: Path) -> Iterator[Console]:
    """Open a console over a new lake of small captures, with all stages brought up."""
    site = load_site(SITE)
    with Lake(folder) as lake:
        for name in CAPTURES:
            write(lake, _take(name, site))
    with open_console(folder) as console:
        services = console.services
        identities = [capture.record.identity for capture in services.store.captures()]
        update_stages(services.store, services.ledger, site, identities)
        yield console


def _take(name: str, site: Site) -> Taken:
    capture = open_capture(ROOT / "pcaps" / name)
    owner = OWNERS.get(name, "")
    dissector = Dissector(capture.identity, name, owner, site)
    detector = Detector(prepare_rules((SHIPPED,), site), site, capture.identity, name)
    tables: list[tuple[str, pa.Table]] = []
    for batch in (*map(dissector.feed, capture.batches()), dissector.finish()):
        detector.feed(batch)
        tables += batch.items()
    record = CaptureRecord(
        capture.identity, name, enterprise=owner, size_bytes=capture.size_bytes, parser_digest="1"
    )  # fmt: skip
    return Taken(record, tables, detector.finish())
