"""Whether the server is up, for uptime monitors: no secrets, no counts."""

from __future__ import annotations

from fastapi import APIRouter

from studio.container import runtime

router = APIRouter(prefix="/v1", tags=["health"])


@router.get("/health")
def health() -> dict[str, str]:
    """``{"status": "ok"}`` when the database answers."""
    studio = runtime()
    studio.batches.latest()
    return {"status": "ok", "version": studio.health.version()}
