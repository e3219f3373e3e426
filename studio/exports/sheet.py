"""Contact sheets: many pictures on one page, captioned."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from studio.errors import BadParameter
from studio.images import contact_sheet as draw
from studio.models import Asset

MOST_PICTURES = 400
"""More would make a page that nobody can print or open."""

_MOST_COLUMNS = 10


def contact_sheet(pictures: Sequence[tuple[Asset, Path]]) -> bytes:
    """One page (JPEG) with all ``pictures`` in a grid that is about square.

    Args:
        pictures: each with a file to draw it from; its thumbnail is enough.

    Raises:
        BadParameter: no picture, or more than fit on a page.
    """
    if not 0 < len(pictures) <= MOST_PICTURES:
        raise BadParameter(
            f"A contact sheet of {len(pictures)} pictures is not possible.",
            f"Choose between 1 and {MOST_PICTURES} pictures.",
        )
    columns = min(_MOST_COLUMNS, math.ceil(math.sqrt(len(pictures))))
    cell = 400 if columns <= 4 else 256
    tiles = [(path.read_bytes(), asset.caption) for asset, path in pictures]
    return draw(tiles, columns=columns, cell=cell)
