"""Pictures to start from: read, simplified, recoloured and drawn again in another style."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from studio.models import Fault, FaultKind, ProviderFault
from studio.providers._sketch.canvas import FLAT, Canvas, Patch
from studio.providers._sketch.colour import light, lightness, mix, ramp, saturate
from studio.providers._sketch.finish import finish
from studio.providers._sketch.noise import Array, blur, normalise, smoothstep, to_image


def redraw(c: Canvas, data: bytes, strength: float) -> None:
    """Fill the canvas with another picture's composition, drawn in this one's style.

    Args:
        c: The canvas; finished when this returns.
        data: The picture, as bytes.
        strength: How far it is changed: 0 leaves it as it is, 1 keeps its shapes alone.

    Raises:
        ProviderFault: the bytes are no picture.
    """
    start = read_picture(data, c.w, c.h)
    part = float(np.clip(strength, 0, 1)) ** 0.6
    shapes = _simplified(c, start)
    painted = _recoloured(c, shapes, part)
    if c.style in FLAT or c.lined or c.style == "watercolour":
        _in_layers(c, painted)
    else:
        c.rgb[:] = painted
    finish(c)
    c.rgb[:] = start + (c.rgb - start) * np.float32(part)


def read_picture(data: bytes, width: int, height: int) -> Array:
    """A picture cut to fill ``width`` × ``height``, as values 0..1.

    Raises:
        ProviderFault: the bytes are no picture.
    """
    try:
        with Image.open(io.BytesIO(data)) as opened:
            upright = ImageOps.exif_transpose(opened)
            flat = Image.new("RGB", upright.size, "white")
            clear = upright.convert("RGBA")
            flat.paste(clear, mask=clear.getchannel("A"))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise ProviderFault(
            Fault(
                kind=FaultKind.BAD_REQUEST,
                message="The picture to start from cannot be read.",
                hint="Use a PNG, JPEG or WebP picture.",
            )
        ) from error
    fitted = ImageOps.fit(flat, (width, height), Image.Resampling.LANCZOS)
    return np.asarray(fitted, dtype=np.float32) / 255


def _simplified(c: Canvas, start: Array) -> Array:
    """The picture with its small things melted into larger shapes; detail keeps more of them."""
    span = int(3 + (1 - c.brief.detail) * 6)
    small = to_image(start)
    scale = min(1.0, 420 / max(small.size))
    size = (max(8, round(small.width * scale)), max(8, round(small.height * scale)))
    calm = small.resize(size, Image.Resampling.BOX).filter(ImageFilter.ModeFilter(span | 1))
    calm = calm.filter(ImageFilter.MedianFilter(3)).filter(ImageFilter.GaussianBlur(0.8))
    wide = np.asarray(calm.resize((c.w, c.h), Image.Resampling.BICUBIC), dtype=np.float32) / 255
    if c.style in FLAT or c.lined:
        return wide
    return wide + (start - wide) * np.float32(0.25 + 0.45 * c.brief.detail)


def _recoloured(c: Canvas, picture: Array, part: float) -> Array:
    """Its lights and darks, told in the palette; a rest of its own hues stays."""
    pal = c.pal
    darkest = mix(pal.ink, pal.land[2], 0.4)
    tones = sorted(
        [darkest, pal.land[2], pal.land[1], *pal.accents[:3], pal.sky[2], pal.sky[3]], key=light
    )
    tones = [*tones, mix(pal.sun, pal.paper, 0.4)]
    level = normalise(lightness(picture))
    mapped = ramp(tones, level * (0.72 if pal.dark else 1.0))
    own = saturate(picture, 1.1)
    return np.clip(own + (mapped - own) * np.float32(0.35 + 0.45 * part), 0, 1)


def _in_layers(c: Canvas, picture: Array) -> None:
    """Lay the picture down as sheets, from the lightest to the darkest, each in its mean colour."""
    level = normalise(lightness(picture))
    count = 5 if c.style in {"minimal", "papercut"} else 7
    edges = np.quantile(level, np.linspace(0, 1, count + 1))
    soft = max(0.012, 1.5 / c.u)
    c.rgb[:] = _mean(picture, level >= edges[-2], c.pal.paper)
    for index in range(count - 1, 0, -1):
        within = (level < edges[index]) & (level >= edges[index - 1])
        tone = _mean(picture, within, c.pal.ink)
        mask = smoothstep(-soft, soft, float(edges[index]) - level)
        if not c.lined:
            mask = blur(mask, c.u * 0.0015)
        c.fill(Patch(0, 0, mask), tone, lift=0.8)
    if c.style != "papercut":
        c.rgb += (picture - c.rgb) * np.float32(0.35)


def _mean(picture: Array, where: np.typing.NDArray[np.bool_], other: Array) -> Array:
    """The mean colour of a part of a picture; ``other`` where the part is empty."""
    return np.asarray(picture[where].mean(axis=0)) if where.any() else other
