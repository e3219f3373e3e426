"""Other types and small pictures: right size, way up and colours; bytes kept where they fit."""

from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image, ImageCms, ImageOps

from studio.errors import BadParameter, BadPicture
from studio.images import (
    check_picture,
    contact_sheet,
    encode,
    finish_picture,
    read_stamp,
    thumbnail,
)
from studio.images import sheet as sheet_module
from studio.models import PictureFormat
from tests.unit.images_data import drawing, pixels, saved, words

OTHERS = [kind for kind in PictureFormat if kind is not PictureFormat.ORIGINAL]


def reopened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "GIF"])
def test_the_original_keeps_its_bytes(kind: str) -> None:
    data = saved(drawing(), kind)
    info = check_picture(data)
    assert encode(data, info, PictureFormat.ORIGINAL) == (data, info)
    if kind != "GIF":
        assert encode(data, info, PictureFormat(kind.lower()))[0] is data


@pytest.mark.parametrize("target", OTHERS)
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_colour_mode_fits_every_type(mode: str, target: PictureFormat) -> None:
    source = Image.new("I;16", (96, 64), 40_000) if mode == "I;16" else drawing(mode)
    kind = "WEBP" if target is PictureFormat.PNG and mode in {"RGB", "RGBA"} else "PNG"
    data = saved(source, kind)
    made, info = encode(data, check_picture(data), target)
    assert check_picture(made) == info
    assert (info.width, info.height) == (96, 64)
    assert info.has_alpha == (mode in {"LA", "RGBA"} and target is not PictureFormat.JPEG)


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    data = saved(Image.new("I;16", (16, 16), 128 * 256), "PNG")
    with reopened(encode(data, check_picture(data), PictureFormat.JPEG)[0]) as made:
        assert made.convert("L").getpixel((8, 8)) == pytest.approx(128, abs=2)


def test_transparent_becomes_white_in_a_jpeg() -> None:
    data = saved(Image.new("RGBA", (32, 32), (255, 0, 0, 0)), "PNG")
    made, info = encode(data, check_picture(data), PictureFormat.JPEG)
    with reopened(made) as picture:
        assert picture.getpixel((16, 16)) == (255, 255, 255)
    assert not info.has_alpha


def test_a_turned_photograph_is_turned_once() -> None:
    picture = Image.new("RGB", (80, 40), "blue")
    picture.paste("red", (0, 0, 40, 40))
    exif = picture.getexif()
    exif[0x0112] = 6  # shown turned right by a quarter: red is on top
    data = saved(picture, "JPEG", exif=exif)
    small = thumbnail(data)
    for made in (encode(data, check_picture(data), PictureFormat.PNG)[0], small):
        with reopened(made) as shown:
            assert shown.size == (40, 80)
            red, _, blue = shown.convert("RGB").resize((1, 2)).getpixel((0, 0))  # type: ignore[misc]
            assert red > 180
            assert blue < 80
            assert not shown.getexif().get(0x0112)


@pytest.mark.parametrize("turn", range(1, 9))
def test_every_turn_agrees_with_pillows(turn: int) -> None:
    picture = drawing()
    exif = picture.getexif()
    exif[0x0112] = turn
    data = saved(picture, "WEBP", exif=exif, lossless=True)
    with reopened(data) as opened:
        expected = ImageOps.exif_transpose(opened).convert("RGBA").tobytes()
    made, info = encode(data, check_picture(data), PictureFormat.PNG)
    assert pixels(made) == expected
    assert check_picture(made) == info


def test_a_damaged_exif_block_costs_nobody_a_picture() -> None:
    data = saved(drawing(), "WEBP", exif=b"II*\0" + b"\xff" * 28)
    info = check_picture(data)
    assert (info.width, info.height) == (96, 64)
    assert check_picture(encode(data, info, PictureFormat.PNG)[0]).width == 96
    assert check_picture(thumbnail(data)).width == 96


def test_the_colour_profile_stays_and_a_wrong_one_goes() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = saved(drawing(), "PNG", icc_profile=profile)
    with reopened(encode(data, check_picture(data), PictureFormat.WEBP)[0]) as made:
        assert made.info["icc_profile"] == profile
    grey = profile[:16] + b"GRAY" + profile[20:]
    data = saved(drawing("L"), "PNG", icc_profile=grey)
    with reopened(encode(data, check_picture(data), PictureFormat.WEBP)[0]) as made:
        assert not made.info.get("icc_profile")


