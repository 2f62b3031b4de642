"""Uploads as the API takes them: announced, received piece by piece, finished, given up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CancelScope
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from console.job import Job
from console.refusal import Refused, not_found
from console.upload import OffsetError, Upload
from console.upload_file import Sink
from console.views.captures import check_enterprise
from console.visit import Visit

AT_ONCE = 1 << 20
"""Bytes that are collected before they are written."""


def list_uploads(visit: Visit) -> list[Upload]:
    """List the uploads that the guest may see, the newest first."""
    return visit.services.backstage.uploads.list_uploads(visit.enterprises)


def get_upload(visit: Visit, identity: str) -> Upload:
    """Give one upload with what was received of it; raises Refused (404)."""
    found = visit.services.backstage.uploads.find(identity, visit.enterprises)
    if found is None:
        raise not_found()
    return found


def begin_upload(visit: Visit, name: str, size_bytes: int, enterprise: str, sha256: str) -> Upload:
    """Announce a file."""
    of = check_enterprise(visit, enterprise)
    uploads = visit.services.backstage.uploads
    return uploads.create(visit.actor, name, size_bytes, enterprise=of, sha256=sha256, site=visit.services.site.id)


async def receive(visit: Visit, identity: str, offset: int, pieces: AsyncIterator[bytes]) -> Upload:
    """Write a piece as it comes, from ``offset`` on; what came before its sender went away is kept."""
    await run_in_threadpool(get_upload, visit, identity)
    try:
        async with _appending(visit, identity, offset) as sink:
            held = bytearray()
            async for piece in pieces:
                held += piece
                if len(held) >= AT_ONCE:
                    await run_in_threadpool(sink.write, bytes(held))
                    held.clear()
            await run_in_threadpool(sink.write, bytes(held))
    except OffsetError as error:
        raise Refused(409, reason="offset", headers={"upload-offset": str(error.offset)}) from None
    except ClientDisconnect:
        raise Refused(400) from None  # nobody reads it
    return await run_in_threadpool(get_upload, visit, identity)


@asynccontextmanager
async def _appending(visit: Visit, identity: str, offset: int) -> AsyncIterator[Sink]:
    held = visit.services.backstage.uploads.appending(identity, offset, visit.enterprises)
    sink = await run_in_threadpool(held.__enter__)
    try:
        yield sink
    finally:
        with CancelScope(shield=True):  # the bytes go to the disk also where the request was broken off
            await run_in_threadpool(held.__exit__, None, None, None)


def finish_upload(visit: Visit, identity: str, sha256: str = "", *, is_moved: bool = False) -> Job:
    """Finish a file whose bytes have all come, and ask for its replay; ``is_moved`` so that it ends now."""
    get_upload(visit, identity)
    backstage = visit.services.backstage
    options = {"shift_to_ns": visit.now_ns} if is_moved else {}
    try:
        return backstage.uploads.finish(
            identity, visit.actor, backstage.jobs, visit.enterprises, sha256=sha256, options=options
        )
    except OffsetError as error:
        raise Refused(409, reason="offset", headers={"upload-offset": str(error.offset)}) from None


def drop_upload(visit: Visit, identity: str) -> None:
    """Give up an upload that was not finished; raises Refused (404) for any other."""
    if get_upload(visit, identity).state != "open":
        raise not_found()
    visit.services.backstage.uploads.remove(identity, visit.actor, visit.enterprises)
