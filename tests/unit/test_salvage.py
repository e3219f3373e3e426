"""A damaged database is saved as far as it can be read, and no picture is ever paid for twice."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from studio.container import Studio, repair
from studio.db import Store, backups, care
from studio.models import AssetFilter, BatchState, JobState
from studio.settings import load_settings
from tests.fakes import CENT, FakeProvider, png
from tests.studio_fixture import QuickClock, finish, open_with, plan_of, wait_until

PAGE = 4096
PICTURES = 12


@pytest.fixture
def fake() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def path(fake: FakeProvider) -> Path:
    """A database with one batch that is done, and no backup."""
    with open_with(fake) as studio:
        finish(studio, studio.batches.start(plan_of(studio, PICTURES)))
        return studio.parts.store.path


def back_up(path: Path) -> None:
    """A backup of this moment, made as if tomorrow so that it is due."""
    made = backups.make_if_due(path, datetime.now(UTC) + timedelta(hours=2))
    assert made is backups.Made.MADE


def rescue() -> repair.Rescue:
    settings = load_settings()
    with repair.alone_with(settings):
        return repair.rescue(settings)


def mend(studio: Studio) -> list[str]:
    steps, _ = repair.mends(studio)
    return [step.do() for step in steps]


def spoil(path: Path, *pages: int, seed: int = 0) -> None:
    """Overwrite pages; the first is 0."""
    noise = random.Random(seed)  # noqa: S311
    with path.open("rb+") as file:
        for page in pages:
            file.seek(page * PAGE)
            file.write(noise.randbytes(PAGE))


def pages_of(path: Path, *names: str) -> list[int]:
    """All pages of some tables and indexes."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            rows = connection.execute("select name, pageno from dbstat").fetchall()
        except sqlite3.OperationalError:  # this SQLite has no such table: the roots alone
            rows = [
                (name, root)
                for name, root in connection.execute("select name, rootpage from sqlite_master")
            ]
    return [page - 1 for name, page in rows if name in names]


