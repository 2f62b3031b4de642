"""What people ask for on the captures page: a bundled capture read with one click, a capture deleted with all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from console.job import Job
from console.jobs import Jobs
from console.upload_name import clean_name
from correlation.store import Store
from wanglou.audit import Actor
from wanglou.bundled import MANIFEST, captures_folder
from wanglou.errors import UsageError
from wanglou.verification import Expectation, load_expectations


@dataclass(frozen=True, slots=True)
class Bundle:
    """One capture that comes with the product."""

    file: str
    title: Mapping[str, str]
    """By language."""
    enterprise: str
    """Enterprise of the demonstration park that it is of."""
    dataset: str
    """What it shows most of."""
    packets: int
    size_bytes: int
    captures: tuple[str, ...] = ()
    """Identities under which the store has it, of those that may be seen."""


@cache
def _load() -> tuple[Expectation, ...]:
    return tuple(load_expectations(captures_folder() / MANIFEST))


def list_bundles(store: Store, enterprises: frozenset[str] | None = None) -> list[Bundle]:
    """List the bundled captures in the manifest's order, with the captures of the store that were read from them."""
    read: dict[str, list[str]] = {}
    for one in store.captures():
        if enterprises is None or one.record.enterprise in enterprises:
            read.setdefault(one.record.identity[:64], []).append(one.record.identity)
    return [
        Bundle(
            one.path.name, one.title, one.enterprise, one.dataset, one.counts.get("packets", 0),
            one.path.stat().st_size, tuple(read.get(one.sha256, ())),
        )
        for one in _load()
    ]  # fmt: skip


def replay_bundle(
    jobs: Jobs,
    actor: Actor,
    file: str,
    *,
    enterprise: str | None = None,
    shift_to_ns: int | None = None,
    site: str = "",
) -> Job:
    """Ask for the replay of a bundled capture, under its own enterprise unless another is given.

    With ``shift_to_ns`` its times are moved so that it ends then. Raises UsageError for a file that is none of them.
    """
    found = next((one for one in _load() if one.path.name == file), None)
    if found is None:
        raise UsageError("there is no such bundled capture", where=file)
    subject = {"bundled": file, **({} if shift_to_ns is None else {"shift_to_ns": shift_to_ns})}
    of = found.enterprise if enterprise is None else enterprise
    return jobs.add(actor, "replay", subject, file, enterprise=of, site=site)


def delete_capture(
    jobs: Jobs, store: Store, actor: Actor, identity: str, enterprises: frozenset[str] | None = None
) -> Job | None:
    """Ask for a capture to be deleted with all that came from it; None where there is none that may be seen.

    Its records, alerts, what it told of assets, its incidents that nobody worked on, risk and its uploaded file go.
    Incidents that people worked on stay, without alerts; so does the audit.
    """
    found = store.state(identity)
    if found is None or (enterprises is not None and found.record.enterprise not in enterprises):
        return None
    name = clean_name(found.record.name)
    return jobs.add(actor, "delete", {"capture": identity}, name, enterprise=found.record.enterprise)
