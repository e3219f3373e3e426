"""Pictures are decoded with hard limits before anything else touches them."""

from __future__ import annotations

import io
import struct
import zlib
from collections import deque
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from studio.errors import BadPicture
from studio.images.chunks import png_chunks, webp_canvas, webp_chunks
from studio.images.looks import is_broken_picture, looks_like

PILLOW_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
)
"""Everything that Pillow has been seen to raise on damaged files."""

_TYPES = {
    "PNG": ("image/png", "png"),
    "JPEG": ("image/jpeg", "jpg"),
    "MPO": ("image/jpeg", "jpg"),  # a JPEG with more views behind the first
    "WEBP": ("image/webp", "webp"),
    "AVIF": ("image/avif", "avif"),
    "GIF": ("image/gif", "gif"),
}
_FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF")
_TURNED = {5, 6, 7, 8}
"""EXIF orientations that swap width and height."""
_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """What a picture is. Width and height are in pixels, as it is shown (EXIF turns applied)."""

    media_type: str
    width: int
    height: int
    extension: str
    has_alpha: bool


def check_picture(data: bytes, *, max_pixels: int = 4096 * 4096 * 4) -> PictureInfo:
    """Decode a picture and say what it is. Of animations, the first frame counts.

    Args:
        data: The whole file.
        max_pixels: Larger pictures are refused before any memory is set aside for them.

    Raises:
        BadPicture: empty, no picture (the message says what it looks like), of a type that is
            not taken, cut off or damaged, or larger than ``max_pixels``.
    """
    return open_checked(data, max_pixels=max_pixels)[1]


def open_checked(
    data: bytes, *, max_pixels: int = 4096 * 4096 * 4
) -> tuple[Image.Image | None, PictureInfo]:
    """Like :func:`check_picture`, with the decoded pixels where the check made them in full.

    A JPEG is checked at an eighth of its size, so for that the first value is ``None``.
    """
    if not data:
        raise BadPicture("The file is empty.", "Try again: nothing arrived where a picture should.")
    _refuse_large_webp(data, max_pixels)
    image = _open(data)
    _refuse_large(image.size, max_pixels)
    is_jpeg = image.format in {"JPEG", "MPO"}
    try:
        if image.format == "PNG":
            deque(png_chunks(data), maxlen=0)  # verify() overlooks an end that is cut off
            image.verify()  # the checksums of all chunks; leaves the image unusable
            image = _open(data)
        info = _info(image)
        if is_jpeg:
            image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))
        image.load()
    except PILLOW_FAULTS as error:
        raise _damaged() from error
    if is_jpeg:
        image.close()
        return None, info
    return image, info


def orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; 1 (upright) where there is none or the EXIF block is damaged."""
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except (*PILLOW_FAULTS, UserWarning):  # the latter only where warnings are errors
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large("far more pixels than is allowed") from error
    except UnidentifiedImageError as error:
        raise _damaged() if is_broken_picture(data) else _no_picture(data) from error
    except PILLOW_FAULTS as error:
        raise _damaged() from error


def _info(image: Image.Image) -> PictureInfo:
    media_type, extension = _TYPES[image.format or ""]
    width, height = image.size
    if orientation(image) in _TURNED:
        width, height = height, width
    return PictureInfo(media_type, width, height, extension, image.has_transparency_data)


def _refuse_large(size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise _too_large(f"{width}×{height} pixels")


def _refuse_large_webp(data: bytes, max_pixels: int) -> None:
    """Pillow sets memory aside for a WebP as soon as it is opened, so look at its header first."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return
    try:
        for kind, body in webp_chunks(data):
            if canvas := webp_canvas(kind, body):
                _refuse_large(canvas[:2], max_pixels)
    except (ValueError, struct.error) as error:
        raise _damaged() from error


def _too_large(how_large: str) -> BadPicture:
    return BadPicture(
        f"The picture claims {how_large}, which is too large to open safely.",
        "Ask for a smaller size, or scale the picture down first.",
    )


def _no_picture(data: bytes) -> BadPicture:
    return BadPicture(
        f"This is no picture that can be used: it looks like {looks_like(data)}.",
        "Use a PNG, JPEG, WebP, AVIF or GIF file; a web page or JSON is often an error message.",
    )


def _damaged() -> BadPicture:
    return BadPicture(
        "The picture is cut off or damaged.",
        "Try again: the download or upload probably stopped halfway.",
    )
