"""The drawing engine: the same request the same picture, and every request a different one."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.catalog import load_cards
from studio.providers._sketch import lexicon
from studio.providers._sketch.draw import draw_picture
from studio.providers._sketch.palette import NAMES
from studio.providers._sketch.scenes import SCENES

Pixels = npt.NDArray[np.float64]
PROMPT = "A lighthouse above the sea with a sailboat, soft light"


def draw(
    prompt: str = PROMPT,
    size: tuple[int, int] = (160, 160),
    *,
    seed: int = 7,
    negative: str | None = None,
    **params: Any,
) -> Pixels:
    """A drawn picture as numbers 0..255."""
    with Image.open(io.BytesIO(draw_picture(prompt, negative, *size, seed, params))) as picture:
        assert picture.format == "PNG"
        assert picture.size == size
        return np.asarray(picture.convert("RGB"), dtype=np.float64)


def difference(one: Pixels, other: Pixels) -> float:
    """Mean absolute difference, 0..255."""
    return float(np.abs(one - other).mean())


def test_equal_requests_give_equal_bytes() -> None:
    first = draw_picture(PROMPT, None, 160, 120, 7, {"style": "oil"})
    assert draw_picture(PROMPT, None, 160, 120, 7, {"style": "oil"}) == first


def test_a_fresh_process_gives_the_same_bytes() -> None:
    code = (
        "import hashlib; from studio.providers._sketch.draw import draw_picture; "
        f"print(hashlib.sha256(draw_picture({PROMPT!r}, None, 96, 96, 7, {{}})).hexdigest())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
        ).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert len(runs[0].strip()) == 64


@pytest.mark.parametrize("composition", lexicon.COMPOSITIONS)
def test_another_seed_is_visibly_another_picture(composition: str) -> None:
    one, other = (draw("a quiet picture", seed=seed, composition=composition) for seed in (1, 2))
    assert difference(one, other) > 3


def test_two_prompts_are_never_equal() -> None:
    prompts = [PROMPT, PROMPT + " x", PROMPT.upper(), "", " ", "x", "y", "猫", "🦊", "x y", "y x"]
    assert len({draw_picture(prompt, None, 96, 96, 7, {}) for prompt in prompts}) == len(prompts)


def test_colour_words_colour_the_picture() -> None:
    warm = draw("rolling hills, warm sunset orange").mean(axis=(0, 1))
    cold = draw("rolling hills, icy blue winter").mean(axis=(0, 1))
    assert warm[0] - warm[2] > cold[0] - cold[2] + 40


@pytest.mark.parametrize(
    "size", [(64, 64), (4096, 512), (512, 4096), (1920, 1080), (1024, 1024), (65, 97)]
)
def test_sizes_are_exact(size: tuple[int, int]) -> None:
    assert draw(size=size).shape == (size[1], size[0], 3)


@pytest.mark.parametrize("style", lexicon.STYLES)
@pytest.mark.parametrize("composition", ["landscape", "portrait", "product", "abstract"])
def test_every_style_draws_and_differs_from_soft(style: str, composition: str) -> None:
    drawn = draw("a calm picture", (96, 96), style=style, composition=composition)
    assert drawn.std() > 4
    if style != "soft":
        plain = draw("a calm picture", (96, 96), style="soft", composition=composition)
        assert difference(drawn, plain) > 1


@pytest.mark.parametrize("composition", lexicon.COMPOSITIONS)
def test_every_composition_has_a_scene_of_its_own(composition: str) -> None:
    assert composition in SCENES
    wide = draw("a calm picture", (192, 64), composition=composition)
    assert wide.std() > 4


def test_detail_changes_the_picture() -> None:
    few, many = (draw("a city skyline", detail=detail) for detail in (0, 1))
    assert difference(few, many) > 2


def test_a_negative_prompt_takes_things_away() -> None:
    with_boat = draw("calm ocean, sailboat", composition="sea")
    without = draw("calm ocean, sailboat", negative="sailboat", composition="sea")
    assert difference(with_boat, without) > 1


def test_the_form_offers_what_the_engine_knows() -> None:
    fields = {field.name: field for field in load_cards("sketch")[0].fields}
    assert tuple(fields["style"].choices) == ("auto", *lexicon.STYLES)
    assert tuple(fields["composition"].choices) == ("auto", *lexicon.COMPOSITIONS)
    assert tuple(fields["palette"].choices) == ("auto", *NAMES)


@settings(max_examples=25)
@given(
    prompt=st.text(max_size=80),
    negative=st.none() | st.text(max_size=20),
    seed=st.integers(0, 2**64 - 1),
    size=st.tuples(st.integers(64, 96), st.integers(64, 96)),
)
def test_any_text_gives_a_picture(
    prompt: str, negative: str | None, seed: int, size: tuple[int, int]
) -> None:
    assert draw(prompt, size, seed=seed, negative=negative).shape == (size[1], size[0], 3)


@settings(max_examples=25)
@given(words=st.lists(st.sampled_from(" ".join(lexicon.SUBJECTS.values()).split()), max_size=6))
def test_any_mix_of_known_words_gives_a_picture(words: list[str]) -> None:
    assert draw(" ".join(words), (64, 80)).shape == (80, 64, 3)
