"""From the bytes a generator gave to a finished picture, as one pure function for a worker."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from studio.images.check import open_checked
from studio.images.encode import encode, needs_encoding, thumbnail, thumbnail_of
from studio.images.metadata import PictureMetadata, as_exif, as_xmp
from studio.images.stamp import stamp
from studio.models import PictureFormat


@dataclass(frozen=True, slots=True)
class FinishedPicture:
    """A picture ready to be stored, and its thumbnail (WebP). Width and height in pixels."""

    data: bytes
    media_type: str
    extension: str
    width: int
    height: int
    sha256: str
    """Of ``data``, in hexadecimal."""
    thumbnail: bytes


def finish_picture(
    data: bytes,
    *,
    format: PictureFormat,  # noqa: A002  the field's term
    metadata: PictureMetadata | None,
) -> FinishedPicture:
    """Check, re-encode if asked, stamp, hash, and make a thumbnail. Touches nothing outside.

    Args:
        data: What came from the generator.
        format: How the picture is to be kept.
        metadata: What to write into the file; ``None`` leaves the file as it is. Its width and
            height are replaced by the picture's real ones.

    Raises:
        BadPicture: it is no usable picture, or does not fit the format.
    """
    image, info = open_checked(data)
    if image is None:
        small = thumbnail(data)
    else:
        with image:
            small = thumbnail_of(image)
    if metadata is not None:
        metadata = metadata.model_copy(update={"width": info.width, "height": info.height})
    exif = xmp = b""
    if metadata is not None and format is PictureFormat.AVIF and needs_encoding(info, format):
        exif, xmp = as_exif(metadata), as_xmp(metadata)
    kept, info = encode(data, info, format, exif=exif, xmp=xmp)
    if metadata is not None:
        kept = stamp(kept, info.media_type, metadata)
    return FinishedPicture(
        data=kept,
        media_type=info.media_type,
        extension=info.extension,
        width=info.width,
        height=info.height,
        sha256=hashlib.sha256(kept).hexdigest(),
        thumbnail=small,
    )
