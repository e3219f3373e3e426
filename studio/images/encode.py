"""Pictures in another type, and small ones for lists. What is right already stays byte for byte."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from studio.errors import BadPicture
from studio.images.check import PILLOW_FAULTS, PictureInfo, orientation
from studio.models import PictureFormat

_MEDIA_TYPES = {
    PictureFormat.PNG: ("image/png", "png"),
    PictureFormat.JPEG: ("image/jpeg", "jpg"),
    PictureFormat.WEBP: ("image/webp", "webp"),
    PictureFormat.AVIF: ("image/avif", "avif"),
}
_OPTIONS: dict[PictureFormat, dict[str, Any]] = {
    PictureFormat.PNG: {"optimize": False, "compress_level": 6},
    PictureFormat.JPEG: {"quality": 92, "subsampling": "4:4:4", "optimize": True},
    PictureFormat.WEBP: {"quality": 85, "method": 4},  # method 6 costs twice the time for 3-8 %
    PictureFormat.AVIF: {"quality": 60, "speed": 6},
}
_TURNS = {  # EXIF 2.32 §4.6.5, tag 274
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PNG_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "I;16"}
_PROFILE_SPACES = {b"RGB ": {"RGB", "RGBA", "P"}, b"GRAY": {"1", "L", "LA", "I;16"}}
_THUMBNAIL_OPTIONS: dict[str, Any] = {"quality": 80, "method": 2}  # half the time of method 4


def needs_encoding(info: PictureInfo, format: PictureFormat) -> bool:  # noqa: A002  the field's term
    """False when the picture is kept byte for byte."""
    return format is not PictureFormat.ORIGINAL and _MEDIA_TYPES[format][0] != info.media_type


def encode(
    data: bytes,
    info: PictureInfo,
    format: PictureFormat,  # noqa: A002  the field's term
    *,
    exif: bytes = b"",
    xmp: bytes = b"",
) -> tuple[bytes, PictureInfo]:
    """The picture in the wanted type: upright, with its colour profile, white behind for JPEG.

    Args:
        data: A picture that was checked.
        info: What the check said about it.
        format: The wanted type; ``ORIGINAL`` or the type it has keeps the very bytes.
        exif: An EXIF block to write into a re-encoded picture.
        xmp: An XMP packet to write into a re-encoded picture. Only AVIF needs these two, because
            :func:`studio.images.stamp.stamp` cannot add metadata to it afterwards.

    Raises:
        BadPicture: it cannot be read, or does not fit the type (WebP ends at 16,383 pixels a side).
    """
    if not needs_encoding(info, format):
        return data, info
    try:
        with Image.open(io.BytesIO(data)) as opened:
            image, profile = _upright(opened), opened.info.get("icc_profile")
        image = _suited(image, format)
        options = _OPTIONS[format] | {"icc_profile": _kept_profile(profile, image.mode)}
        if exif:
            options["exif"] = exif
        if xmp:
            options["xmp"] = xmp
        target = io.BytesIO()
        image.save(target, format.value.upper(), **options)
    except PILLOW_FAULTS as error:
        raise BadPicture(
            f"A {info.width}×{info.height} picture could not be saved as {format.value!r}.",
            "Keep the original format, or choose PNG: it takes any size.",
        ) from error
    media_type, extension = _MEDIA_TYPES[format]
    width, height = image.size
    has_alpha = image.has_transparency_data
    return target.getvalue(), PictureInfo(media_type, width, height, extension, has_alpha)


def thumbnail(data: bytes, side: int = 320) -> bytes:
    """A small WebP of a checked picture.

    Args:
        data: The whole file.
        side: Pixels of the longer side at most; smaller pictures are not enlarged.

    Raises:
        BadPicture: it cannot be read.
    """
    try:
        with Image.open(io.BytesIO(data)) as opened:
            opened.draft(None, (side, side))  # a JPEG decodes at a half, quarter or eighth
            return thumbnail_of(opened, side)
    except PILLOW_FAULTS as error:
        raise BadPicture(
            "No thumbnail could be made: the picture is damaged.", "Make the picture again."
        ) from error


def thumbnail_of(opened: Image.Image, side: int = 320) -> bytes:
    """The same from pixels that are decoded already; leaves them as they are."""
    profile = opened.info.get("icc_profile")
    image = _suited(opened, PictureFormat.WEBP)
    if image is opened:
        image = opened.copy()
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=1.5)
    image = _upright(image)
    options = _THUMBNAIL_OPTIONS | {"icc_profile": _kept_profile(profile, image.mode)}
    target = io.BytesIO()
    image.save(target, "WEBP", **options)
    return target.getvalue()


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF orientation says, and without the EXIF block."""
    image.load()
    turn = _TURNS.get(orientation(image))
    upright = image if turn is None else image.transpose(turn)
    upright.info.pop("exif", None)
    return upright


def _suited(image: Image.Image, format: PictureFormat) -> Image.Image:  # noqa: A002  the field's term
    """In a colour mode that the type can hold without surprises."""
    if format is PictureFormat.PNG and image.mode in _PNG_MODES:
        return image
    if image.mode.startswith("I") or image.mode == "F":
        image = _eight_bits(image)
    if image.has_transparency_data:
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        return _on_white(image) if format is PictureFormat.JPEG else image
    if image.mode == "L" and format is PictureFormat.JPEG:
        return image
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit grey as 8-bit grey: scaled, where a plain conversion would clip to white."""
    return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")


def _on_white(image: Image.Image) -> Image.Image:
    flat = Image.new("RGB", image.size, "white")
    flat.paste(image, mask=image.getchannel("A"))
    return flat


def _kept_profile(profile: bytes | None, mode: str) -> bytes | None:
    """The colour profile, unless it speaks of another colour space than the picture now has."""
    if profile and mode in _PROFILE_SPACES.get(profile[16:20], set()):
        return profile
    return None
