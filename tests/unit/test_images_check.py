"""Nothing but a whole picture of a taken type and a sane size passes the check."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import BadPicture
from studio.images import check_picture
from tests.unit.images_data import drawing, png_claiming, saved

FILES = {
    "png": (saved(drawing(), "PNG"), "image/png"),
    "png alpha": (saved(drawing("RGBA"), "PNG"), "image/png"),
    "jpg": (saved(drawing(), "JPEG"), "image/jpeg"),
    "jpg progressive": (saved(drawing(), "JPEG", progressive=True), "image/jpeg"),
    "webp": (saved(drawing(), "WEBP"), "image/webp"),
    "webp lossless": (saved(drawing("RGBA"), "WEBP", lossless=True), "image/webp"),
    "avif": (saved(drawing(), "AVIF"), "image/avif"),
    "gif": (saved(drawing(), "GIF"), "image/gif"),
}
WHOLE = [name for name in FILES if name != "gif"]  # a GIF may lack its closing bytes


@pytest.mark.parametrize("name", FILES)
def test_a_whole_picture_is_described(name: str) -> None:
    data, media_type = FILES[name]
    info = check_picture(data)
    assert (info.media_type, info.width, info.height) == (media_type, 96, 64)
    assert info.extension == name.partition(" ")[0]
    assert info.has_alpha == (name in {"png alpha", "webp lossless"})


@pytest.mark.parametrize("name", WHOLE)
def test_a_picture_cut_anywhere_is_refused(name: str) -> None:
    data, _ = FILES[name]
    for length in range(len(data)):
        with pytest.raises(BadPicture):
            check_picture(data[:length])


def test_a_large_jpeg_cut_in_half_says_that_it_is_cut_off() -> None:
    data = saved(drawing(size=(1024, 1024)), "JPEG", quality=95)
    with pytest.raises(BadPicture, match="cut off or damaged"):
        check_picture(data[: len(data) // 2])


def test_a_changed_byte_in_a_png_is_found() -> None:
    data = bytearray(saved(drawing(), "PNG"))
    data[data.index(b"IDAT") + 20] ^= 0xFF
    with pytest.raises(BadPicture, match="cut off or damaged"):
        check_picture(bytes(data))


@pytest.mark.parametrize(
    ("data", "looks"),
    [
        (b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", r"a web page \(HTML\)"),
        (b"\n  <html>", r"a web page \(HTML\)"),
        (b'{"error": "quota"}', "a JSON document"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b'<?xml version="1.0"?>\n<svg/>', "an SVG drawing"),
        (b"<?xml version='1.0'?><error/>", "an XML document"),
        (b"MZ\x90\x00\x03" + b"\0" * 60, "a Windows program"),
        (b"\x00\x00\x00\x18ftypmp42" + b"\0" * 40, r"a video \(MP4\)"),
        (b"\x1a\x45\xdf\xa3" + b"\0" * 40, "a video"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "a sound"),
        (b"PK\x03\x04" + b"\0" * 40, "a zip archive"),
        (saved(drawing(), "TIFF"), "a TIFF picture"),
        (saved(drawing(), "BMP"), "a BMP picture"),
        (b"rate limit exceeded", "text"),
        (bytes(range(256)), "an unknown file"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, looks: str) -> None:
    with pytest.raises(BadPicture, match=looks) as caught:
        check_picture(data)
    assert caught.value.next_step


def test_nothing_at_all_is_named() -> None:
    with pytest.raises(BadPicture, match="empty"):
        check_picture(b"")


@pytest.mark.parametrize("side", [8_500, 10_000, 60_000])
def test_a_png_that_claims_to_be_huge_is_refused_by_its_header(side: int) -> None:
    with pytest.raises(BadPicture, match="too large to open safely"):
        check_picture(png_claiming(side, side))


def test_a_webp_that_claims_to_be_huge_is_refused_before_it_is_opened() -> None:
    canvas = bytes(4) + (16_382).to_bytes(3, "little") * 2
    chunk = b"VP8X" + struct.pack("<I", len(canvas)) + canvas
    data = b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk
    with pytest.raises(BadPicture, match="16383×16383"):
        check_picture(data)


def test_the_limit_is_the_callers() -> None:
    data = saved(drawing(), "PNG")
    assert check_picture(data, max_pixels=96 * 64).width == 96
    with pytest.raises(BadPicture, match="96×64 pixels"):
        check_picture(data, max_pixels=96 * 64 - 1)


def test_a_turned_photograph_has_the_size_it_is_shown_at() -> None:
    picture = drawing()
    exif = picture.getexif()
    exif[0x0112] = 6
    info = check_picture(saved(picture, "JPEG", exif=exif))
    assert (info.width, info.height) == (64, 96)


def test_the_first_frame_of_an_animation_counts() -> None:
    frames = [drawing(), drawing().rotate(90)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert check_picture(data).media_type == "image/gif"


@given(name=st.sampled_from(sorted(FILES)), at=st.integers(0, 5_000), junk=st.binary(max_size=40))
def test_damage_never_raises_anything_but_our_own_error(name: str, at: int, junk: bytes) -> None:
    data, _ = FILES[name]
    at %= len(data)
    try:
        info = check_picture(data[:at] + junk + data[at + len(junk) :])
    except BadPicture:
        return
    assert info.width * info.height <= 4096 * 4096 * 4
