"""The page of the store, and of what goes from it at once."""

from __future__ import annotations

from starlette.responses import Response

from console.rendering import render
from console.routing import Now, Pages, redirect
from console.toast import Toast, add_toast
from console.views.store import BADGES, read_store
from console.views.store_expiry import MOST_DAYS, expire, find_expiry, read_days

router = Pages("store")


@router.get("/store", permission="store.read")
def show(visit: Now) -> Response:
    """Show what the store holds and what a look at it found."""
    return render(visit, "pages/store/show.html", {"state": read_store(visit), "badges": BADGES})


@router.get("/store/expiry", permission="store.manage")
def show_expiry(visit: Now) -> Response:
    """Show which days would go, before they do."""
    days = read_days(visit)
    values = {"days": days, "expiry": find_expiry(visit, days), "MOST_DAYS": MOST_DAYS}
    return render(visit, "pages/store/expiry.html", values)


@router.post("/store/expiry", permission="store.manage")
def expire_now(visit: Now) -> Response:
    """Ask for the days before one to be removed."""
    job = expire(visit, str(visit.form.get("before", "")))
    leads = f"/captures/jobs/{job.id}" if visit.may("captures.read") else "/store"
    return add_toast(redirect(leads), Toast(visit.say("store.expiring", before=job.name)))
