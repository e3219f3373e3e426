"""What fal answers is trusted with neither the key nor a picture: words and places are checked."""

from __future__ import annotations

import httpx
import pytest

from tests.fakes import png
from tests.wire.fal_desk import HERE, REF, REST, Desk, a_call, finished

DATA = png()


def test_the_key_in_an_event_is_hidden() -> None:
    desk = finished(httpx.Response(500, json={"detail": ""}))
    event = f'data: {{"status": "COMPLETED", "error": "no right for {desk.key}"}}\n\n'
    desk.on("GET", f"{HERE}/status/stream", httpx.Response(200, content=event.encode()))
    fault = desk.fault(lambda fal, ctx: fal.wait(REF, 5.0, ctx))
    assert "5555" not in fault.model_dump_json()


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


def test_the_key_in_a_header_is_hidden() -> None:
    headers = {"x-fal-error-type": Desk().key or ""}
    desk = finished(httpx.Response(422, json={"detail": "No"}, headers=headers))
    desk.fault(lambda fal, ctx: fal.check(REF, ctx))
