"""A stamped file opens everywhere, shows the same pixels, and tells its story back."""

from __future__ import annotations

import io
import struct
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from studio.errors import BadPicture
from studio.images import check_picture, read_stamp, stamp
from studio.images.chunks import png_chunks
from tests.unit.images_data import drawing, pixels, saved, words


def with_clear_colour() -> Image.Image:
    picture = drawing("P")
    picture.info["transparency"] = 0
    return picture


FILES = {
    "png rgb": saved(drawing(), "PNG"),
    "png palette": saved(drawing("P"), "PNG"),
    "png palette clear": saved(with_clear_colour(), "PNG"),
    "png alpha": saved(drawing("RGBA"), "PNG"),
    "png grey": saved(drawing("LA"), "PNG"),
    "jpeg": saved(drawing(), "JPEG"),
    "jpeg progressive": saved(drawing(), "JPEG", progressive=True, comment=b"kept"),
    "jpeg grey": saved(drawing("L"), "JPEG"),
    "webp lossy": saved(drawing(), "WEBP"),
    "webp odd size": saved(drawing(size=(97, 65)), "WEBP"),
    "webp lossless": saved(drawing(), "WEBP", lossless=True),
    "webp lossless alpha": saved(drawing("RGBA"), "WEBP", lossless=True),
    "webp lossy alpha": saved(drawing("RGBA"), "WEBP"),
    "webp with profile": saved(drawing(), "WEBP", icc_profile=b"p" * 131),
}


def stamped(data: bytes, **changes: Any) -> bytes:
    return stamp(data, check_picture(data).media_type, words(**changes))


@pytest.mark.parametrize("name", FILES)
def test_pixels_are_the_same_and_the_words_come_back(name: str) -> None:
    data = FILES[name]
    made = stamped(data)
    assert pixels(made) == pixels(data)
    assert check_picture(made) == check_picture(data)
    assert read_stamp(made) == words().model_dump()
    assert read_stamp(data) is None


@pytest.mark.parametrize("name", FILES)
def test_stamping_again_replaces(name: str) -> None:
    once = stamped(FILES[name])
    assert stamped(once) == once
    again = stamped(once, prompt="another", seed=7)
    assert (read_stamp(again) or {})["prompt"] == "another"
    assert b"second line" not in again
    assert "second line".encode("utf-16-be") not in again


def test_other_png_chunks_stay_as_they_are() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "someone")
    notes.add_text("parameters", "an older tool's words")
    data = saved(drawing(), "PNG", pnginfo=notes, dpi=(72, 72))
    made = stamped(data)

    def others(file: bytes) -> list[bytes]:
        found = (file[start:end] for _, start, end in png_chunks(file))
        return [chunk for chunk in found if chunk[4:8] != b"iTXt" and b"parameters" not in chunk]

    assert others(made) == others(data)
    with Image.open(io.BytesIO(made)) as picture:
        assert picture.info["Author"] == "someone"
        assert picture.info["parameters"].startswith('A "quoted" fox 🦊')


def test_the_readable_text_has_the_shape_other_tools_expect() -> None:
    with Image.open(io.BytesIO(stamped(FILES["png rgb"]))) as picture:
        *_, negative, settings = picture.info["parameters"].split("\n")
    assert negative == "Negative prompt: blurry, ]]> low"
    assert settings == (
        'Steps: 20, CFG scale: 7.5, note: "a: b, c", Seed: 42, Size: 96x64, '
        'Model: "sketch:default", Version: Image Studio'
    )


@pytest.mark.parametrize("name", ["jpeg", "webp lossy", "webp lossless alpha"])
def test_exif_readers_see_prompt_software_and_comment(name: str) -> None:
    with Image.open(io.BytesIO(stamped(FILES[name]))) as picture:
        exif = picture.getexif()
        comment = exif.get_ifd(0x8769)[0x9286]
    assert exif[0x0131] == "Image Studio"
    assert exif[0x010E].encode("latin-1").decode() == words().prompt
    assert comment[:8] == b"UNICODE\0"
    assert comment[8:].decode("utf-16-be").endswith("Version: Image Studio")


def test_earlier_exif_keeps_its_orientation_and_camera() -> None:
    picture = drawing()
    exif = picture.getexif()
    exif[0x0112], exif[0x010F] = 6, "Camera Works"
    for kind in ("JPEG", "WEBP"):
        made = stamped(saved(picture, kind, exif=exif))
        with Image.open(io.BytesIO(made)) as opened:
            assert opened.getexif()[0x0112] == 6
            assert opened.getexif()[0x010F] == "Camera Works"
        assert check_picture(made).width == 64