def ask(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def check(path: Path) -> None:
    """It is sound, its links hold, and its sums agree."""
    with closing(Store(path)) as store:
        assert store.read(lambda tx: care.problems(tx, thorough=True)) == []
        assert store.read(care.disagreements) == []


@pytest.mark.parametrize("seed", range(6))
def test_whatever_pages_are_lost_a_fresh_backup_completes_them(path: Path, seed: int) -> None:
    back_up(path)
    before = ask(path, "select * from ledger order by id")
    jobs = ask(path, "select id, state, cost from jobs order by id")
    count = path.stat().st_size // PAGE
    noise = random.Random(seed)  # noqa: S311
    spoil(path, *noise.sample(range(count), noise.choice([1, 3, count // 3])), seed=seed)
    done = rescue()
    check(path)
    assert ask(path, "select * from ledger order by id") == before
    assert ask(path, "select id, state, cost from jobs order by id") == jobs
    assert ask(path, "select count(*) from assets") == [(PICTURES,)]
    assert done.kept is not None
    assert done.kept.exists(), "the damaged file is evidence"


def test_a_lost_first_page_costs_nothing_even_without_a_backup(path: Path) -> None:
    spoil(path, 0)
    done = rescue()
    check(path)
    assert done.salvaged.backup is None
    assert ask(path, "select count(*), sum(cost) from jobs where state = 'done'") == [
        (PICTURES, PICTURES * CENT)
    ]


def test_lost_indexes_are_built_again(path: Path) -> None:
    spoil(path, *pages_of(path, "assets_live", "jobs_by_hash"))
    done = rescue()
    check(path)
    assert done.salvaged.how in {"reindexed", "salvaged"}
    assert ask(path, "select count(*) from jobs") == [(PICTURES,)]
    assert ask(path, "select sum(settled) from ledger") == [(PICTURES * CENT,)]


def test_lost_jobs_are_made_again_from_what_others_tell_of_them(path: Path) -> None:
    """No backup at all: ledger, pictures and events still name them."""
    before = ask(path, "select * from ledger order by id")
    spoil(path, *pages_of(path, "jobs"))
    done = rescue()
    check(path)
    assert done.salvaged.doubts.rebuilt > 0
    assert ask(path, "select * from ledger order by id") == before
    assert ask(path, "select count(*) from jobs where state = 'done'") == [(PICTURES,)]


def test_lost_rows_of_pictures_are_found_by_their_files(path: Path) -> None:
    spoil(path, *pages_of(path, "assets"))
    rescue()
    with open_with() as studio:
        mend(studio)
        assert studio.gallery.page(AssetFilter()).total == PICTURES
        assert repair.mends(studio) == ([], [])
    check(path)
    assert ask(path, "select sum(settled) from ledger") == [(PICTURES * CENT,)]


def test_without_anything_to_read_the_pictures_tell_of_themselves(path: Path) -> None:
    path.write_bytes(b"this is no database" * 400)
    done = rescue()
    assert done.salvaged.how == "begun anew"
    assert done.kept is not None
    assert done.kept.read_bytes().startswith(b"this is no database")
    with open_with() as studio:
        mend(studio)
        pictures = studio.gallery.page(AssetFilter())
        assert pictures.total == PICTURES
        assert {asset.prompt for asset in pictures.items} == {"a red boat on a calm lake at dawn"}
        (status,) = studio.batches.list()
        assert (status.counts.done, status.batch.title) == (PICTURES, "Test")
        sources = {entry.source for entry in studio.costs.ledger(limit=99)}
        assert sources == {"price unknown"}, "unknown is not nothing"
    check(path)


def half_done(fake: FakeProvider) -> tuple[Path, str]:
    """A backup of a batch of which half waits; then the rest is made, and the file destroyed."""
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, PICTURES, workers=1))
        wait_until(studio, batch_id, lambda status: status.counts.done >= 3)
        studio.batches.pause(batch_id)
        wait_until(studio, batch_id, lambda status: not status.counts.in_flight)
        path = studio.parts.store.path
        back_up(path)
        studio.batches.resume(batch_id)
        finish(studio, batch_id)
    return path, batch_id


def test_an_old_backup_never_sends_again_what_was_made_since(fake: FakeProvider) -> None:
    path, batch_id = half_done(fake)
    sent = len(fake.submits)
    path.write_bytes(b"gone" * 5000)
    done = rescue()
    check(path)
    assert done.salvaged.how == "restored"
    assert done.salvaged.doubts.unknown > 0
    assert ask(path, "select count(*) from jobs where state = 'queued'") == [(0,)]
    with open_with(fake) as studio:
        status = studio.batches.status(batch_id)
        assert status.batch.state is BatchState.PAUSED
        assert "repaired" in (status.batch.pause_message or "")
        assert status.reserved == status.counts.unknown * CENT
        mend(studio)  # their pictures lie on the disk, and name them
        status = studio.batches.status(batch_id)
        assert status.counts.done == PICTURES
        assert (status.settled, status.reserved) == (PICTURES * CENT, 0)
        studio.batches.resume(batch_id)
        finish(studio, batch_id)
    assert len(fake.submits) == sent == PICTURES, "something was made twice"
    check(path)


def test_what_is_in_doubt_waits_for_a_person_also_without_its_picture(fake: FakeProvider) -> None:
    path, batch_id = half_done(fake)
    sent = len(fake.submits)
    path.write_bytes(b"gone" * 5000)
    shutil.rmtree(path.parent / "pictures")
    rescue()
    with open_with(fake) as studio:
        studio.batches.resume(batch_id)
        status = finish(studio, batch_id)
        assert status.counts.unknown > 0
        assert status.counts.unknown + status.counts.done == PICTURES
    assert len(fake.submits) == sent, "something was sent again"


def test_a_whole_ledger_proves_what_was_never_sent(fake: FakeProvider) -> None:
    """Only the jobs are lost: those that the ledger does not name simply wait."""
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, PICTURES, workers=1))
        wait_until(studio, batch_id, lambda status: status.counts.done >= 3)
        studio.batches.pause(batch_id)
        wait_until(studio, batch_id, lambda status: not status.counts.in_flight)
        path = studio.parts.store.path
        waiting = studio.batches.status(batch_id).counts.queued
    back_up(path)
    assert waiting
    spoil(path, *pages_of(path, "jobs"))
    done = rescue()
    check(path)
    assert done.salvaged.doubts.unknown == 0
    with open_with(fake) as studio:
        assert studio.batches.status(batch_id).counts.queued == waiting
        studio.batches.resume(batch_id)
        finish(studio, batch_id)
    assert len(fake.submits) == PICTURES


def test_an_answer_on_the_disk_is_taken_in_instead_of_asking_again(fake: FakeProvider) -> None:
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, 2, workers=1))
        finish(studio, batch_id)
        job = studio.batches.jobs(batch_id)[0]
    path = repair.database_of(load_settings())
    with closing(sqlite3.connect(path)) as connection:  # as an old backup would have it
        connection.execute("delete from assets where job_id = ?", [job.id])
        connection.execute(
            "update jobs set state = 'queued', attempt = 0, cost = null where id = ?", [job.id]
        )
        connection.execute("update batches set state = 'paused', pause_reason = 'user'")
        connection.commit()
    spool = path.parent / "spool"
    (spool / f"{job.id}-1-0.bin").write_bytes(png())
    noted = {
        "outputs": [{"spool": f"spool/{job.id}-1-0.bin"}],
        "usage": {"cost": CENT, "source": "told by the fake"},
        "ref": None,
    }
    (spool / f"{job.id}-1.json").write_text(json.dumps(noted), encoding="utf-8")
    with open_with(fake) as studio:
        studio.batches.resume(batch_id)
        status = finish(studio, batch_id)
        assert (status.counts.done, status.settled) == (2, 2 * CENT)
        wait_until(studio, batch_id, lambda _: not list(studio.parts.storage.keys("spool/")))
    assert len(fake.submits) == 2


