"""Pictures made in memory for the tests of this folder, small but with structure."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image

from studio.images import PictureMetadata


def drawing(mode: str = "RGB", size: tuple[int, int] = (96, 64)) -> Image.Image:
    """A gradient with a hard edge, so that a decoder's mistakes would show."""
    red = Image.linear_gradient("L").resize(size)
    picture = Image.merge("RGB", (red, red.rotate(180), Image.new("L", size, 90)))
    picture.paste("orange", (8, 8, size[0] // 2, size[1] // 2))
    if mode in {"RGBA", "LA"}:
        picture = picture.convert("RGBA")
        picture.putalpha(Image.radial_gradient("L").resize(size))
    return picture.convert(mode)


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as a file of that kind."""
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def pixels(data: bytes) -> bytes:
    """All pixels, palette and transparency resolved, for exact comparison."""
    with Image.open(io.BytesIO(data)) as picture:
        return picture.convert("RGBA").tobytes()


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims a size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


def words(**changes: Any) -> PictureMetadata:
    """Metadata with everything that is awkward to write down."""
    values: dict[str, Any] = {
        "prompt": 'A "quoted" fox 🦊 & <dog>, it\'s {fine}\nsecond line, größe',
        "negative_prompt": "blurry, ]]> low",
        "model": "sketch:default",
        "seed": 42,
        "width": 96,
        "height": 64,
        "params": {"steps": 20, "guidance_scale": 7.5, "note": "a: b, c", "off": None},
        "batch_id": "b_1",
        "job_id": "j_1",
        "created_at": "2026-11-21T12:00:00+00:00",
        "generator": "algorithmic",
    }
    return PictureMetadata(**(values | changes))