def test_damaged_earlier_exif_is_replaced() -> None:
    head = b"\xff\xe1" + struct.pack(">H", 40) + b"Exif\0\0" + b"II*\0" + b"\xff" * 28
    data = FILES["jpeg"][:2] + head + FILES["jpeg"][2:]
    assert read_stamp(stamp(data, "image/jpeg", words())) == words().model_dump()


@pytest.mark.parametrize(
    ("generator", "source"),
    [("algorithmic", "algorithmicMedia"), ("trained", "trainedAlgorithmicMedia")],
)
@pytest.mark.parametrize("name", ["png rgb", "jpeg", "webp lossy"])
def test_the_xmp_is_sound_xml_and_says_how_the_picture_was_made(
    name: str, generator: str, source: str
) -> None:
    made = stamped(FILES[name], generator=generator, prompt="a\x00\x1f\ufffe<&]]>\u2028b")
    start, end = made.index(b"<x:xmpmeta"), made.index(b"</x:xmpmeta>")
    tree = ElementTree.fromstring(made[start : end + len(b"</x:xmpmeta>")])  # noqa: S314  our own
    iptc = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
    assert (tree.findtext(f".//{iptc}") or "").endswith(f"/digitalsourcetype/{source}")
    described = tree.findtext(".//{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li")
    assert described == "a<&]]>\u2028b"
    assert (read_stamp(made) or {})["prompt"] == "a\x00\x1f\ufffe<&]]>\u2028b"


@pytest.mark.parametrize("name", ["png rgb", "jpeg", "webp lossy"])
def test_a_very_long_prompt_survives_whole(name: str) -> None:
    prompt = "🦊 " * 5_000
    assert (read_stamp(stamped(FILES[name], prompt=prompt)) or {})["prompt"] == prompt


def test_a_prompt_beyond_what_a_jpeg_can_hold_is_shortened() -> None:
    prompt = "<&🦊" * 20_000
    made = stamped(FILES["jpeg"], prompt=prompt, negative_prompt=prompt)
    found = (read_stamp(made) or {})["prompt"]
    assert prompt.startswith(found)
    assert len(found) >= 4_000
    assert pixels(made) == pixels(FILES["jpeg"])


def test_the_stamp_is_found_after_another_program_rewrote_the_file() -> None:
    with Image.open(io.BytesIO(stamped(FILES["png rgb"]))) as picture:
        xmp = picture.info["xmp"]
        for kind in ("JPEG", "WEBP", "AVIF"):
            assert read_stamp(saved(picture, kind, xmp=xmp)) == words().model_dump()
    renamed = xmp.replace(b"studio:json", b"ns7:json").replace(b":studio=", b":ns7=")
    assert read_stamp(b"any file " + renamed) == words().model_dump()


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("international", [False, True])
def test_the_stamp_is_found_in_any_kind_of_png_text(compressed: bool, international: bool) -> None:
    notes = PngImagePlugin.PngInfo()
    add = notes.add_itxt if international else notes.add_text
    add("image-studio", '{"prompt": "plain"}', zip=compressed)
    assert read_stamp(saved(drawing(), "PNG", pnginfo=notes)) == {"prompt": "plain"}


def test_a_text_that_unpacks_to_far_too_much_is_passed_over() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("image-studio", "{" + " " * 17_000_000 + "}", zip=True)
    assert read_stamp(saved(drawing(), "PNG", pnginfo=notes)) is None


def test_types_without_a_place_stay_untouched() -> None:
    for kind in ("GIF", "AVIF"):
        data = saved(drawing(), kind)
        assert stamped(data) == data


@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg", "image/webp"])
@pytest.mark.parametrize("data", [b"", b"garbage", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF"])
def test_stamping_what_is_no_such_picture_is_our_error(data: bytes, media_type: str) -> None:
    with pytest.raises(BadPicture, match="metadata could not be written"):
        stamp(data, media_type, words())


@given(
    name=st.sampled_from(["png rgb", "jpeg", "webp lossy"]),
    prompt=st.text(max_size=60),
    note=st.text(max_size=30),
)
def test_any_text_comes_back(name: str, prompt: str, note: str) -> None:
    made = stamped(FILES[name], prompt=prompt, params={"note": note})
    found = read_stamp(made)
    assert found is not None
    assert (found["prompt"], found["params"]) == (prompt, {"note": note})


@given(name=st.sampled_from(sorted(FILES)), at=st.integers(0, 10_000), junk=st.binary(max_size=60))
def test_reading_never_raises(name: str, at: int, junk: bytes) -> None:
    made = stamped(FILES[name])
    at %= len(made)
    for data in (junk, made[:at], made[:at] + junk + made[at + len(junk) :]):
        assert read_stamp(data) is None or isinstance(read_stamp(data), dict)
