"""The engine when the world around it fails: full disk, broken hooks, lost downloads, removals."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import httpx
import pytest

from studio.container import open_studio
from studio.db.followups import Followup
from studio.errors import DatabaseError, StorageError
from studio.models import (
    AssetFilter,
    BatchState,
    FaultKind,
    Finished,
    JobState,
    Output,
    PauseReason,
)
from studio.settings import load_settings
from tests.fakes import CENT, FakeProvider, fault, png
from tests.studio_fixture import QuickClock, finish, open_with, plan_of, wait_until

FULL = StorageError("The disk is full.", "Free some space, then resume.")


def test_a_full_disk_pauses_the_batch_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeProvider()
    with open_with(fake) as studio:
        put = studio.parts.storage.put
        full = True

        def sometimes(key: str, data: bytes) -> Path:
            if full and key.startswith(("pictures/", "spool/")):
                raise FULL
            return put(key, data)

        monkeypatch.setattr(studio.parts.storage, "put", sometimes)
        batch_id = studio.batches.start(plan_of(studio, 8))
        status = wait_until(studio, batch_id, lambda s: s.batch.state is BatchState.PAUSED)
        assert status.batch.pause_reason is PauseReason.DISK
        assert "Free some space" in (status.batch.pause_message or "")
        full = False
        status = finish(studio, batch_id)
        assert status.batch.state is BatchState.DONE, "it went on by itself"
        assert status.counts.done == 8
        assert len(fake.submits) == 8, "nothing was made twice"
        assert status.settled == 8 * CENT


def test_a_hook_that_fails_is_tried_again_until_it_works(tmp_path: Path) -> None:
    clock, tries = QuickClock(), 0
    with open_with(clock=clock) as studio:
        work = studio.parts.hooks["layout_job"]

        def flaky(due: Followup) -> None:
            nonlocal tries
            tries += 1
            if tries < 3:
                clock.skip(10)
                raise OSError("the share is away")
            work(due)

        studio.parts.hooks["layout_job"] = flaky
        batch_id = studio.batches.start(plan_of(studio, output=str(tmp_path / "out")))
        finish(studio, batch_id)
        wait_until(studio, batch_id, lambda _: bool(list((tmp_path / "out").glob("*.png"))))
        assert tries == 3


def test_pictures_and_records_land_in_the_output_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with open_with() as studio:
        batch_id = studio.batches.start(plan_of(studio, 3, output=str(out), layout="sections"))
        finish(studio, batch_id)
        wait_until(studio, batch_id, lambda _: (out / "batch_metadata.json").exists())
        summary = json.loads((out / "batch_metadata.json").read_text(encoding="utf-8"))
        assert (summary["total_images"], summary["successful"], summary["failed"]) == (3, 3, 0)
        assert len(list(out.glob("*.png"))) == len(list((out / "metadata").glob("*.json"))) == 3


def test_a_download_that_fails_is_repeated_without_making_the_picture_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers: list[bytes | Exception] = [
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("down"),
        png(),
    ]

    async def fetch(client: httpx.AsyncClient, url: str, limit: int = 0) -> bytes:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr("studio.engine.deliver.fetch", fetch)
    usage = FakeProvider.picture().usage
    fake = FakeProvider(Finished(outputs=(Output(url="http://127.0.0.1:9/x.png"),), usage=usage))
    with open_with(fake) as studio:
        status = finish(studio, studio.batches.start(plan_of(studio)))
        assert (status.counts.done, len(fake.submits), answers) == (1, 1, [])


def test_a_picture_that_is_gone_at_the_provider_is_charged_and_says_where_to_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fetch(client: httpx.AsyncClient, url: str, limit: int = 0) -> bytes:
        request = httpx.Request("GET", url)
        raise httpx.HTTPStatusError("gone", request=request, response=httpx.Response(404))

    monkeypatch.setattr("studio.engine.deliver.fetch", fetch)
    usage = FakeProvider.picture().usage
    fake = FakeProvider(Finished(outputs=(Output(url="http://127.0.0.1:9/x.png"),), usage=usage))
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        status = finish(studio, batch_id)
        job = studio.batches.jobs(batch_id)[0]
        assert job.fault is not None
        assert (job.state, job.fault.kind) == (JobState.FAILED, FaultKind.LOST)
        assert (status.settled, status.reserved) == (CENT, 0)


def test_several_outputs_of_one_answer_are_all_kept() -> None:
    outputs = tuple(Output(data=png(color=(shade, 0, 0))) for shade in (10, 120, 240))
    fake = FakeProvider(Finished(outputs=outputs, usage=FakeProvider.picture().usage))
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        status = finish(studio, batch_id)
        names = {asset.file_name for asset in studio.gallery.page(AssetFilter()).items}
        assert len(names) == 3
        assert (status.counts.done, status.settled) == (1, CENT)


def test_an_answer_that_takes_too_long_is_unknown_not_repeated() -> None:
    class Hangs(FakeProvider):
        async def submit(self, call, ctx):  # type: ignore[no-untyped-def]
            self.submits.append(call)
            import asyncio

            await asyncio.Event().wait()

    fake = Hangs()
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, timeout=0.05))
        status = finish(studio, batch_id)
        assert (status.counts.unknown, len(fake.submits), status.reserved) == (1, 1, CENT)


def test_deleting_and_restoring_pictures_keeps_their_files() -> None:
    with open_with() as studio:
        batch_id = studio.batches.start(plan_of(studio, 2))
        finish(studio, batch_id)
        ids = [asset.id for asset in studio.batches.assets(batch_id)]
        assert studio.gallery.delete(ids) == 2
        assert studio.gallery.page(AssetFilter()).total == 0
        assert studio.gallery.page(AssetFilter(deleted=True)).total == 2
        assert studio.gallery.delete(ids) == 0
        assert studio.gallery.restore(ids[:1]) == 1
        assert studio.gallery.file(ids[0]).is_file()


def test_stars_ratings_tags_titles_and_search() -> None:
    with open_with() as studio:
        batch_id = studio.batches.start(plan_of(studio, 2))
        finish(studio, batch_id)
        first, second = (asset.id for asset in studio.batches.assets(batch_id))
        studio.gallery.star(first, True)
        studio.gallery.rate(first, 4)
        studio.gallery.tag(first, ["keeper", " hero ", "keeper", ""])
        studio.gallery.rename(second, "Tänzerin")
        kept = studio.gallery.page(AssetFilter(starred=True)).items
        assert [(a.id, a.rating, a.tags) for a in kept] == [(first, 4, ["hero", "keeper"])]

        def found(words: str) -> set[str]:
            return {asset.id for asset in studio.gallery.page(AssetFilter(search=words)).items}

        assert found("keep") == {first}
        assert found("tanzerin") == {second}
        assert found("red lake") == {first, second}
        assert found('"') == {first, second}
        assert found("NEAR( x OR") == set()


def test_the_installation_says_how_often_a_batch_without_a_wish_retries() -> None:
    fake = FakeProvider(fault(FaultKind.UNAVAILABLE, retry=True))
    with open_with(fake, studio_max_retries=0) as studio:
        status = finish(studio, studio.batches.start(plan_of(studio)))
        assert (status.counts.failed, len(fake.submits)) == (1, 1)


def test_an_answer_in_hand_survives_a_database_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The provider was paid: whatever fails to be read then, its picture is kept."""
    fake = FakeProvider()
    with open_with(fake) as studio:
        read, wrong = studio.parts.store.read, [0]

        def sometimes(work):  # type: ignore[no-untyped-def]
            if fake.submits and wrong[0] < 40:
                wrong[0] += 1
                raise DatabaseError("The database is damaged.", "Repair it.")
            return read(work)

        monkeypatch.setattr(studio.parts.store, "read", sometimes)
        batch_id = studio.batches.start(plan_of(studio, 1))
        deadline = threading.Event()
        while wrong[0] < 40:
            studio.engine.wake()
            deadline.wait(0.01)
        status = finish(studio, batch_id)
        assert (status.counts.done, len(fake.submits), status.settled) == (1, 1, CENT)


def test_a_batch_that_waited_for_the_disk_goes_on_after_a_restart() -> None:
    fake = FakeProvider()
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, 1))
        finish(studio, batch_id)
        job = studio.batches.jobs(batch_id)[0]
        studio.engine.close()
        studio.parts.store.write(
            lambda tx: (
                tx.execute("update batches set state = 'paused', pause_reason = 'disk'")
                and tx.execute(
                    "update jobs set state = 'queued', attempt = 1 where id = ?", [job.id]
                )
                and None
            )
        )
    with open_studio(load_settings(), providers={fake.id: fake}, everything=True) as studio:
        status = finish(studio, batch_id)
        assert status.batch.state is not BatchState.PAUSED
        assert len(fake.submits) == 2
