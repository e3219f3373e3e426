"""The pictures in a model's answer: never a video, and none that a safety filter blacked out."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote_to_bytes

import httpx

from studio.models import Output

MOST_ENCODED = 48 * 1024 * 1024
"""Most characters of a picture that comes inside the answer."""
PICTURE_ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif", ".bmp", ".tif", ".tiff"}
FILM_ENDINGS = {".mp4", ".webm", ".mov", ".mkv", ".avi", ".m4v", ".mp3", ".wav", ".glb", ".zip"}
PLACES = ("images", "image")
ANY_TYPE = {"", "application/octet-stream", "binary/octet-stream"}


@dataclass(frozen=True, slots=True)
class Found:
    """What an answer holds."""

    pictures: tuple[Output, ...]
    blacked: int = 0
    """Pictures that the safety filter blacked out, which are left out."""
    promised: bool = False
    """Whether the answer has a place for pictures, be it empty."""


def read(body: Mapping[str, Any]) -> Found:
    """The pictures of a model's answer, in its order."""
    promised = False
    for name in PLACES:
        files = _as_list(body.get(name))
        promised = promised or name in body
        flags = _flags(body.get("has_nsfw_concepts"), len(files))
        kept = [file for file, black in zip(files, flags, strict=True) if not black]
        pictures = tuple(_unique(_pictures(kept, sure=True)))
        if pictures or any(flags):
            return Found(pictures, sum(flags), promised=True)
    others = [value for name, value in body.items() if name not in PLACES]
    files = [file for value in others for file in _as_list(value)]
    return Found(tuple(_unique(_pictures(files, sure=False))), promised=promised)


def _flags(told: object, count: int) -> list[bool]:
    """Which pictures are black; one verdict may stand for all of them."""
    flags = [flag is True for flag in _as_list(told)]
    if len(flags) == 1 or (flags and all(flags)):
        return [flags[0]] * count
    return (flags + [False] * count)[:count]


def _pictures(files: list[Any], *, sure: bool) -> Iterator[Output]:
    for file in files:
        entry = {"url": file} if isinstance(file, str) and sure else file
        if not isinstance(entry, dict) or not isinstance(entry.get("url"), str):
            continue
        output = _output(entry["url"], str(entry.get("content_type") or ""), sure=sure)
        if output is not None:
            yield output


def _output(url: str, media_type: str, *, sure: bool) -> Output | None:
    kind = _kind(media_type)
    if url[:5].lower() == "data:":
        return _inside(url, sure=sure)
    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):  # also halves of a character
        return None
    if address.scheme not in {"http", "https"} or not address.host:
        return None
    ending = PurePosixPath(address.path).suffix.lower()
    if kind.startswith("image/"):
        return Output(url=url, media_type=kind)
    if kind.startswith(("video/", "audio/", "model/")) or ending in FILM_ENDINGS:
        return None
    return Output(url=url) if sure or ending in PICTURE_ENDINGS else None


def _kind(media_type: str) -> str:
    """A media type in its usual form: ``PNG`` is ``image/png``."""
    kind = media_type.partition(";")[0].strip().lower()
    if not kind.isascii() or not kind.isprintable():
        return ""
    return f"image/{kind}" if f".{kind}" in PICTURE_ENDINGS else kind


def _inside(url: str, *, sure: bool) -> Output | None:
    """The picture in a ``data:`` address, be it broken into lines."""
    head, comma, text = url.partition(",")
    kind, *marks = "".join(head[5:].lower().split()).split(";")
    kind = _kind(kind)
    unnamed = sure and kind in ANY_TYPE
    if not comma or not (kind.startswith("image/") or unnamed) or len(text) > MOST_ENCODED:
        return None
    try:
        data = unquote_to_bytes(text)
        if "base64" in marks:
            packed = b"".join(data.split()).rstrip(b"=")
            packed += b"=" * (-len(packed) % 4)
            data = base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        return None
    return Output(data=data, media_type=None if unnamed else kind) if data else None


def _unique(outputs: Iterator[Output]) -> Iterator[Output]:
    seen: set[str] = set()
    for output in outputs:
        if output.url is None or output.url not in seen:
            seen.add(output.url or "")
            yield output


def _as_list(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
