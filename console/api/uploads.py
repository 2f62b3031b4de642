"""The API of uploads: announced with their size, sent in pieces at offsets, finished; they go on where they stopped."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Header
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from console.api.jobs import QUEUE_FULL, Job
from console.api.jobs import describe as describe_job
from console.figures import write_time
from console.problem import MEDIA_TYPE
from console.routing import Api, Now
from console.upload import Upload as StoredUpload
from console.views.uploads import begin_upload, drop_upload, finish_upload, get_upload, list_uploads, receive

router = Api("uploads")
MOST_BYTES = 2**62


def _tell(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


OFFSET: dict[int | str, dict[str, Any]] = {
    409: _tell("The piece does not begin where the last one ended (see Upload-Offset), or somebody else is sending.")
}
ROOM: dict[int | str, dict[str, Any]] = {413: _tell("The request is too large, or there is no room for the upload.")}
FULL: dict[int | str, dict[str, Any]] = {507: _tell("The disk is full; what was received is kept.")}


class NewUpload(BaseModel):
    """A file that is to be sent."""

    name: str = Field(max_length=1_000, description="What people call it.")
    size_bytes: int = Field(ge=1, le=MOST_BYTES)
    enterprise: str = Field("", max_length=64, description="Whose it is; empty: the site file decides by addresses.")
    sha256: str = Field("", pattern="^([0-9a-f]{64})?$", description="Digest that the worker compares.")


class Finish(BaseModel):
    """What is said at the end."""

    sha256: str = Field("", pattern="^([0-9a-f]{64})?$", description="Digest that the worker compares.")
    is_moved: bool = Field(default=False, description="Move its times so that it ends now; the original ones are kept.")


class Upload(BaseModel):
    """One upload."""

    id: str
    name: str
    enterprise: str
    size_bytes: int
    received_bytes: int = Field(description="What has come: the offset to go on from.")
    state: Literal["open", "finished"]
    actor: str
    created: str
    capture: str = Field(description="Identity of the capture it was read as; empty before.")


class Uploads(BaseModel):
    """All uploads."""

    items: list[Upload]
    next: str | None = None


@router.get("/uploads", permission="captures.upload", response_model=Uploads)
def list_them(visit: Now) -> Uploads:
    """List the uploads, the newest first."""
    return Uploads(items=[describe(one) for one in list_uploads(visit)])


@router.post(
    "/uploads", permission="captures.upload", response_model=Upload, status_code=201, responses={**ROOM, **FULL}
)
def begin(visit: Now, new: NewUpload) -> Response:
    """Announce a file; its room is taken from now on."""
    made = begin_upload(visit, new.name, new.size_bytes, new.enterprise, new.sha256)
    address = f"/api/v1/uploads/{made.id}"
    return JSONResponse(describe(made).model_dump(), 201, headers={"location": address})


@router.get("/uploads/{identity}", permission="captures.upload", response_model=Upload)
def get_one(visit: Now, identity: str) -> Upload:
    """Tell how much of a file was received."""
    return describe(get_upload(visit, identity))


@router.patch(
    "/uploads/{identity}",
    permission="captures.upload",
    response_model=Upload,
    responses={**OFFSET, **FULL},
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "The next bytes of the file, at most 64 MiB.",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def send(visit: Now, identity: str, upload_offset: Annotated[int, Header(ge=0, le=MOST_BYTES)]) -> Upload:
    """Send the next piece of a file, from the offset in ``Upload-Offset`` on."""
    return describe(await receive(visit, identity, upload_offset, visit.request.stream()))


@router.post(
    "/uploads/{identity}/finish",
    permission="captures.upload",
    response_model=Job,
    status_code=202,
    responses={**OFFSET, **QUEUE_FULL, **FULL},
)
def finish(visit: Now, identity: str, said: Finish) -> Job:
    """Finish a file whose bytes have all come, and ask for its replay."""
    return describe_job(finish_upload(visit, identity, said.sha256, is_moved=said.is_moved))


@router.delete("/uploads/{identity}", permission="captures.upload", status_code=204)
def drop(visit: Now, identity: str) -> Response:
    """Give up an upload that was not finished."""
    drop_upload(visit, identity)
    return Response(status_code=204)


def describe(upload: StoredUpload) -> Upload:
    """Give an upload as the API does."""
    return Upload(
        id=upload.id,
        name=upload.name,
        enterprise=upload.enterprise,
        size_bytes=upload.size_bytes,
        received_bytes=upload.received_bytes,
        state=upload.state,
        actor=upload.actor,
        created=write_time(upload.created_ns),
        capture=upload.capture,
    )
