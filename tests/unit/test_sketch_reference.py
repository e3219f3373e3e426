"""Pictures to start from: what is kept, what changes, and what is refused."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from studio.models import FaultKind, ProviderFault
from studio.providers._sketch import lexicon
from studio.providers._sketch.draw import draw_picture

SIZE = (144, 112)


def a_picture(mode: str = "RGB", size: tuple[int, int] = (200, 200), kind: str = "PNG") -> bytes:
    """A dark disc on a light ground."""
    across = np.linspace(-1, 1, size[0])[None, :]
    down = np.linspace(-1, 1, size[1])[:, None]
    disc = np.hypot(across, down) < 0.5
    pixels = np.where(disc[..., None], (40, 30, 90), (240, 200, 150)).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(out, kind)
    return out.getvalue()


def redraw(prompt: str = "watercolour", strength: float = 0.6, **params: object) -> np.ndarray:
    """The picture drawn again, as numbers 0..255."""
    data = draw_picture(prompt, None, *SIZE, 3, {"strength": strength, **params}, a_picture())
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == SIZE
        return np.asarray(picture.convert("RGB"), dtype=np.float64)


def fitted() -> np.ndarray:
    """The picture as it would be, unchanged, in the asked size."""
    with Image.open(io.BytesIO(a_picture())) as picture:
        wide = picture.resize((144, 144)).crop((0, 16, 144, 128))
        return np.asarray(wide, dtype=np.float64)


@pytest.mark.parametrize("style", lexicon.STYLES)
def test_every_style_keeps_the_composition_and_changes_the_rest(style: str) -> None:
    drawn = redraw("a picture", 0.6, style=style)
    assert np.abs(drawn - fitted()).mean() > 4
    middle, corner = drawn[46:66, 62:82].mean(), drawn[20:34, 20:34].mean()
    assert abs(middle - corner) > 12


def test_strength_says_how_far_it_is_changed() -> None:
    changes = [np.abs(redraw("oil", strength) - fitted()).mean() for strength in (0, 0.3, 1)]
    assert changes[0] < 3
    assert changes[0] < changes[1] < changes[2]


def test_without_the_picture_another_one_is_drawn() -> None:
    with_it = draw_picture("a fox", None, 96, 96, 3, {}, a_picture())
    assert with_it != draw_picture("a fox", None, 96, 96, 3, {})
    assert with_it == draw_picture("a fox", None, 96, 96, 3, {}, a_picture())


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("RGBA", "PNG"), ("L", "PNG"), ("P", "GIF"), ("CMYK", "JPEG"), ("RGB", "WEBP"), ("1", "PNG")],
)
def test_any_kind_of_picture_will_do(mode: str, kind: str) -> None:
    start = a_picture(mode, (37, 90), kind)
    with Image.open(io.BytesIO(draw_picture("ink", None, 80, 64, 1, {}, start))) as picture:
        assert picture.size == (80, 64)


@pytest.mark.parametrize("data", [b"no picture", a_picture()[:60]])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ProviderFault) as caught:
        draw_picture("ink", None, 64, 64, 1, {}, data)
    assert caught.value.fault.kind is FaultKind.BAD_REQUEST
    assert "PNG" in (caught.value.fault.hint or "")
