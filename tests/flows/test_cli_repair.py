"""``studio doctor`` where nothing can be opened, and ``--repair``: it asks, tells and mends."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from studio.container import open_studio, repair
from studio.db import backups
from studio.db import connect as opening
from tests.flows.cli_desk import SMALL, Desk
from tests.flows.small_disk import again_where_it_may_mount, mounted


@pytest.fixture
def used(desk: Desk) -> Desk:
    """A desk at which three pictures were made, with a backup of that."""
    assert desk.studio("run", desk.prompts(3), *SMALL, "--yes").code == 0
    made = backups.make_if_due(desk.data / "studio.db", datetime.now(UTC) + timedelta(hours=2))
    assert made is backups.Made.MADE
    return desk


def garbage(desk: Desk) -> None:
    (desk.data / "studio.db").write_bytes(b"not a database at all " * 999)


def newer(desk: Desk) -> None:
    with closing(sqlite3.connect(desk.data / "studio.db")) as connection:
        connection.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) "
            "values ('studio', '2030_future', '2030-01-01')"
        )
        connection.commit()


def missing(desk: Desk) -> None:
    (desk.data / "studio.db").unlink()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (garbage, "is damaged"),
        (newer, "written by a newer version"),
        (missing, "there are backups of it"),
    ],
)
def test_a_database_that_cannot_be_opened_is_reported(
    used: Desk, spoil: Callable[[Desk], None], words: str
) -> None:
    spoil(used)
    outcome = used.studio("doctor", "--json")
    assert outcome.code == 1
    broken = [check for check in outcome.document["checks"] if check["verdict"] == "error"]
    assert any(words in check["message"] for check in broken)
    assert all(check["fix"] for check in broken)
    assert outcome.document["healthy"] is False
    assert any(line["name"] == "STUDIO_DATA_DIR" for line in outcome.document["settings"])
    plain = used.studio("doctor")
    assert plain.code == 1
    assert words in plain.out


def test_a_locked_database_is_reported(used: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_BUSY_SECONDS", 0.1)
    monkeypatch.setattr(repair, "BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(used.data / "studio.db")) as other:
        other.execute("pragma locking_mode = exclusive")
        other.execute("begin exclusive")
        outcome = used.studio("doctor", "--json")
        assert outcome.code == 1
        assert "Another program holds the database" in outcome.out


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """The folder on a disk that can only be read from now on; what lies in it is there."""
    with ExitStack() as stack:
        kept = folder.with_name("kept")
        shutil.copytree(folder, kept)
        assert stack.enter_context(mounted(folder))
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        yield


def test_a_folder_that_can_only_be_read_is_reported(used: Desk) -> None:
    with mounted(used.folder / "probe") as possible:
        pass
    if possible:
        with read_only(used.data):
            outcome = used.studio("doctor", "--json")
            assert outcome.code == 1
            assert "cannot be written to" in outcome.out
            run = used.studio("run", used.prompts(4, "more.json"), *SMALL, "--yes")
            assert run.code == 1
            assert "cannot be written to" in run.err
            assert "Give this program write access" in run.err
        return
    here = "tests/flows/test_cli_repair.py::test_a_folder_that_can_only_be_read_is_reported"
    if again_where_it_may_mount(here):
        return
    blocked = used.folder / "file"
    blocked.write_text("no folder", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_DATA_DIR", str(blocked))
        assert used.studio("doctor").code == 1


def test_nothing_is_changed_unasked(used: Desk) -> None:
    garbage(used)
    before = (used.data / "studio.db").read_bytes()
    outcome = used.studio("doctor", "--repair")
    assert outcome.code == 2
    assert "--yes" in outcome.err
    assert (used.data / "studio.db").read_bytes() == before
    assert not list(used.data.glob("*damaged*"))


def test_a_damaged_database_is_saved_told_and_kept(used: Desk) -> None:
    garbage(used)
    damaged = (used.data / "studio.db").read_bytes()
    outcome = used.studio("doctor", "--repair", "--yes", "--json")
    assert outcome.code == 0, outcome.err
    told = outcome.document["repair"]
    assert told["how"] == "restored"
    assert told["tables"]["jobs"] == {"kept": 0, "from_backup": 3, "lost": None}
    assert Path(told["damaged"]).read_bytes() == damaged
    assert "The damaged database is kept as" in outcome.err
    assert outcome.document["healthy"] is True
    assert used.rows("select count(*) from assets") == [(3,)]
    assert not (used.data / "repair").exists()


def test_a_lost_database_comes_back(used: Desk) -> None:
    missing(used)
    assert used.studio("batches").code == 1
    assert used.studio("doctor", "--repair", "--yes").code == 0
    assert used.studio("batches").code == 0
    assert used.rows("select count(*) from jobs where state = 'done'") == [(3,)]


def test_each_mend_is_told(used: Desk) -> None:
    with closing(sqlite3.connect(used.data / "studio.db")) as connection:
        connection.execute("update spend set settled = 77, pictures = 9")
        connection.commit()
    (used.data / "pictures" / "mine.txt").write_text("a note", encoding="utf-8")
    found = used.studio("doctor")
    assert found.code == 1
    assert "differ from the ledger" in found.out
    outcome = used.studio("doctor", "--repair", "--yes", "--json")
    assert outcome.code == 0, outcome.err
    assert len(outcome.document["repair"]["mends"]) == 2
    assert "Done: Add the ledger up again." in outcome.err
    assert (used.data / "lost-files" / "pictures" / "mine.txt").read_text("utf-8") == "a note"
    again = used.studio("doctor", "--repair", "--yes", "--json")
    assert again.document["repair"]["mends"] == []
    assert "Everything agrees." in again.err


def test_nobody_repairs_under_a_studio_at_work(used: Desk) -> None:
    with open_studio():
        outcome = used.studio("doctor", "--repair", "--yes")
        assert outcome.code == 2
        assert "Another studio process" in outcome.err


def test_a_sound_installation_needs_nothing(used: Desk) -> None:
    outcome = used.studio("doctor", "--repair")
    assert outcome.code == 0
    assert "Everything agrees." in outcome.err
