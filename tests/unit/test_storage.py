"""Local storage: whole files or none, keys that cannot escape, words for a disk that refuses."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import NotFound, StorageError, UnsafePath
from studio.storage import LocalStorage, safe_name

ESCAPES = [
    "",
    ".",
    "..",
    "../a",
    "a/../../b",
    "a/..",
    "a/./b",
    "/etc/passwd",
    "a//b",
    "a/",
    "\\a",
    "a\\..\\..\\b",
    "C:/a",
    "C:a",
    "//host/share",
    "a\0b",
    "a\nb",
    "a:stream",
    "a/CON",
    "nul.txt",
    "a./b",
    "a /b",
    "a\ud800",
    "a.part",
    "~/x\\y",
]


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "store")


def parts(storage: LocalStorage) -> list[Path]:
    return list(storage.root.rglob("*.part"))


def failing(number: int) -> Callable[..., NoReturn]:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise OSError(number, os.strerror(number))

    return refuse


def test_what_is_put_can_be_read_replaced_and_deleted(storage: LocalStorage) -> None:
    path = storage.put("pictures/a batch/größe_001.png", b"one")
    assert path == storage.path("pictures/a batch/größe_001.png")
    assert path.read_bytes() == b"one"
    storage.put("pictures/a batch/größe_001.png", b"second")
    assert storage.read("pictures/a batch/größe_001.png") == b"second"
    assert storage.size("pictures/a batch/größe_001.png") == 6
    assert storage.exists("pictures/a batch/größe_001.png")
    storage.delete("pictures/a batch/größe_001.png")
    storage.delete("pictures/a batch/größe_001.png")
    assert not storage.exists("pictures/a batch/größe_001.png")
    assert parts(storage) == []


def test_what_is_missing_is_said(storage: LocalStorage) -> None:
    for ask in (storage.read, storage.size):
        with pytest.raises(NotFound, match=r"'a/b\.png'"):
            ask("a/b.png")


@pytest.mark.parametrize("key", ESCAPES)
def test_a_key_that_could_escape_is_refused_everywhere(storage: LocalStorage, key: str) -> None:
    actions: list[Callable[[str], object]] = [
        lambda bad: storage.put(bad, b""),
        storage.read,
        storage.path,
        storage.exists,
        storage.delete,
        storage.size,
    ]
    for action in actions:
        with pytest.raises(UnsafePath):
            action(key)
    assert not storage.root.exists()


@given(st.text(alphabet="a./\\:~\0 C", max_size=12), st.binary(max_size=50))
def test_any_key_is_refused_or_stays_inside(
    tmp_path_factory: pytest.TempPathFactory, key: str, data: bytes
) -> None:
    home = tmp_path_factory.mktemp("home")
    storage = LocalStorage(home / "store")
    try:
        path = storage.put(key, data)
    except (UnsafePath, StorageError):
        assert storage.usage().files == 0
    else:
        assert path.resolve().is_relative_to(storage.root)
        assert storage.read(key) == data
        assert list(storage.keys()) == [key]
    assert [entry.name for entry in home.iterdir()] in ([], ["store"])


@given(st.lists(st.text(max_size=40), min_size=1, max_size=4), st.binary(max_size=200))
def test_names_from_any_text_make_good_keys(
    tmp_path_factory: pytest.TempPathFactory, words: list[str], data: bytes
) -> None:
    storage = LocalStorage(tmp_path_factory.mktemp("store"))
    key = "/".join(safe_name(word) for word in words) + ".png"
    storage.put(key, data)
    assert storage.read(key) == data
    assert list(storage.keys()) == [key]


def test_a_link_that_leads_out_is_refused(storage: LocalStorage, tmp_path: Path) -> None:
    storage.put("a/b.png", b"x")
    outside = tmp_path / "outside"
    outside.mkdir()
    try:
        (storage.root / "way").symlink_to(outside, target_is_directory=True)
    except OSError:  # Windows lets only administrators make links
        return
    with pytest.raises(UnsafePath):
        storage.put("way/out.png", b"x")
    assert list(outside.iterdir()) == []


def test_a_full_disk_is_said_in_numbers_and_leaves_nothing(
    storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.put("a.png", b"old")
    monkeypatch.setattr(os, "fsync", failing(errno.ENOSPC))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1_500_000))
    with pytest.raises(StorageError, match=r"needs 2\.5 MB and 1\.5 MB are free") as caught:
        storage.put("a.png", b"n" * 2_500_000)
    assert "goes on by itself" in caught.value.next_step
    assert parts(storage) == []
    assert storage.read("a.png") == b"old"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EROFS, "read-only"),
        (errno.EACCES, "access is denied"),
        (errno.EPERM, "access is denied"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
@pytest.mark.parametrize("step", ["open", "replace", "mkdir"])
def test_each_refusal_is_said_and_leaves_nothing(
    storage: LocalStorage, monkeypatch: pytest.MonkeyPatch, number: int, words: str, step: str
) -> None:
    target = os if step == "replace" else Path
    with monkeypatch.context() as patch:
        patch.setattr(target, step, failing(number))
        with pytest.raises(StorageError, match=words) as caught:
            storage.put("a/b.png", b"x")
    assert caught.value.next_step
    assert list(storage.keys()) == []
    assert parts(storage) == []


def test_reading_and_deleting_refusals_are_ours(
    storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.put("a.png", b"x")
    for method, action in (
        ("read_bytes", storage.read),
        ("unlink", storage.delete),
        ("stat", storage.size),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(Path, method, failing(errno.EIO))
            with pytest.raises(StorageError, match=os.strerror(errno.EIO)):
                action("a.png")


def test_an_interrupted_write_leaves_the_old_file_and_no_part(
    storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any) -> NoReturn:
        raise KeyboardInterrupt

    storage.put("a.png", b"old")
    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        storage.put("a.png", b"new")
    assert storage.read("a.png") == b"old"
    assert parts(storage) == []


def test_two_writers_of_one_key_do_not_mix(storage: LocalStorage) -> None:
    contents = [bytes([number]) * 200_000 for number in range(16)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda data: storage.put("same/key.png", data), contents))
    assert storage.read("same/key.png") in contents
    assert parts(storage) == []


def test_keys_are_listed_by_prefix_in_order(storage: LocalStorage) -> None:
    for key in ("b/2.png", "a/1.png", "a/10.png", "a/deep/x.png", "ab.png"):
        storage.put(key, b"123")
    assert sorted(storage.keys()) == ["a/1.png", "a/10.png", "a/deep/x.png", "ab.png", "b/2.png"]
    assert list(storage.keys("a/")) == ["a/1.png", "a/10.png", "a/deep/x.png"]
    assert sorted(storage.keys("a")) == ["a/1.png", "a/10.png", "a/deep/x.png", "ab.png"]
    assert list(storage.keys("a/1")) == ["a/1.png", "a/10.png"]
    assert list(storage.keys("none/")) == []
    with pytest.raises(UnsafePath):
        list(storage.keys("../"))


def test_use_is_counted_without_the_unfinished(storage: LocalStorage) -> None:
    assert (storage.usage().files, storage.usage().bytes) == (0, 0)
    storage.put("a/1.png", b"12345")
    storage.put("2.png", b"123")
    (storage.root / "a" / ".left.part").write_bytes(b"half a picture")
    use = storage.usage()
    assert (use.files, use.bytes) == (2, 8)
    assert use.free > 0
    assert sorted(storage.keys()) == ["2.png", "a/1.png"]
    assert storage.clean_parts() == 1
    assert storage.clean_parts() == 0
    assert storage.read("a/1.png") == b"12345"
