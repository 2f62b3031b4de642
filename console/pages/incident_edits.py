"""Pages on which incidents are merged and split, and the tabs of one incident."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from starlette.responses import Response

from console.address import local_address
from console.rendering import render
from console.routing import Now, Pages, redirect
from console.toast import Toast, add_toast
from console.views.incident import get_case, list_steps, make_row
from console.views.incident_decisions import (
    Decided,
    count_parts,
    list_candidates,
    list_made,
    merge_cases,
    split_case,
    undo_decisions,
)
from console.views.incident_tabs import list_alerts, list_entities, list_proofs
from console.visit import Visit
from correlation.case import Case
from correlation.decision import Part
from wanglou.errors import UsageError

router = Pages("incidents")
MOST_LISTED = 100
"""Alerts that the form of a split offers one by one."""


@router.post("/incidents/merge", permission="incidents.decide")
def merge_chosen(visit: Now) -> Response:
    """Merge the chosen incidents into one of them: the one named, else the worst, of equals the oldest."""
    ids = [str(one) for one in visit.form.getlist("id")]
    into = str(visit.form.get("into", ""))
    if not into:
        cases = [get_case(visit, one) for one in ids[:100]]
        if not cases:
            raise UsageError("a merge needs two incidents", do="choose the incidents")
        into = min(cases, key=lambda case: (-case.incident.severity, case.incident.first_ns, case.id)).id
    done = merge_cases(visit, into, [one for one in ids if one != into])
    text = visit.say("incidents.merged", count=len(done.others))
    response = redirect(local_address(str(visit.form.get("back", "")), _path(done.case)))
    return add_toast(response, _offer_undo(text, done))


@router.get("/incidents/{identity}/merge", permission="incidents.decide")
def show_merge(visit: Now, identity: str) -> Response:
    """Show what an incident may be merged with."""
    case = get_case(visit, identity)
    values = {"case": case, "row": make_row(case), "candidates": list_candidates(visit, case), "make_row": make_row}
    return render(visit, "pages/incidents/merge.html", values)


@router.get("/incidents/{identity}/split", permission="incidents.decide")
def show_split(visit: Now, identity: str) -> Response:
    """Show what may be taken out of an incident."""
    case = get_case(visit, identity)
    members = list_alerts(visit, case, limit=MOST_LISTED) if visit.may("alerts.read") else None
    values = {"case": case, "row": make_row(case), "parts": count_parts(case), "members": members}
    return render(visit, "pages/incidents/split.html", values)


@router.post("/incidents/{identity}/split", permission="incidents.decide")
def split(visit: Now, identity: str) -> Response:
    """Take alerts out of an incident; they are an incident of their own from then on."""
    form = visit.form
    part = Part(
        tuple(str(one) for one in form.getlist("alert")),
        *(str(form.get(name, "")) for name in ("source", "destination", "rule")),
    )
    done = split_case(visit, identity, part)
    text = visit.say("incidents.split_done", count=len(done.others))
    return add_toast(redirect(_path(done.case)), _offer_undo(text, done))


@router.post("/incidents/{identity}/undo", permission="incidents.decide")
def undo(visit: Now, identity: str) -> Response:
    """Take merges or splits back."""
    seqs = [str(one) for one in visit.form.getlist("decision")]
    if not all(one.isascii() and one.isdigit() and len(one) < 10 for one in seqs):
        raise UsageError("the form names no decision", do="look at its history again")
    case = undo_decisions(visit, identity, [int(one) for one in seqs])
    response = redirect(_path(case) if case is not None else "/incidents")
    return add_toast(response, Toast(visit.say("incidents.undone")))


@router.get("/incidents/{identity}/alerts", permission="alerts.read")
def show_alerts(visit: Now, identity: str) -> Response:
    """Show the alerts of an incident."""
    case = get_case(visit, identity)
    return _show(visit, case, "alerts", members=list_alerts(visit, case, visit.asked("cursor")))


@router.get("/incidents/{identity}/evidence", permission="alerts.read")
def show_evidence(visit: Now, identity: str) -> Response:
    """Show the records that the alerts of an incident rest on."""
    case = get_case(visit, identity)
    proofs, follows = list_proofs(visit, case, visit.asked("cursor"))
    return _show(visit, case, "evidence", proofs=proofs, follows=follows)


@router.get("/incidents/{identity}/assets", permission="incidents.read")
def show_assets(visit: Now, identity: str) -> Response:
    """Show who the addresses of an incident are."""
    case = get_case(visit, identity)
    return _show(visit, case, "assets", entities=list_entities(visit, case))


@router.get("/incidents/{identity}/history", permission="incidents.read")
def show_history(visit: Now, identity: str) -> Response:
    """Show what was done to an incident."""
    case = get_case(visit, identity)
    return _show(visit, case, "history", steps=list_steps(visit, case), made=list_made(visit, case))


def _show(visit: Visit, case: Case, tab: str, **values: object) -> Response:
    """Show a tab: alone where htmx asks for it, else as a page."""
    given = {"case": case, "row": make_row(case), "tab": tab, **values}
    if visit.is_part:
        return render(visit, f"pages/incidents/tab_{tab}.html", given)
    return render(visit, "pages/incidents/tab.html", given)


def _path(case: Case) -> str:
    return f"/incidents/{quote(case.id, safe='')}"


def _offer_undo(text: str, done: Decided) -> Toast:
    if not done.seqs:
        return Toast(text)
    return Toast(text, f"{_path(done.case)}/undo", urlencode([("decision", seq) for seq in done.seqs]))
