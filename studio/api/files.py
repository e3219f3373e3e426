"""Thumbnails and pictures, with names that never change content, so browsers keep them for ever."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse

from studio.api.guards import open_pages
from studio.container import Studio

FOREVER = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
}

router = APIRouter(prefix="/v1", tags=["files"])
Guarded = Annotated[Studio, Depends(open_pages)]


@router.get("/thumbs/{sha256}.webp")
def thumbnail(sha256: str, studio: Guarded) -> FileResponse:
    """A thumbnail, by the SHA-256 of its picture."""
    return FileResponse(studio.gallery.thumbnail(sha256), media_type="image/webp", headers=FOREVER)


@router.get("/files/{asset_id}/{name}")
def picture(asset_id: str, name: str, studio: Guarded, download: bool = False) -> FileResponse:
    """A picture in full. ``name`` is for people; the id decides."""
    asset = studio.gallery.asset(asset_id)
    return FileResponse(
        studio.gallery.file(asset_id),
        media_type=asset.media_type,
        filename=asset.file_name,
        content_disposition_type="attachment" if download else "inline",
        headers=FOREVER,
    )
