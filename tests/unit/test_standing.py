"""The time left, honestly: from this batch, from earlier pictures, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.container.standing import LATEST, Pace, Span, money, pace_of, status_of, time_left
from studio.db import Store, Tx, batches, jobs, notes
from studio.db.jobs import NewJob
from studio.models import (
    Batch,
    BatchSettings,
    BatchState,
    BatchStatus,
    JobSpec,
    JobState,
    PauseReason,
    PictureRequest,
    Progress,
    Quote,
)
from tests.fakes import CENT, FakeProvider
from tests.studio_fixture import finish, open_with, plan_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CHEAP = Quote(low=CENT, expected=CENT, high=CENT)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "studio.db")
    yield opened
    opened.close()


def add_batch(tx: Tx, name: str, number: int, model: str = "fake:one") -> None:
    batches.insert(
        tx,
        Batch(
            id=name, title=name, state=BatchState.DRAFT, source="a.csv", model=model,
            settings=BatchSettings(), quote=CHEAP, created_at=NOW,
        ),
    )  # fmt: skip
    batches.move(tx, name, BatchState.RUNNING, NOW)
    request = PictureRequest(model=model, prompt="a boat", width=64, height=64)
    spec = JobSpec(request=request, quote=CHEAP)
    new = [NewJob(f"{name}_{n}", n, spec, n, f"boat-{n}") for n in range(number)]
    jobs.insert_many(tx, name, new, NOW)


def make(tx: Tx, job_id: str, sent: float, took: float) -> None:
    """One picture done; times are seconds after :data:`NOW`."""
    job = jobs.move(tx, jobs.get(tx, job_id), JobState.SUBMITTING, _at(sent), attempt=1)
    job = jobs.move(tx, job, JobState.FETCHING, _at(sent + took), outputs=[])
    jobs.move(tx, job, JobState.DONE, _at(sent + took))


def send(tx: Tx, job_id: str, sent: float, place: int | None = None) -> None:
    """One picture under way, in line or being made."""
    job = jobs.move(tx, jobs.get(tx, job_id), JobState.SUBMITTING, _at(sent), attempt=1)
    job = jobs.move(tx, job, JobState.RUNNING, _at(sent), remote={"id": job_id})
    notes.progress(tx, job, Progress(queue_position=place))


def _at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def look(store: Store, name: str, seconds: float) -> BatchStatus:
    return store.read(lambda tx: status_of(tx, batches.get(tx, name), _at(seconds)))


def test_the_line_at_the_provider_is_told(store: Store) -> None:
    def work(tx: Tx) -> None:
        add_batch(tx, "b", 4)
        for number, place in enumerate([5, 2, None]):
            send(tx, f"b_{number}", 0, place)

    store.write(work)
    status = look(store, "b", 1)
    assert (status.in_line, status.next_in_line) == (2, 2)
    assert status.counts.running == 3


def test_nothing_is_said_without_anything_to_go_by(store: Store) -> None:
    def work(tx: Tx) -> None:
        add_batch(tx, "b", 8)
        make(tx, "b_0", 0, 10)
        make(tx, "b_1", 0, 10)
        send(tx, "b_2", 10)

    store.write(work)
    status = look(store, "b", 11)
    assert (status.eta_seconds, status.pictures_per_minute, status.in_line) == (None, None, 0)


def test_before_there_is_a_pace_earlier_pictures_of_the_model_count(store: Store) -> None:
    def work(tx: Tx) -> None:
        add_batch(tx, "old", 5)
        for number in range(5):
            make(tx, f"old_{number}", -1000 + number, 10)
        add_batch(tx, "other", 3, model="fake:slow")
        for number in range(3):
            make(tx, f"other_{number}", -900, 500)
        add_batch(tx, "new", 20)
        for number in range(4):
            send(tx, f"new_{number}", 0)

    store.write(work)
    assert look(store, "new", 0).eta_seconds == pytest.approx(20 * 10 / 4)
    assert look(store, "new", 5).eta_seconds == pytest.approx(20 * 10 / 4 - 5)
    assert look(store, "new", 0).pictures_per_minute is None, "a speed is what was seen here"


def test_a_paused_batch_has_no_time_left(store: Store) -> None:
    def work(tx: Tx) -> None:
        add_batch(tx, "b", 8)
        for number in range(4):
            make(tx, f"b_{number}", 0, 10)
        send(tx, "b_4", 10)

    store.write(work)
    assert look(store, "b", 11).eta_seconds is not None
    store.write(
        lambda tx: batches.move(tx, "b", BatchState.PAUSED, _at(12), reason=PauseReason.USER)
    )
    assert look(store, "b", 13).eta_seconds is None


def test_money_tells_what_is_unknown_apart_from_what_is_nothing() -> None:
    fake = FakeProvider(FakeProvider.picture(None), price=None)
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, 3))
        finish(studio, batch_id)
        known = money(studio.parts, batch_id)
        assert (known.pictures, known.unknown_price, known.settled) == (3, 3, 0)
        assert known.words == "Quoted at an unknown price · 3 pictures of unknown price"
    with open_with(FakeProvider()) as studio:
        batch_id = studio.batches.start(plan_of(studio, 2))
        finish(studio, batch_id)
        assert money(studio.parts, batch_id).words == "Quoted $0.02 · spent $0.02 for 2 pictures"


def run(seconds: float, parallel: int, took: float) -> tuple[list[Span], list[float]]:
    """The newest pictures and those under way, of a batch that began at 0, all equally long."""
    done: list[Span] = []
    sent: list[float] = []
    for lane in range(parallel):
        start = lane * took / parallel
        while start + took <= seconds:
            done.append((start, start + took))
            start += took
        if start <= seconds:
            sent.append(start)
    return sorted(done, key=lambda span: -span[1])[:LATEST], sent


@given(
    st.integers(1, 16), st.floats(1, 60), st.floats(5, 60)
)  # fmt: skip
def test_a_steady_provider_has_a_steady_pace(parallel: int, took: float, rounds: float) -> None:
    pace = pace_of(*run(rounds * took, parallel, took), now=rounds * took)
    assert pace is not None
    assert pace.per_second == pytest.approx(parallel / took, rel=0.15)
    assert pace.typical == pytest.approx(took)


@given(st.integers(2, 12), st.floats(1, 60), st.floats(2, 30))
def test_waves_of_pictures_do_not_make_the_estimate_jump(
    parallel: int, took: float, rounds: float
) -> None:
    """All lanes begin together, so that pictures arrive all at once."""
    now = rounds * took
    whole = int(rounds)
    done = [(n * took, (n + 1) * took) for n in range(whole) for _ in range(parallel)][-LATEST:]
    pace = pace_of(done, [whole * took] * parallel, now)
    assert pace is not None
    assert pace.per_second == pytest.approx(parallel / took, rel=1e-6)


def test_a_stalled_provider_makes_the_estimate_grow() -> None:
    done, sent = run(100, 4, 10)
    before, later = pace_of(done, sent, 100), pace_of(done, sent, 400)
    assert before is not None
    assert later is not None
    assert later.per_second < before.per_second / 3


def test_the_night_of_a_paused_batch_does_not_count() -> None:
    evening, night = [(float(n), n + 10.0) for n in range(20)], 40_000.0
    morning = [(night + n, night + n + 10.0) for n in range(4)]
    pace = pace_of([*evening, *morning], [night + 4, night + 5], night + 14)
    assert pace is not None
    assert pace.per_second == pytest.approx(0.42, rel=0.1)
    assert pace_of(evening, [night], night + 1) is None, "nothing was made since it went on"


def test_the_last_picture_takes_as_long_as_a_picture_takes() -> None:
    pace = Pace(per_second=4.0, typical=10.0)
    assert time_left(pace, 1, [0.0], 2.0) == 8.0
    assert time_left(pace, 1, [0.0], 60.0) == 0.0
    assert time_left(pace, 40, [], 60.0) == 10.0
