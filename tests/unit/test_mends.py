"""A sound database whose files or sums do not agree is mended, and nothing is ever deleted."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from studio.container import repair
from studio.models import AssetFilter
from studio.settings import load_settings
from tests.fakes import CENT, FakeProvider, png
from tests.studio_fixture import finish, open_with, plan_of, wait_until
from tests.unit.salvage_desk import PICTURES, check, mend, rescue


@pytest.fixture
def fake() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def path(fake: FakeProvider) -> Path:
    """A database with one batch that is done, and no backup."""
    with open_with(fake) as studio:
        finish(studio, studio.batches.start(plan_of(studio, PICTURES)))
        return studio.parts.store.path


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