def test_a_picture_too_wide_for_webp_says_what_to_do() -> None:
    data = saved(Image.new("L", (16_400, 2)), "PNG")
    with pytest.raises(BadPicture, match="16400×2") as caught:
        encode(data, check_picture(data), PictureFormat.WEBP)
    assert "original format" in caught.value.next_step


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1024, 512), (320, 160)),
        ((300, 900), (107, 320)),
        ((100, 50), (100, 50)),
        ((2000, 3), None),
    ],
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_thumbnail_fits_its_side(
    kind: str, size: tuple[int, int], expected: tuple[int, int] | None
) -> None:
    info = check_picture(thumbnail(saved(drawing(size=size), kind)))
    assert info.media_type == "image/webp"
    assert max(info.width, info.height) <= 320
    if expected:
        assert (info.width, info.height) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_a_thumbnail_of_any_mode_keeps_transparency(mode: str) -> None:
    info = check_picture(thumbnail(saved(drawing(mode, (640, 640)), "PNG")))
    assert info.has_alpha == (mode in {"LA", "RGBA"})


def test_a_thumbnail_of_garbage_is_our_error() -> None:
    with pytest.raises(BadPicture):
        thumbnail(b"garbage")


@pytest.mark.parametrize("source", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
@pytest.mark.parametrize("target", list(PictureFormat))
def test_finishing_agrees_with_itself(source: str, target: PictureFormat) -> None:
    data = saved(drawing(size=(400, 200)), source)
    done = finish_picture(data, format=target, metadata=words(width=1, height=1))
    info = check_picture(done.data)
    assert (info.media_type, info.extension) == (done.media_type, done.extension)
    assert (info.width, info.height) == (done.width, done.height) == (400, 200)
    assert hashlib.sha256(done.data).hexdigest() == done.sha256
    assert check_picture(done.thumbnail).width == 320
    found = read_stamp(done.data)
    if source == target.value.upper() == "AVIF" or (
        target is PictureFormat.ORIGINAL and source in {"AVIF", "GIF"}
    ):
        assert found is None
        assert done.data == data
    else:
        assert found == words(width=400, height=200).model_dump()


def test_finishing_without_metadata_changes_no_byte() -> None:
    data = saved(drawing(), "PNG")
    assert finish_picture(data, format=PictureFormat.ORIGINAL, metadata=None).data == data


def test_the_same_input_gives_the_same_file() -> None:
    data = saved(drawing(), "PNG")
    first, second = (
        finish_picture(data, format=PictureFormat.WEBP, metadata=words()) for _ in range(2)
    )
    assert first == second


def test_a_contact_sheet_shows_every_picture_and_survives_a_broken_one() -> None:
    red = saved(Image.new("RGB", (64, 64), "red"), "PNG")
    clear = saved(Image.new("RGBA", (64, 64), (0, 0, 0, 0)), "PNG")
    rows = [(red, "Größe 大"), (b"broken", "no picture"), (clear, "x" * 500)]
    with reopened(contact_sheet(rows, columns=2, cell=64)) as sheet:
        assert sheet.format == "JPEG"
        assert sheet.width == 4 + 2 * (64 + 4)
        middles = [sheet.getpixel(spot) for spot in ((36, 36), (104, 36), (36, 36 + 64 + 14 + 4))]
    for shown, wanted in zip(middles, [(254, 0, 0), (221, 221, 221), (255, 255, 255)], strict=True):
        assert shown == pytest.approx(wanted, abs=6)
    assert pixels(red)  # the inputs are only read


def test_captions_are_drawn_without_any_font_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picture = [(saved(drawing(), "PNG"), "Größe 大")]
    monkeypatch.setattr(sheet_module, "_FONTS", ("no-such-font.ttf",))
    drawn = contact_sheet(picture, columns=1, cell=200)
    assert drawn != contact_sheet([(picture[0][0], "")], columns=1, cell=200)
    assert drawn == contact_sheet([(picture[0][0], "Gro?e ?")], columns=1, cell=200)


@pytest.mark.parametrize(
    ("count", "columns", "cell"),
    [(0, 4, 100), (1, 0, 100), (1, 51, 100), (1, 4, 31), (9000, 1, 64)],
)
def test_an_impossible_contact_sheet_is_refused(count: int, columns: int, cell: int) -> None:
    with pytest.raises(BadParameter):
        contact_sheet([(b"", "")] * count, columns=columns, cell=cell)
