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
    for name in ("images", "image"):
        if name in body:
            files = _as_list(body[name])
            flags = _flags(body.get("has_nsfw_concepts"), len(files))
            kept = [file for file, black in zip(files, flags, strict=True) if not black]
            return Found(tuple(_unique(_pictures(kept, sure=True))), sum(flags), promised=True)
    files = [file for value in body.values() for file in _as_list(value)]
    return Found(tuple(_unique(_pictures(files, sure=False))))


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
    if url.startswith("data:"):
        return _inside(url)
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        return None
    if address.scheme not in {"http", "https"} or not address.host:
        return None
    kind = media_type.partition(";")[0].strip().lower()
    ending = PurePosixPath(address.path).suffix.lower()
    if kind.startswith("image/"):
        return Output(url=url, media_type=kind)
    if kind not in ANY_TYPE or ending in FILM_ENDINGS:
        return None
    return Output(url=url) if sure or ending in PICTURE_ENDINGS else None


def _inside(url: str) -> Output | None:
    """The picture in a ``data:`` address."""
    head, comma, text = url.partition(",")
    kind, *marks = head.removeprefix("data:").split(";")
    if not comma or not kind.startswith("image/") or len(text) > MOST_ENCODED:
        return None
    try:
        coded = "base64" in marks
        data = base64.b64decode(text, validate=True) if coded else unquote_to_bytes(text)
    except (binascii.Error, ValueError):
        return None
    return Output(data=data, media_type=kind) if data else None


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
