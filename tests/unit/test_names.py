"""File names: one portable component from any text, and never two alike."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.storage import TakenNames, picture_name, safe_name, unique_name
from studio.storage.names import MAX_NAME_BYTES, is_reserved

wild = st.one_of(
    st.text(max_size=300),
    st.text(alphabet='./\\:*?"<>|~ _-\0\n\t\u202eäé😀\u0301', max_size=60),
    st.sampled_from(
        ["CON", "nul.txt", "COM1", "lpt9.tar.gz", "..", ".", "con .x", "CONIN$", "COM¹"]
    ),
)


def assert_portable(name: str) -> None:
    assert name
    assert PurePosixPath(name).parts == (name,)
    assert PureWindowsPath(name).parts == (name,)
    assert not set(name) & set('<>:"/\\|?* ')
    assert all(unicodedata.category(letter)[0] != "C" for letter in name)
    assert name == unicodedata.normalize("NFC", name)
    assert not name.startswith((".", "-"))
    assert not name.endswith(".")
    assert not is_reserved(name)
    assert len(name.encode()) <= 255


@given(wild, st.integers(1, 120))
def test_any_text_becomes_one_portable_name(text: str, length: int) -> None:
    name = safe_name(text, max_length=length)
    assert_portable(name)
    assert len(name.encode()) <= length


@given(wild)
def test_a_safe_name_is_left_alone(text: str) -> None:
    name = safe_name(text)
    assert safe_name(name) == name


@given(wild, st.integers(0, 99_999), wild, wild, wild)
def test_picture_names_are_portable(
    section: str, number: int, description: str, extension: str, suffix: str
) -> None:
    assert_portable(picture_name(section, number, description, extension, suffix=suffix))


@given(st.lists(st.sampled_from(["a.png", "A.PNG", "a_2.png", "ß.png", "SS.png", "é", "e\u0301"])))
def test_unique_names_never_clash(names: list[str]) -> None:
    taken = TakenNames()
    for name in names:
        new = unique_name(name, taken)
        assert new not in taken
        taken.add(new)
    assert len(taken) == len(names)


@given(wild, st.lists(wild, max_size=5))
def test_unique_names_stay_portable(text: str, others: list[str]) -> None:
    name = safe_name(text)
    taken = {name, *map(safe_name, others)}
    new = unique_name(name, taken)
    assert_portable(new)
    assert new.casefold() not in {other.casefold() for other in taken}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Category Name", "Category_Name"),
        ("  two   spaces\tand\nlines ", "two_spaces_and_lines"),
        ("../../etc/passwd", "etcpasswd"),
        ("..\\..\\windows\\system32", "windowssystem32"),
        ("C:\\boot.ini", "Cboot.ini"),
        ('=HYPERLINK("http://x")', "=HYPERLINK(httpx)"),
        ("<script>alert(1)</script>", "scriptalert(1)script"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("console", "console"),
        ("-rf", "rf"),
        ("Stra\u00dfe bei Nacht", "Straße_bei_Nacht"),
        ("cafe\u0301", "café"),
        ("東京 夜", "東京_夜"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("...", "untitled"),
        ("", "untitled"),
    ],
)
def test_examples(text: str, name: str) -> None:
    assert safe_name(text) == name


def test_the_fallback_is_made_safe_too() -> None:
    assert safe_name("", fallback="my file") == "my_file"
    assert safe_name("?", fallback="..") == "untitled"


def test_cutting_does_not_split_a_letter() -> None:
    assert safe_name("ä" * 50, max_length=21) == "ä" * 10


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("Section", 1, "Description", "png"), "Section_001_Description.png"),
        (("Category Name", 12, "Brief name", ".PNG"), "Category_Name_012_Brief_name.png"),
        (("", 3, "Only words", "jpg"), "Image_003_Only_words.jpg"),
        (("Section", 4, "", "webp"), "Section_004.webp"),
        (("CON", 1234, "", "png"), "CON_1234.png"),
        (("CON.x", 1, "", "png"), "_CON.x_001.png"),
        (("a", 1, "../../etc/passwd", "png"), "a_001_etcpasswd.png"),
        (("a", 1, "b", "../x"), "a_001_b.x"),
        (("a", 1, "b", ""), "a_001_b"),
    ],
)
def test_picture_name_examples(parts: tuple[str, int, str, str], name: str) -> None:
    assert picture_name(*parts) == name


def test_copies_are_told_apart() -> None:
    assert picture_name("S", 1, "D", "png", suffix="2") == "S_001_D_2.png"
    assert unique_name("S_001_D.png", []) == "S_001_D.png"
    assert unique_name("S_001_D.png", ["s_001_d.PNG"]) == "S_001_D_2.png"
    assert unique_name("S.png", {"S.png", "s_2.png"}) == "S_3.png"
    assert unique_name("folder", {"Folder"}) == "folder_2"


def test_a_long_name_makes_room_for_its_number() -> None:
    name = "ä" * 120 + ".png"
    new = unique_name(name, [name])
    assert new.endswith("_2.png")
    assert len(new.encode()) <= MAX_NAME_BYTES


def test_a_container_that_cannot_be_listed_is_asked_as_it_is() -> None:
    class OnlyContains:
        def __contains__(self, name: object) -> bool:
            return name in {"a.png", "a_2.png"}

    assert unique_name("a.png", OnlyContains()) == "a_3.png"
