"""How large the pictures of a request are, by whatever name the model takes that wish."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import TYPE_CHECKING, Any

from tests.emulator.fal_endpoints import SIZES, resolve
from tests.emulator.pictures import measure

if TYPE_CHECKING:
    from tests.emulator.fal_queue import Fal

_EDGES = {"0.5K": 512, "1K": 1024, "2K": 2048, "4K": 4096}
_MOST = 8192


def size_of(
    fal: Fal, endpoint: str, body: Mapping[str, Any], sources: tuple[bytes, ...]
) -> tuple[int, int]:
    """Width and height in pixels: as asked, else as the account's default, else as at fal."""
    asked = _asked(body)
    if asked is not None:
        return asked
    if fal.account.default_size is not None:
        return fal.account.default_size
    if sources:
        return measure(sources[0])
    document, schema = fal.endpoints.input_schema(endpoint)
    fields = resolve(document, schema).get("properties", {})
    return _asked({name: field.get("default") for name, field in fields.items()}) or (1024, 1024)


def _asked(body: Mapping[str, Any]) -> tuple[int, int] | None:
    size = body.get("image_size")
    if isinstance(size, dict):
        return _whole(size.get("width") or 512, size.get("height") or 512)
    if isinstance(size, str) and size in SIZES:
        return SIZES[size]
    if isinstance(body.get("width"), int) and isinstance(body.get("height"), int):
        return _whole(body["width"], body["height"])
    edge = _EDGES.get(str(body.get("resolution")))
    ratio = _ratio(body.get("aspect_ratio"))
    if ratio is None and edge is None:
        return None
    scale = (edge or 1024) * sqrt(ratio or 1.0)
    return _whole(scale, scale / (ratio or 1.0))


def _ratio(value: Any) -> float | None:
    left, colon, right = str(value).partition(":")
    if not colon or not left.isdecimal() or not right.isdecimal() or "0" in {left, right}:
        return None
    return int(left) / int(right)


def _whole(width: float, height: float) -> tuple[int, int]:
    return min(_MOST, max(1, round(width))), min(_MOST, max(1, round(height)))
