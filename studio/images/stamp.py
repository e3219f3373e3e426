"""Metadata inside the picture file: written without touching a pixel, read back from any type."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from html import unescape
from typing import Any

from studio.errors import BadPicture
from studio.images.chunks import (
    JPEG_EXIF,
    JPEG_ROOM,
    JPEG_XMP,
    jpeg_block,
    jpeg_with_blocks,
    png_texts,
    png_with_texts,
    webp_chunks,
    webp_with_blocks,
)
from studio.images.metadata import (
    XMP_NAMESPACE,
    PictureMetadata,
    as_exif,
    as_json,
    as_text,
    as_xmp,
)

_JSON_KEYWORD = "image-studio"
_XMP_KEYWORD = "XML:com.adobe.xmp"
_XMP_START, _XMP_END = b"<x:xmpmeta", b"</x:xmpmeta>"


def stamp(data: bytes, media_type: str, metadata: PictureMetadata) -> bytes:
    """The same picture with the metadata inside. Stamping again replaces the earlier stamp.

    PNG gets text chunks (``parameters``, ``image-studio``, XMP), JPEG and WebP get EXIF and XMP.
    GIF and AVIF files come back unchanged: GIF has no good place, and an AVIF can be stamped
    only while it is being encoded (see :func:`studio.images.encode.encode`).

    Raises:
        BadPicture: the bytes are not of that type.
    """
    try:
        if media_type == "image/png":
            return png_with_texts(data, _png_stamp(metadata))
        if media_type == "image/jpeg":
            exif = as_exif(metadata, jpeg_block(data, JPEG_EXIF), JPEG_ROOM - len(JPEG_EXIF))
            xmp = as_xmp(metadata, JPEG_ROOM - len(JPEG_XMP))
            return jpeg_with_blocks(data, exif, xmp)
        if media_type == "image/webp":
            earlier = next((body for kind, body in webp_chunks(data) if kind == b"EXIF"), b"")
            return webp_with_blocks(data, as_exif(metadata, earlier), as_xmp(metadata))
    except (ValueError, struct.error) as error:
        raise BadPicture(
            f"The metadata could not be written: the file is no sound {media_type!r}.",
            "Keep the original format, or turn off embedding metadata for this batch.",
        ) from error
    return data


def _png_stamp(metadata: PictureMetadata) -> dict[str, str]:
    return {
        "parameters": as_text(metadata),
        _JSON_KEYWORD: as_json(metadata),
        _XMP_KEYWORD: as_xmp(metadata).decode("utf-8"),
    }


def read_stamp(data: bytes) -> dict[str, Any] | None:
    """What :func:`stamp` wrote, or ``None``. Never raises, whatever the bytes are.

    The XMP packet is looked for in the whole file, so a stamp is found in every type and also
    after another program rewrote the file, as long as it kept XMP.
    """
    for text in _candidates(data):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    return None


def _candidates(data: bytes) -> Iterator[str]:
    packets = []
    try:
        for keyword, text in png_texts(data):
            if keyword == _JSON_KEYWORD:
                yield text
            elif keyword == _XMP_KEYWORD:
                packets.append(text)
    except (ValueError, struct.error):
        pass  # no PNG, or a damaged one: the packet may still be found
    start = data.find(_XMP_START)
    if start >= 0 and (end := data.find(_XMP_END, start)) >= 0:
        packets.append(data[start:end].decode("utf-8", "replace"))
    for packet in packets:
        yield from _json_in_xmp(packet)


def _json_in_xmp(packet: str) -> Iterator[str]:
    """Our property, under whatever prefix and in whichever form (element or attribute)."""
    declared = re.search(rf"""xmlns:([\w.-]+)\s*=\s*["']{re.escape(XMP_NAMESPACE)}["']""", packet)
    if declared is None:
        return
    prefix = re.escape(declared[1])
    for pattern in (
        rf"<{prefix}:json\b[^>]*>([^<]*)</{prefix}:json\s*>",
        rf"""{prefix}:json\s*=\s*"([^"<]*)\"""",
        rf"""{prefix}:json\s*=\s*'([^'<]*)'""",
    ):
        if match := re.search(pattern, packet):
            yield unescape(match[1])