def test_an_answer_to_a_picture_that_nobody_knows_is_kept(fake: FakeProvider) -> None:
    with open_with(fake) as studio:
        studio.parts.storage.put("spool/j_lost0000001-1-0.bin", png())
        studio.parts.storage.put("spool/j_lost0000001-1.json", b"{}")
        finish(studio, studio.batches.start(plan_of(studio)))
        kept = set(studio.parts.storage.keys("lost-files/"))
        assert kept == {
            "lost-files/spool/j_lost0000001-1-0.bin",
            "lost-files/spool/j_lost0000001-1.json",
        }
        assert not list(studio.parts.storage.keys("spool/j_lost0000001"))


def test_under_way_in_the_backup_is_looked_up_not_sent(fake: FakeProvider) -> None:
    path, batch_id = half_done(fake)
    copy = backups.all_of(path)[0]
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute(
            "update jobs set state = 'submitting', attempt = 1, started_at = created_at "
            "where state = 'queued'"
        )
        connection.commit()
    path.unlink()
    shutil.rmtree(path.parent / "pictures")
    sent = len(fake.submits)
    rescue()
    clock = QuickClock()
    with open_with(fake, clock=clock) as studio:
        studio.batches.resume(batch_id)
        status = finish(studio, batch_id)
        unknown = studio.batches.jobs(batch_id, [JobState.UNKNOWN])
        assert {job.id for job in unknown} <= set(fake.finds)
        assert status.reserved == len(unknown) * CENT
    assert len(fake.submits) == sent


def test_wrong_sums_and_a_wrong_index_are_made_again(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("update spend set settled = settled + 5")
        connection.execute("insert into assets_fts (assets_fts) values ('delete-all')")
        connection.commit()
    with open_with() as studio:
        steps, _ = repair.mends(studio)
        assert {step.found for step in steps} == {
            "The sums of money differ from the ledger.",
            "The search index differs from the pictures.",
        }
        mend(studio)
        assert studio.costs.report("batch").settled == PICTURES * CENT
        assert studio.gallery.page(AssetFilter(search="boat")).total == PICTURES
    check(path)


def test_files_and_rows_are_brought_together_and_nothing_is_deleted(path: Path) -> None:
    with open_with() as studio:
        storage = studio.parts.storage
        storage.put("pictures/elsewhere/holiday.png", png(color=(1, 2, 3)))
        first, second = studio.gallery.page(AssetFilter()).items[:2]
        storage.delete(first.path)
        storage.delete(f"thumbs/{second.sha256[:2]}/{second.sha256}.webp")
        _, told = repair.mends(studio)
        mend(studio)
        assert len(told) == 1
        assert first.path in told[0]
        assert storage.exists("lost-files/pictures/elsewhere/holiday.png")
        assert storage.exists(f"thumbs/{second.sha256[:2]}/{second.sha256}.webp")
        steps, told = repair.mends(studio)
        assert (steps, len(told)) == ([], 1)


def test_another_process_at_work_is_a_reason_to_wait(path: Path) -> None:
    with open_with(), pytest.raises(Exception, match="Another studio process"):
        rescue()
