"""A damaged database is saved as far as it can be read, and no picture is ever paid for twice."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from studio.container import repair
from studio.db import backups
from studio.models import AssetFilter, BatchState, JobState
from tests.fakes import CENT, FakeProvider
from tests.studio_fixture import QuickClock, finish, open_with, plan_of, wait_until
from tests.unit.salvage_desk import (
    PAGE,
    PICTURES,
    ask,
    back_up,
    check,
    mend,
    pages_of,
    rescue,
    spoil,
)


@pytest.fixture
def fake() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def path(fake: FakeProvider) -> Path:
    """A database with one batch that is done, and no backup."""
    with open_with(fake) as studio:
        finish(studio, studio.batches.start(plan_of(studio, PICTURES)))
        return studio.parts.store.path


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
