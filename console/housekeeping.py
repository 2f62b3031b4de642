"""What a worker does while nobody asks for anything: retention, what was given up, what a dead worker left undone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from console.announcement import announce_stages
from console.jobs import Jobs
from console.uploads import Uploads
from console.work_settings import WorkSettings
from correlation.opening import may_hold, open_store
from correlation.store import Store
from wanglou.audit import Actor
from wanglou.ledger import Ledger
from wanglou.site import Site
from wanglou.stages import update_stages


def tidy(
    settings: WorkSettings, ledger: Ledger, site: Site | None, actor: Actor, now: datetime | None = None
) -> dict[str, int]:
    """Remove what is past its time, and bring the later stages up; gives how many ``uploads``, ``jobs``, ``days`` went.

    Nothing new costs some looks into the ledger.
    """
    uploads = Uploads(ledger, settings.folder, settings.limits)
    gone = {"uploads": len(uploads.expire(actor)) + uploads.sweep(), "jobs": Jobs(ledger).prune(), "days": 0}
    if may_hold(settings.store):
        with open_store(settings.store) as store:
            if settings.keep_days is not None:
                before = ((now or datetime.now(UTC)) - timedelta(days=settings.keep_days)).date()
                gone["days"] = len(store.expire_older(before))
            gone["uploads"] += _drop_orphans(store, uploads, actor)
            stages = update_stages(store, ledger, site, [], actor)
        if stages.changed_incidents or any(stages.assets.changes.values()):
            announce_stages(ledger, stages)
    return gone


def _drop_orphans(store: Store, uploads: Uploads, actor: Actor) -> int:
    """Remove files of captures that have no record left, or that somebody deleted; gives how many."""
    held = {one.capture for one in uploads.list_uploads(state="finished") if one.capture}
    if not held:
        return 0
    kept = {one.record.identity: one for one in store.captures()}
    gone = sorted(name for name in held if name not in kept or (kept[name].is_complete and not kept[name].rows))
    for name in gone:
        if name in kept:
            store.delete_capture(name)
    return sum(uploads.remove_capture(name, actor) for name in gone)
