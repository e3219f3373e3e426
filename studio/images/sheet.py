"""A contact sheet: many pictures on one page with a caption under each."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from studio.errors import BadParameter
from studio.images.check import PILLOW_FAULTS

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
_PAPER, _INK, _MISSING = "#ffffff", "#333333", "#dddddd"
_FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial Unicode.ttf", "Arial.ttf", "arial.ttf")
_MAX_SIDE = 65_500  # a JPEG side ends at 65,535 pixels
_MAX_PIXELS = 120_000_000


def contact_sheet(pictures: Sequence[tuple[bytes, str]], *, columns: int, cell: int) -> bytes:
    """One JPEG that shows all pictures in rows; an unreadable one becomes a grey field.

    Args:
        pictures: File contents (thumbnails are enough) and caption of each, in reading order.
        columns: Pictures side by side, 1 to 50.
        cell: Side of a picture's field in pixels, 32 to 1024.

    Raises:
        BadParameter: no pictures, a number out of range, or more pictures than one page holds.
    """
    if not pictures or not 1 <= columns <= 50 or not 32 <= cell <= 1024:
        raise BadParameter(
            f"A contact sheet of {len(pictures)} pictures in {columns} columns of {cell} pixels "
            "is not possible.",
            "Give at least one picture, 1 to 50 columns and fields of 32 to 1024 pixels.",
        )
    gap, text_height = max(4, cell // 20), max(14, cell // 8)
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    width = gap + columns * (cell + gap)
    height = gap + rows * (cell + text_height + gap)
    if max(width, height) > _MAX_SIDE or width * height > _MAX_PIXELS:
        raise BadParameter(
            f"{len(pictures)} pictures do not fit on one contact sheet.",
            "Use smaller fields, or make several sheets.",
        )
    sheet = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    font, has_letters = _font(text_height * 0.7)
    for index, (data, caption) in enumerate(pictures):
        left = gap + index % columns * (cell + gap)
        top = gap + index // columns * (cell + text_height + gap)
        _place(sheet, data, (left, top), cell)
        line = _fitted(draw, caption if has_letters else _plain(caption), font, cell)
        draw.text((left, top + cell + 2), line, fill=_INK, font=font)
    target = io.BytesIO()
    sheet.save(target, "JPEG", quality=88)
    return target.getvalue()


def _font(size: float) -> tuple[_Font, bool]:
    """A font of the system and True, or Pillow's own and False: that one knows ASCII only."""
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size), True
        except OSError:
            continue
    return ImageFont.load_default(size), False


def _plain(text: str) -> str:
    """Without accents; letters of other scripts become ``?``."""
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text)
        if not unicodedata.combining(letter)
    )
    return bare.encode("ascii", "replace").decode("ascii")


def _place(sheet: Image.Image, data: bytes, corner: tuple[int, int], cell: int) -> None:
    left, top = corner
    try:
        with Image.open(io.BytesIO(data)) as opened:
            opened.draft("RGB", (cell, cell))
            picture = opened.convert("RGBA")
    except (*PILLOW_FAULTS, Image.DecompressionBombError):
        sheet.paste(_MISSING, (left, top, left + cell, top + cell))
        return
    picture.thumbnail((cell, cell), Image.Resampling.LANCZOS)
    offset = (left + (cell - picture.width) // 2, top + (cell - picture.height) // 2)
    sheet.paste(picture, offset, mask=picture)


def _fitted(draw: ImageDraw.ImageDraw, caption: str, font: _Font, width: int) -> str:
    """The caption on one line, with an ellipsis where it is too long."""
    line = " ".join(caption.split())[:200]
    if draw.textlength(line, font=font) <= width:
        return line
    while line and draw.textlength(f"{line}...", font=font) > width:
        line = line[:-1]
    return f"{line.rstrip()}..."
