"""Where pictures stand in the answers of models, however odd, and what is none."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.models import Finished
from studio.providers._fal import outputs
from tests.wire.fal_desk import REF, finished

URL = "https://v3.fal.media/files/a.png"
BARE = "https://v3.fal.media/files/a"
DATA = b"\x89PNG\r\n\x1a\n and more"
CODED = base64.b64encode(DATA).decode()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(
        ["images", "image", "url", "content_type", "has_nsfw_concepts", "mask"]), inner),
)  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {"images": [{"url": URL, "content_type": kind}]}
        for kind in (
            "png",
            "PNG",
            "text/plain",
            "image/png; q=1",
            None,
            7,
            "\ud800",
            "image/\ud800",
        )
    ]
    + [
        {"images": None, "image": {"url": URL}},
        {"images": [], "image": {"url": URL}},
        {"images": {}, "image": {"url": URL}},
        {"images": [], "output": {"url": URL}},
        {"images": {"url": URL}},
        {"images": [None, 7, {"url": None}, {"url": URL}]},
        {"image": URL},
        {"mask": {"url": URL, "content_type": "text/plain"}},
        {"mask": {"url": URL, "content_type": "png"}},
    ],
)
def test_a_picture_that_is_there_is_found(body: dict[str, Any]) -> None:
    [picture] = outputs.read(body).pictures
    assert picture.url == URL


def test_one_without_an_ending_is_found_where_pictures_stand() -> None:
    assert outputs.read({"images": [{"url": BARE}]}).pictures[0].url == BARE
    assert not outputs.read({"other": {"url": BARE}}).pictures
    assert not outputs.read({"images": [{"url": BARE, "content_type": "video/mp4"}]}).pictures
    assert not outputs.read({"images": [{"url": f"{BARE}.mp4"}]}).pictures


@pytest.mark.parametrize(
    "url",
    [
        f"data:image/png;base64,{CODED}",
        f"data:image/png;base64,{CODED[:8]}\r\n{CODED[8:]}\n",
        f"data:image/png;base64, {CODED.rstrip('=')}",
        f"DATA:image/PNG;BASE64,{CODED}",
        f"data:image/png;base64,{CODED.replace('+', '%2B').replace('=', '%3D')}",
        f"data:;base64,{CODED}",
    ],
)
def test_a_picture_inside_the_answer(url: str) -> None:
    [picture] = outputs.read({"images": [{"url": url}]}).pictures
    assert picture.data == DATA


@pytest.mark.parametrize("url", ["https://v3.fal.media/\ud800", "data:image/png,\ud800", "\ud800"])
def test_half_a_character_is_no_picture_and_no_crash(url: str) -> None:
    assert not outputs.read({"images": [{"url": url}]}).pictures


@given(JSON)
def test_no_answer_breaks_the_reading(body: object) -> None:
    if isinstance(body, dict):
        for picture in outputs.read(body).pictures:
            assert picture.url or picture.data


def test_black_ones_do_not_come_back_from_elsewhere() -> None:
    body = {"images": [{"url": URL}], "image": {"url": URL}, "has_nsfw_concepts": [True]}
    found = outputs.read(body)
    assert (found.pictures, found.blacked) == ((), 1)


def test_a_picture_of_an_odd_type_is_a_finished_one() -> None:
    body = {"images": None, "image": {"url": BARE, "content_type": "text/plain"}}
    desk = finished(httpx.Response(200, json=body))
    assert isinstance(desk.run(lambda fal, ctx: fal.check(REF, ctx)), Finished)
