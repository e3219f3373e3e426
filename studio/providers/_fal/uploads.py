"""Bringing pictures to fal: each once, by its content."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from datetime import datetime

from studio.models import Fault, FaultKind, ProviderFault
from studio.providers._fal.errors import free_fault
from studio.providers._fal.wire import Wire
from studio.providers._http import LONG, NoReply, Reply, encode, exchange

REMEMBERED = 3600.0
"""Seconds for which an uploaded picture is used again."""
MOST_REMEMBERED = 512
MOST_BYTES = 100 * 1024 * 1024
"""What fal takes in one piece."""
DOING = "a picture was uploaded"
_GRANT = "storage/auth/token?storage_type=fal-cdn-v3"
_INITIATE = "storage/upload/initiate?storage_type=gcs"
_HEADS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
}


class Uploads:
    """Addresses of pictures at fal, by account and content."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._under_way: dict[str, asyncio.Event] = {}

    async def address_of(self, picture: bytes, wire: Wire) -> str:
        """Where fal finds a picture; it is uploaded where that is not known.

        Raises:
            ProviderFault: it cannot be uploaded; nothing was charged.
        """
        mark = hashlib.sha256(picture)
        mark.update((wire.key or "").encode())
        name = mark.hexdigest()
        while name in self._under_way:  # the same picture of another job
            await self._under_way[name].wait()
        until, address = self._known.get(name, (0.0, ""))
        if address and wire.ctx.clock.monotonic() < until:
            self._known.move_to_end(name)
            return address
        done = self._under_way[name] = asyncio.Event()
        try:
            address = await _upload(picture, wire)
        finally:
            del self._under_way[name]
            done.set()
        self._known[name] = (wire.ctx.clock.monotonic() + REMEMBERED, address)
        while len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
        return address


def media_type_of(picture: bytes) -> str:
    """The type of a picture by its first bytes."""
    for head, kind in _HEADS.items():
        if picture.startswith(head):
            return kind
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return "image/webp"
    if picture[4:12] in {b"ftypavif", b"ftypavis"}:
        return "image/avif"
    return "application/octet-stream"


async def _upload(picture: bytes, wire: Wire) -> str:
    if len(picture) > MOST_BYTES:
        raise ProviderFault(
            Fault(
                kind=FaultKind.BAD_REQUEST,
                message="The picture to start from is larger than 100 MB.",
                hint="Use a smaller picture.",
            )
        )
    kind = media_type_of(picture)
    file = f"picture.{kind.partition('/')[2]}" if kind.startswith("image/") else "picture.bin"
    address = await _to_store(picture, kind, file, wire)
    return address or await _to_bucket(picture, kind, file, wire)


async def _to_store(picture: bytes, kind: str, file: str, wire: Wire) -> str | None:
    """The usual way, with a token; ``None`` where it does not work just now."""
    try:
        told = await wire.ask("POST", wire.address("rest", _GRANT), content=b"{}")
        grant = told.fields() or {}
        base, token = grant.get("base_url"), grant.get("token")
        if not told.good or not isinstance(base, str) or not isinstance(token, str):
            return None
        if not wire.is_store(base):
            return None
        headers = {
            "Authorization": f"{grant.get('token_type') or 'Bearer'} {token}",
            "Accept": "application/json",
            "Content-Type": kind,
            "X-Fal-File-Name": file,
        }
        url = f"{base.rstrip('/')}/files/upload"
        reply = await exchange(
            wire.ctx.client, "POST", url, headers=headers, content=picture, seconds=LONG
        )
    except (NoReply, ValueError):
        return None
    return _address(reply, "access_url")


async def _to_bucket(picture: bytes, kind: str, file: str, wire: Wire) -> str:
    """The other way, in two steps.

    Raises:
        ProviderFault: this does not work either.
    """
    now = wire.ctx.clock.now()
    wish = encode({"file_name": file, "content_type": kind})
    try:
        told = await wire.ask("POST", wire.address("rest", _INITIATE), content=wish)
        target, address = _address(told, "upload_url"), _address(told, "file_url")
        if not told.good or target is None or address is None:
            raise ProviderFault(_failed(told, now))
        if not wire.may_upload_to(target):
            raise ProviderFault(_strange())
        headers = {"Content-Type": kind}
        reply = await exchange(
            wire.ctx.client, "PUT", target, headers=headers, content=picture, seconds=LONG
        )
    except NoReply as error:
        raise ProviderFault(
            Fault(
                kind=FaultKind.UNAVAILABLE,
                retry=True,
                message=f"A picture could not be uploaded to fal ({error.reason}).",
                hint="Check the internet connection; it is tried again by itself.",
            )
        ) from error
    if not reply.good:
        raise ProviderFault(_failed(reply, now))
    return address


def _failed(reply: Reply, now: datetime) -> Fault:
    return free_fault(reply, DOING, now)


def _strange() -> Fault:
    return Fault(
        kind=FaultKind.UNAVAILABLE,
        message="fal named a place for the picture that is not on the public internet.",
        hint="Something on the way may have changed its answer: check the network, then retry.",
    )


def _address(reply: Reply, name: str) -> str | None:
    told = (reply.fields() or {}).get(name) if reply.good else None
    return told if isinstance(told, str) and told.startswith(("https://", "http://")) else None
