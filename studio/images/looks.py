"""What bytes look like that are no picture, in words for the person who expected one."""

from __future__ import annotations

_SIGNATURES = (
    (b"%PDF", "a PDF document"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"PK\x03\x04", "a zip archive or office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x1a\x45\xdf\xa3", "a video (WebM or Matroska)"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"BM", "a BMP picture"),
    (b"\x00\x00\x01\x00", "an icon (ICO)"),
    (b"8BPS", "a Photoshop document"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"OggS", "an Ogg sound or video"),
    (b"ID3", "an MP3 sound"),
)
_TEXTS = (
    (("<!doctype html", "<html", "<head", "<body"), "a web page (HTML)"),
    (("<",), "an XML document"),
    (("{", "["), "a JSON document"),
)
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")


def looks_like(data: bytes) -> str:
    """A few words for unusable bytes, such as ``a web page (HTML)`` or ``an unknown file``."""
    for signature, words in _SIGNATURES:
        if data.startswith(signature):
            return words
    if data[4:8] == b"ftyp":
        return "a HEIC picture" if data[8:12] in {b"heic", b"heix", b"mif1"} else "a video (MP4)"
    if data[:4] == b"RIFF":
        return "a sound (WAV)" if data[8:12] == b"WAVE" else "a video (AVI)"
    return _looks_like_text(data)


def is_broken_picture(data: bytes) -> bool:
    """True when the bytes begin as a picture type that we take, though nothing could open it."""
    if data.startswith(_PICTURES):
        return True
    if data[4:8] == b"ftyp" and data[8:12] in {b"avif", b"avis"}:
        return True
    return data[:4] == b"RIFF" and data[8:12] in {b"WEBP", b""}


def _looks_like_text(data: bytes) -> str:
    head = data[:1024]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text"
    if b"\x00" in head:
        return "an unknown file"
    text = head.decode("utf-8-sig", "replace").lstrip().lower()
    for beginnings, words in _TEXTS:
        if text.startswith(beginnings):
            return "an SVG drawing" if words == "an XML document" and "<svg" in text else words
    readable = sum(letter.isprintable() or letter.isspace() for letter in text)
    return "text" if text and readable >= 0.9 * len(text) else "an unknown file"
