"""What stands behind the pages of one console: jobs, uploads, the feed, and the worker that is kept running."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from console.feed import Feed
from console.jobs import Jobs
from console.supervision import Supervisor
from console.uploads import Uploads
from console.work_settings import WorkSettings
from wanglou.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Backstage:
    """What pages ask for work; safe for any number of threads, but for the feed, which is the event loop's."""

    jobs: Jobs
    uploads: Uploads
    feed: Feed
    """Closed by whoever runs the event loop, before it ends: pages that listen would keep a server waiting."""
    supervisor: Supervisor | None
    """Keeps the worker running; None where another console does."""


@contextmanager
def open_backstage(settings: WorkSettings, ledger: Ledger, *, with_worker: bool = True) -> Iterator[Backstage]:
    """Open what stands behind the pages, and run a worker; ``ledger`` has been opened with the component JOBS."""
    jobs, feed = Jobs(ledger), Feed(ledger)
    uploads = Uploads(ledger, settings.folder, settings.limits)
    if not with_worker:
        yield Backstage(jobs, uploads, feed, None)
        return
    with Supervisor(settings) as supervisor:
        yield Backstage(jobs, uploads, feed, supervisor)
