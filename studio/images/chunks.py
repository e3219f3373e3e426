"""The three containers PNG, JPEG and WebP as byte blocks: add text and metadata, touch no pixel.

Sources: PNG third edition §11.3.3 (text chunks), XMP part 3 (where packets live), JPEG ITU-T T.81
annex B (segments), WebP container specification (VP8X flags and chunk order).
Every walker raises ``ValueError`` or ``struct.error`` on bytes that are no such container.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_EXIF = b"Exif\x00\x00"
JPEG_XMP = b"http://ns.adobe.com/xap/1.0/\x00"
JPEG_LONG_XMP = b"http://ns.adobe.com/xmp/extension/\x00"
JPEG_ROOM = 65_533
"""Bytes that one JPEG segment can carry."""

_MAX_TEXT = 16 * 1024 * 1024
_WEBP_ALPHA, _WEBP_EXIF, _WEBP_XMP = 0x10, 0x08, 0x04


def png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end (length field to checksum) of each chunk."""
    if not data.startswith(PNG_SIGNATURE):
        raise ValueError("no PNG signature")
    position = len(PNG_SIGNATURE)
    while position < len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise ValueError("a PNG chunk is cut off")
        yield kind, position, end
        if kind == b"IEND":
            return
        position = end
    raise ValueError("the PNG has no end")


def png_texts(data: bytes) -> Iterator[tuple[str, str]]:
    """Keyword and text of each readable text chunk, compressed or not."""
    for kind, start, end in png_chunks(data):
        if kind not in {b"tEXt", b"zTXt", b"iTXt"}:
            continue
        keyword, _, rest = data[start + 8 : end - 4].partition(b"\x00")
        try:
            text = _png_text(kind, rest)
        except (ValueError, zlib.error):
            continue
        yield keyword.decode("latin-1"), text


def _png_text(kind: bytes, rest: bytes) -> str:
    if kind == b"tEXt":
        return rest.decode("latin-1")
    if kind == b"zTXt":
        return _inflate(rest[1:]).decode("latin-1")
    compressed, body = rest[:1] == b"\x01", rest[2:]
    body = body.partition(b"\x00")[2].partition(b"\x00")[2]  # language tag, translated keyword
    return (_inflate(body) if compressed else body).decode("utf-8")


def _inflate(body: bytes) -> bytes:
    inflater = zlib.decompressobj()
    text = inflater.decompress(body, _MAX_TEXT)
    if inflater.unconsumed_tail:
        raise ValueError("a compressed text is larger than any real one")
    return text


def png_with_texts(data: bytes, texts: Mapping[str, str]) -> bytes:
    """The PNG with these international text chunks after its header, in place of older ones."""
    chunks = list(png_chunks(data))
    if not chunks or chunks[0][0] != b"IHDR":
        raise ValueError("the PNG has no header")
    keywords = {keyword.encode("latin-1") for keyword in texts}
    header_end = chunks[0][2]
    parts = [data[:header_end], *(_itxt(keyword, text) for keyword, text in texts.items())]
    for kind, start, end in chunks[1:]:
        is_text = kind in {b"tEXt", b"zTXt", b"iTXt"}
        if not is_text or data[start + 8 : end - 4].partition(b"\x00")[0] not in keywords:
            parts.append(data[start:end])
    parts.append(data[chunks[-1][2] :])
    return b"".join(parts)


def _itxt(keyword: str, text: str) -> bytes:
    body = keyword.encode("latin-1") + b"\x00\x00\x00\x00\x00"
    body += text.replace("\x00", "").encode("utf-8", "replace")
    checksum = zlib.crc32(body, zlib.crc32(b"iTXt"))
    return struct.pack(">I4s", len(body), b"iTXt") + body + struct.pack(">I", checksum)


def jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment before the compressed picture.

    The last one is the start-of-scan marker with everything that follows it.
    """
    if not data.startswith(b"\xff\xd8"):
        raise ValueError("no JPEG signature")
    position = 2
    while True:
        start = position
        while data[position : position + 2] == b"\xff\xff":
            position += 1  # fill bytes are legal before a marker
        mark, marker, length = struct.unpack_from(">BBH", data, position)
        if mark != 0xFF or length < 2:
            raise ValueError("a JPEG segment is damaged")
        if marker == 0xDA:
            yield marker, start, len(data)
            return
        end = position + 2 + length
        if end > len(data):
            raise ValueError("a JPEG segment is cut off")
        yield marker, start, end
        position = end


def jpeg_block(data: bytes, head: bytes) -> bytes:
    """What follows ``head`` in the first APP1 segment that begins with it; empty without one."""
    for marker, start, end in jpeg_segments(data):
        body = data[start:end].lstrip(b"\xff")[3:] if marker == 0xE1 else b""
        if body.startswith(head):
            return body[len(head) :]
    return b""


def jpeg_with_blocks(data: bytes, exif: bytes, xmp: bytes) -> bytes:
    """The JPEG with these EXIF and XMP blocks in place of older ones; all else byte for byte."""
    ours = [_app1(JPEG_EXIF + exif), _app1(JPEG_XMP + xmp)]
    front: list[bytes] = [data[:2]]
    rest: list[bytes] = []
    for marker, start, end in jpeg_segments(data):
        segment = data[start:end]
        if marker == 0xE1:
            body = segment.lstrip(b"\xff")[3:]
            if body.startswith((JPEG_EXIF, JPEG_XMP, JPEG_LONG_XMP)):
                continue
        target = front if marker == 0xE0 and not rest else rest  # JFIF has to stay first
        target.append(segment)
    return b"".join([*front, *ours, *rest])


def _app1(body: bytes) -> bytes:
    if len(body) > JPEG_ROOM:
        raise ValueError("too large for one JPEG segment")
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each chunk of the WebP container."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise ValueError("no WebP signature")
    stop = min(len(data), 8 + struct.unpack_from("<I", data, 4)[0])
    position = 12
    while position + 8 <= stop:
        kind, length = struct.unpack_from("<4sI", data, position)
        if position + 8 + length > stop:
            raise ValueError("a WebP chunk is cut off")
        yield kind, data[position + 8 : position + 8 + length]
        position += 8 + length + length % 2


def webp_canvas(kind: bytes, body: bytes) -> tuple[int, int, bool] | None:
    """Width, height and alpha as the chunk's header claims; ``None`` for other chunks."""
    if kind == b"VP8X" and len(body) >= 10:
        width, height = (int.from_bytes(body[i : i + 3], "little") + 1 for i in (4, 7))
        return width, height, bool(body[0] & _WEBP_ALPHA)
    if kind == b"VP8 " and len(body) >= 10 and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF, False
    if kind == b"VP8L" and len(body) >= 5 and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1)
    return None


def webp_with_blocks(data: bytes, exif: bytes, xmp: bytes) -> bytes:
    """The WebP with these EXIF and XMP chunks; gains the extended header where it has none."""
    chunks = [item for item in webp_chunks(data) if item[0] not in {b"EXIF", b"XMP "}]
    if not chunks or (canvas := webp_canvas(*chunks[0])) is None:
        raise ValueError("the WebP has no header")
    if chunks[0][0] == b"VP8X":
        head = chunks.pop(0)[1]
    else:
        width, height, alpha = canvas
        sides = b"".join((side - 1).to_bytes(3, "little") for side in (width, height))
        head = bytes([_WEBP_ALPHA if alpha else 0, 0, 0, 0]) + sides
    head = bytes([head[0] | _WEBP_EXIF | _WEBP_XMP]) + head[1:]
    chunks = [(b"VP8X", head), *chunks, (b"EXIF", exif), (b"XMP ", xmp)]
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(block)) + block + b"\x00" * (len(block) % 2)
        for kind, block in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body
