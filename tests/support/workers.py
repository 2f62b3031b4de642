"""A console's ledger, uploads and worker in one folder, as the tests of the console need them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from console.job import ENDED, Job
from console.job_tables import JOBS
from console.jobs import Jobs
from console.supervision import Supervisor
from console.upload_room import UploadLimits
from console.uploads import Uploads
from console.work_settings import WorkSettings
from correlation.lake import Lake
from correlation.record import read_records
from wanglou.audit import Actor
from wanglou.bundled import captures_folder
from wanglou.ledger import Ledger
from wanglou.stages import open_stages

LI = Actor("user:li", "10.0.0.5")
SITE = captures_folder() / "site.yaml"


def make_settings(folder: Path, **changes: Any) -> WorkSettings:
    """Give settings of a worker whose lake and uploads lie in ``folder``."""
    limits = UploadLimits(reserve_bytes=0)
    settings = WorkSettings(str(folder / "lake"), str(folder / "uploads"), site=str(SITE), limits=limits)
    return replace(settings, **changes)


def open_console(folder: Path, **changes: Any) -> tuple[Ledger, Jobs, Uploads]:
    """Open what a console's process has: the ledger, jobs and uploads."""
    settings = make_settings(folder, **changes)
    (folder / "lake").mkdir(exist_ok=True)
    ledger = open_stages(folder / "lake" / "ledger.db", [JOBS], create=True)
    return ledger, Jobs(ledger), Uploads(ledger, Path(settings.uploads), settings.limits)


@contextmanager
def running(folder: Path, **changes: Any) -> Iterator[Supervisor]:
    """Run a worker's process."""
    with Supervisor(make_settings(folder, **changes), first_wait_s=0.05) as supervisor:
        assert supervisor.wait_ready(240)
        yield supervisor


def upload(uploads: Uploads, jobs: Jobs, path: Path, enterprise: str = "chem", **options: Any) -> Job:
    """Upload a file in two pieces, and ask for its replay."""
    data = path.read_bytes()
    made = uploads.create(LI, path.name, len(data), enterprise=enterprise)
    half = uploads.append(made.id, 0, data[: len(data) // 2])
    uploads.append(made.id, half, data[half:])
    return uploads.finish(made.id, LI, jobs, options=options)


def wait_for(found: Callable[[], Any], timeout_s: float = 240) -> Any:
    """Wait until something is found, and give it."""
    until = time.monotonic() + timeout_s
    while not (value := found()):
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)
    return value


def is_alive(pid: int) -> bool:
    """Tell whether a process is there and no zombie."""
    with suppress(OSError):
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return False


def wait_ended(jobs: Jobs, job: Job) -> Job:
    """Wait until a job has ended."""
    found: Job = wait_for(lambda: (one := jobs.find(job.id)) and one.state in ENDED and one)
    return found


def read_lake(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Read all records of a lake by dataset, in the order of their ids."""
    with Lake(folder) as lake:
        found = {
            name: [record for batch in lake.search(name) for record in read_records(batch)] for name in lake.datasets
        }
    return {name: sorted(records, key=lambda one: str(one["event.id"])) for name, records in found.items()}
