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
from tests.wire.fal_desk import HERE, REST, Desk, a_call, finished

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


# what fal repeats or names ------------------------------------------------------------------


def test_the_key_in_an_event_is_hidden() -> None:
    desk = finished(httpx.Response(500, json={"detail": ""}))
    event = f'data: {{"status": "COMPLETED", "error": "no right for {desk.key}"}}\n\n'
    desk.on("GET", f"{HERE}/status/stream", httpx.Response(200, content=event.encode()))
    fault = desk.fault(lambda fal, ctx: fal.wait({"request_id": "x"} | _ref(), 5.0, ctx))
    assert "5555" not in fault.model_dump_json()


def _ref() -> dict[str, Any]:
    return {"status_url": f"{HERE}/status", "response_url": HERE, "endpoint": "fal-ai/flux/dev"}


@pytest.mark.parametrize(
    "place",
    [
        "http://169.254.169.254/latest", "https://169.254.169.254/latest", "https://127.0.0.1/x",
        "https://127.1/x", "https://10.0.0.7/x", "https://[::1]/x", "https://localhost/x",
        "https://router.local/x", "https://intranet/x", "http://storage.example.com/x", "file:///x",
        "https://[::ffff:127.0.0.1]/x",
    ],
)  # fmt: skip
def test_a_picture_goes_to_no_private_place(place: str) -> None:
    told = {"upload_url": place, "file_url": "https://v3.fal.media/a.png"}
    desk = Desk().on("POST", f"{REST}/storage/upload/initiate", httpx.Response(200, json=told))
    fault = desk.fault(lambda fal, ctx: fal.prepare(a_call(references=(DATA,)), ctx))
    assert fault.charged == "no"
    assert desk.sent("PUT") == []


def test_a_picture_goes_to_public_places_and_to_what_the_settings_name() -> None:
    for place in ("https://storage.googleapis.com/x", "http://127.0.0.1:9000/x"):
        told = {"upload_url": place, "file_url": "https://v3.fal.media/a.png"}
        desk = Desk(bases={"rest": "http://127.0.0.1:9000"})
        start = "http://127.0.0.1:9000/storage/upload/initiate"
        desk.on("POST", start, httpx.Response(200, json=told))
        desk.on("PUT", place, httpx.Response(200))
        call = desk.run(lambda fal, ctx: fal.prepare(a_call(references=(DATA,)), ctx))
        assert call.prepared["images"] == ["https://v3.fal.media/a.png"]


def test_a_picture_of_an_odd_type_is_a_finished_one() -> None:
    body = {"images": None, "image": {"url": BARE, "content_type": "text/plain"}}
    desk = finished(httpx.Response(200, json=body))
    assert isinstance(
        desk.run(lambda fal, ctx: fal.check(_ref() | {"request_id": "x"}, ctx)), Finished
    )
