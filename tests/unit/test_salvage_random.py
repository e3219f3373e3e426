"""Damage at a random moment, with a backup of a random moment: nothing is ever sent twice."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from studio.container import repair
from studio.db import Store, backups, care
from studio.models import BatchState, Call, CannotTell, Finished, JobState, NotThere, Running
from studio.settings import load_settings
from tests.fakes import CENT, FakeProvider
from tests.studio_fixture import finish, open_with, plan_of, wait_until

PICTURES = 10
PAGE = 4096


class Remembers(FakeProvider):
    """Finds what it was sent, and knows for certain what it was not."""

    def __init__(self) -> None:
        super().__init__()
        self.found = self._look

    def _look(self, call: Call) -> Running | Finished | NotThere | CannotTell:
        sent = any(known.job_id == call.job_id for known in self.submits)
        return self.picture() if sent else NotThere()


def spoil(path: Path, noise: random.Random) -> None:
    """Lose something: a page, a third of all, the head, the tail, all, or the whole file."""
    count = path.stat().st_size // PAGE
    kind = noise.randrange(6)
    if kind == 5:
        path.unlink()
        return
    tail = range(count // 2, count)
    hit = {
        0: [noise.randrange(count)],
        1: noise.sample(range(count), count // 3),
        2: [0],
        3: list(tail),
        4: list(range(count)),
    }[kind]
    with path.open("rb+") as file:
        for page in hit:
            file.seek(page * PAGE)
            file.write(noise.randbytes(PAGE))


@pytest.mark.parametrize("seed", range(8))
def test_nothing_is_sent_twice_and_the_books_agree(seed: int) -> None:
    noise, fake = random.Random(seed), Remembers()  # noqa: S311
    path = _work(fake, noise)
    if noise.random() < 0.2:
        for name in backups.all_of(path):
            name.unlink()
    spoil(path, noise)
    settings = load_settings()
    if repair.examine(settings, thorough=True).condition in {
        repair.Condition.DAMAGED,
        repair.Condition.MISSING,
    }:
        with repair.alone_with(settings):
            repair.rescue(settings)
    with closing(Store(path)) as store:
        assert store.read(care.disagreements) == []
    _go_on(fake, path)
    sent = Counter(call.job_id for call in fake.submits)
    assert set(sent.values()) <= {1}, f"sent twice: {sent}"


def _work(fake: Remembers, noise: random.Random) -> Path:
    """A batch, a backup somewhere in it, and an end somewhere later."""
    with open_with(fake) as studio:
        path = studio.parts.store.path
        batch_id = studio.batches.start(plan_of(studio, PICTURES, workers=2))
        for done in sorted(noise.sample(range(PICTURES), 2)):
            wait_until(studio, batch_id, lambda status, n=done: status.counts.done >= n)  # type: ignore[misc]
            backups.make_if_due(path, datetime.now(UTC) + timedelta(hours=2))
        if noise.random() < 0.5:
            finish(studio, batch_id)
    return path


def _go_on(fake: Remembers, path: Path) -> None:
    """Take in what lies on the disk, look up what is in doubt, and finish all that is left."""
    with open_with(fake) as studio:
        for step in repair.mends(studio)[0]:
            step.do()
        assert repair.mends(studio)[0] == []
        for status in studio.batches.list():
            if status.batch.state not in {BatchState.DONE, BatchState.CANCELED}:
                studio.batches.resume(status.batch.id)
        studio.lost.reconcile(timeout=20)
        for status in studio.batches.list():
            if status.counts.unfinished:
                studio.batches.resume(status.batch.id)
            finish(studio, status.batch.id)
        unknown = [
            job
            for status in studio.batches.list()
            for job in studio.batches.jobs(status.batch.id, [JobState.UNKNOWN])
        ]
        assert unknown == []
    with closing(sqlite3.connect(path)) as connection:
        (reserved,) = connection.execute("select sum(reserved) from ledger").fetchone()
        (settled,) = connection.execute("select sum(settled) from ledger").fetchone()
        assert (reserved or 0) == 0
        assert (settled or 0) <= CENT * len(fake.submits)
    with closing(Store(path)) as store:
        assert store.read(lambda tx: care.problems(tx, thorough=True)) == []
        assert store.read(care.disagreements) == []
