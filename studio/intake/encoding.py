"""From the bytes of an uploaded file to its text: signatures, byte order marks, encodings."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from charset_normalizer import from_bytes

from studio.errors import BadFile

_BOMS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 with a byte order mark"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)

_SURE = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF87a", "a GIF picture"),
    (b"GIF89a", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file (.xls, .doc)"),
    (b"\x7fELF", "a program"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!\x1a", "a RAR archive"),
    (b"SQLite format 3\x00", "a database"),
    (b"{\\rtf", "a rich text document"),
)
"""Beginnings that no prompt file has."""

_LIKELY = (
    (b"MZ", "a program"),
    (b"RIFF", "a WebP picture, sound or video"),
    (b"BM", "a BMP picture"),
    (b"ID3", "a sound file"),
)
"""Beginnings that a text could have too: asked only about bytes that are no text."""

_WEB_PAGE = re.compile(r"\s*(<!doctype html|<html|<\?xml|<svg)", re.IGNORECASE)
_SAVE_AS = "Save the table as .csv (UTF-8), .xlsx, .json or .yaml and upload that."
_SAMPLE = 65_536


class Decoded(NamedTuple):
    """A text and what its encoding is called; ``sure`` is False where it was guessed."""

    text: str
    label: str
    sure: bool


def refuse_binary(data: bytes, name: str) -> None:
    """Stop at bytes whose first few tell that they are no prompt file.

    Raises:
        BadFile: the bytes begin like a picture, an archive, a program …
    """
    for start, what in _SURE:
        if data.startswith(start):
            raise _not_text(name, what)


def decode(data: bytes, name: str) -> Decoded:
    """The text of a file: UTF-8, UTF-16 or -32, Windows-1252, or a best guess.

    Raises:
        BadFile: the bytes are no text, or in no encoding that can be told.
    """
    for bom, codec, label in _BOMS:
        if data.startswith(bom):
            return Decoded(_strictly(data[len(bom) :], codec, label, name), label, sure=True)
    if b"\0" in data:
        return _without_bom(data, name)
    try:
        return _checked(Decoded(data.decode("utf-8"), "UTF-8", sure=True), name)
    except UnicodeDecodeError as error:
        return _checked(_legacy(data, error, name), name)


def _checked(decoded: Decoded, name: str) -> Decoded:
    if _WEB_PAGE.match(decoded.text[:200]):
        raise BadFile(
            f"{name!r} is a web page or XML document, not a table of prompts.",
            "Download the table itself (in Google Sheets: File, Download, .csv) and upload that.",
        )
    return decoded


def _strictly(data: bytes, codec: str, label: str, name: str) -> str:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        raise BadFile(
            f"{name!r} begins like {label} but is damaged at byte {error.start:,}.",
            "Open it in your spreadsheet program and save it again as CSV UTF-8.",
        ) from error
    if "\0" in text:
        raise _not_text(name, _guess_kind(data))
    return text


def _without_bom(data: bytes, name: str) -> Decoded:
    """UTF-16 without a mark shows as zero bytes; so does everything that is no text."""
    texts = []
    for codec in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        ascii_share = sum(1 for char in text[:_SAMPLE] if " " <= char <= "~" or char in "\r\n\t")
        if "\0" not in text and ascii_share:
            texts.append((ascii_share, text))
    if not texts:
        raise _not_text(name, _guess_kind(data))
    share, text = max(texts)
    if share < len(text[:_SAMPLE]) // 50:
        raise _not_text(name, _guess_kind(data))
    return Decoded(text, "UTF-16 without a byte order mark", sure=True)


def _legacy(data: bytes, error: UnicodeDecodeError, name: str) -> Decoded:
    _refuse_damaged_utf8(data, error, name)
    controls = sum(data.count(bytes([code])) for code in range(32) if code not in (9, 10, 12, 13))
    if controls * 20 > len(data):
        raise _not_text(name, _guess_kind(data))
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        text = ""
    if text and _reads_as_western(text):
        return Decoded(text, "Windows-1252", sure=True)
    best = from_bytes(data[:_SAMPLE]).best()
    if best is not None:
        try:
            return Decoded(data.decode(best.encoding), best.encoding, sure=False)
        except UnicodeDecodeError:
            pass
    if text:
        return Decoded(text, "Windows-1252", sure=False)
    raise BadFile(
        f"The letters in {name!r} are in no encoding that can be told.",
        "Open it in your spreadsheet program and save it again as CSV UTF-8.",
    )


def _refuse_damaged_utf8(data: bytes, error: UnicodeDecodeError, name: str) -> None:
    """Mostly good UTF-8 with a few bad bytes: reading it as anything else would spoil it all."""
    good = len(re.findall(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xf4][\x80-\xbf]{2,3}", data))
    bad = data.decode("utf-8", errors="replace").count("\ufffd")
    if good > 2 * bad:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadFile(
            f"{name!r} mixes encodings: line {line:,} holds a byte that is not UTF-8.",
            "Retype the odd character in that line and save the file as CSV UTF-8.",
        ) from error


def _reads_as_western(text: str) -> bool:
    """Western texts have few letters beyond ASCII, and rarely three of them in a row."""
    accented = sum(1 for char in text if char.isalpha() and char > "\x7f")
    runs = len(re.findall(r"[^\x00-\x7f–—‘’“”…€•]{3,}", text))
    return accented * 4 <= len(text) and runs * 20 <= max(len(text), 20)


def _guess_kind(data: bytes) -> str:
    for start, what in _LIKELY:
        if data.startswith(start):
            return what
    return "binary data"


def _not_text(name: str, what: str) -> BadFile:
    return BadFile(f"{name!r} is {what}, not a table of prompts.", _SAVE_AS)
