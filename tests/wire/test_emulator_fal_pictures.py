"""The emulated fal makes real pictures of the size, kind and price that were asked for."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image

from tests.emulator import FalAccount, FalPrice
from tests.emulator.fal_endpoints import flux
from tests.emulator.pictures import Recipe, draw
from tests.wire.emulator_desk import FLUX, IMAGE_TO_IMAGE, Desk, opened


@pytest.fixture
def desk() -> Iterator[Desk]:
    with opened() as found:
        yield found


@pytest.mark.parametrize(
    ("wish", "size"),
    [
        ({"image_size": "square_hd"}, (1024, 1024)),
        ({"image_size": {"width": 300, "height": 200}}, (300, 200)),
        ({"aspect_ratio": "16:9", "resolution": "0.5K"}, (683, 384)),
        ({"width": 64, "height": 32}, (64, 32)),
        ({}, (96, 72)),
    ],
)
def test_pictures_are_as_large_as_asked(
    desk: Desk, wish: dict[str, object], size: tuple[int, int]
) -> None:
    image = desk.run({"prompt": "size", "output_format": "png"} | wish).json()["images"][0]
    with Image.open(BytesIO(desk.http.get(image["url"]).content)) as picture:
        assert picture.size == (image["width"], image["height"]) == size
        assert picture.format == "PNG"


def test_without_a_small_default_pictures_are_as_large_as_at_fal() -> None:
    with opened(FalAccount(default_size=None)) as desk:
        image = desk.run().json()["images"][0]
        assert (image["width"], image["height"]) == (1024, 768)


def test_the_same_prompt_and_seed_make_the_same_picture() -> None:
    recipe = Recipe("a", 1, 40, 30)
    assert draw(recipe) == draw(Recipe("a", 1, 40, 30))
    assert len({draw(recipe), draw(Recipe("b", 1, 40, 30)), draw(Recipe("a", 2, 40, 30))}) == 3


@pytest.mark.parametrize(
    ("size", "unit", "whole", "units", "micros"),
    [
        ((1024, 1024), "megapixel", True, "1", 10_000),
        ((1025, 1024), "megapixel", True, "2", 20_000),
        ((512, 1024), "megapixel", False, "0.5000", 5_000),
        ((2000, 2000), "image", True, "1", 10_000),
    ],
)
def test_units_and_prices_can_be_set(
    size: tuple[int, int], unit: str, whole: bool, units: str, micros: int
) -> None:
    with opened(FalAccount(whole_megapixels=whole)) as desk:
        desk.world.fal.prices[FLUX] = FalPrice(10_000, unit)
        wish = {"prompt": "x", "image_size": {"width": size[0], "height": size[1]}}
        assert desk.run(wish).headers["x-fal-billable-units"] == units
        assert desk.world.bill.total == micros


@pytest.mark.parametrize(
    ("body", "loc", "kind"),
    [
        ({}, ["body", "prompt"], "missing"),
        ({"prompt": 5}, ["body", "prompt"], "string_type"),
        ({"prompt": "x", "num_images": 9}, ["body", "num_images"], "less_than_equal"),
        ({"prompt": "x", "num_images": "2"}, ["body", "num_images"], "int_type"),
        ({"prompt": "x", "output_format": "tiff"}, ["body", "output_format"], "literal_error"),
        (
            {"prompt": "x", "num_inference_steps": 0},
            ["body", "num_inference_steps"],
            "greater_than_equal",
        ),
        ({"prompt": "x", "image_size": "huge"}, ["body", "image_size"], "literal_error"),
    ],
)
def test_wrong_input_fails_in_the_result_and_is_free(
    desk: Desk, body: dict[str, object], loc: list[str], kind: str
) -> None:
    accepted = desk.submit(body)
    result = desk.finish(accepted)
    assert result.status_code == 422
    found = [item for item in result.json()["detail"] if item["type"] == kind]
    assert found
    assert found[0]["loc"] == loc
    assert {"msg", "url", "input"} <= found[0].keys()
    status = desk.http.get(accepted["status_url"]).json()
    assert status["status"] == "COMPLETED"
    assert status["error"]
    assert status["error_type"] == result.json()["detail"][0]["type"]
    assert "x-fal-billable-units" not in result.headers
    assert desk.world.bill.total == 0


def test_a_picture_made_from_a_picture(desk: Desk) -> None:
    red = BytesIO()
    Image.new("RGB", (20, 20), (255, 0, 0)).save(red, "PNG")
    data = f"data:image/png;base64,{base64.b64encode(red.getvalue()).decode()}"
    own = desk.picture(desk.run())
    files = set()
    for url in (data, own):
        wish = {"prompt": "x", "seed": 1, "image_url": url}
        files.add(desk.http.get(desk.picture(desk.run(wish, IMAGE_TO_IMAGE))).content)
    assert len(files) == 2
    for url, kind in (
        ("https://example.com/a.png", "file_download_error"),
        ("data:image/png;base64,AAAA", "image_load_error"),
    ):
        refused = desk.run({"prompt": "x", "image_url": url}, IMAGE_TO_IMAGE)
        assert refused.status_code == 422
        assert refused.json()["detail"][0]["type"] == kind


def test_pictures_inside_the_answer_stay_out_of_the_history(desk: Desk) -> None:
    url = desk.picture(desk.run({"prompt": "x", "sync_mode": True}))
    assert url.startswith("data:image/jpeg;base64,")
    query = {"endpoint_id": FLUX, "expand": "payloads"}
    (item,) = desk.http.get(f"{desk.platform}/models/requests/by-endpoint", params=query).json()[
        "items"
    ]
    assert "json_output" not in item


def test_bounds_that_exclude_their_value(desk: Desk) -> None:
    document = flux("my/own")
    schema = document["components"]["schemas"]["Input"]["properties"]
    schema["guidance_scale"] = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 5}
    desk.world.fal.endpoints.add("my/own", document)
    for value, kind in ((0, "greater_than"), (5, "less_than")):
        refused = desk.run({"prompt": "x", "guidance_scale": value}, "my/own")
        assert refused.json()["detail"][0]["type"] == kind
    assert desk.run({"prompt": "x", "guidance_scale": 1}, "my/own").status_code == 200


def test_a_model_may_answer_one_image(desk: Desk) -> None:
    document = flux("my/upscaler")
    schemas = document["components"]["schemas"]
    schemas["Output"]["properties"] = {"image": {"$ref": "#/components/schemas/Image"}}
    desk.world.fal.endpoints.add("my/upscaler", document)
    body = desk.run(endpoint="my/upscaler").json()
    assert body.keys() == {"image"}
    assert body["image"]["width"] == 96
