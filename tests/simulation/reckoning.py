"""The end of a simulation: the studio's books against what the providers made and charged."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from PIL import Image

from studio.engine.resilience import MAYBE_CHARGED, WRITTEN_OFF
from tests.simulation.books import Books
from tests.simulation.world import Work, World, color_of


def reckon(world: World, books: Books, lost: Collection[str]) -> Iterator[str]:
    """What is wrong once everything has ended and every bill was asked.

    Args:
        lost: Ids of the jobs that Lost & found shows.
    """
    jobs = {row["id"]: row for row in books.rows("select * from jobs")}
    yield from _money(world, books, jobs)
    for work in world.works:
        if work.is_made:
            yield from _picture(work, books, jobs[work.job_id], lost, world)
    for job in jobs.values():
        if job["state"] in {"submitting", "running", "fetching"}:
            yield f"{job['id']} is still {job['state']}"
        if job["state"] == "unknown" and job["id"] not in lost:
            yield f"{job['id']} is unknown and is not in Lost & found"
        noted = books.folder / "spool" / f"{job['id']}-{job['attempt']}.json"
        if job["state"] == "unknown" and noted.exists():
            yield f"{job['id']} is unknown, and its answer lies on the disk"
    for row in books.rows("select jobs.id from jobs join batches on batches.id = batch_id "
                          "where jobs.state = 'queued' and batches.state = 'running'"):  # fmt: skip
        yield f"{row['id']} still waits in a running batch"


def _money(world: World, books: Books, jobs: dict[str, Any]) -> Iterator[str]:
    """Each attempt was charged what the ledger says, but where nobody could know."""
    settled = {
        (row["job_id"], row["attempt"]): row
        for row in books.rows(
            "select job_id, attempt, sum(settled) as n, group_concat(source, '; ') as sources "
            "from ledger group by 1, 2"
        )
    }
    works = {(work.job_id, work.attempt): work for work in world.works}
    for key in sorted(settled.keys() | works.keys()):
        row, work = settled.get(key), works.get(key)
        charged = work.charge if work else 0
        booked = row["n"] if row else 0
        if booked == charged:
            continue
        sources = row["sources"] if row else ""
        job = jobs[key[0]]
        if job["state"] == "unknown" and job["attempt"] == key[1]:
            continue  # it is still set aside
        if WRITTEN_OFF in sources and key in world.consents and not _was_traced(books, key, work):
            continue  # nobody could know: the reservation counts as spent
        if MAYBE_CHARGED in sources and (work is None or not work.manner.bills):
            continue
        yield f"{key[0]}/{key[1]} was charged {charged}, {booked} are booked ({sources}): {work}"


def _was_traced(books: Books, key: tuple[str, int], work: Work | None) -> bool:
    """Whether the studio had the id of a request whose bill can be read."""
    receipt = books.rows("select 1 from receipts where job_id = ? and attempt = ?", *key)
    return bool(receipt) and work is not None and work.manner.bills


def _picture(
    work: Work, books: Books, job: Any, lost: Collection[str], world: World
) -> Iterator[str]:
    """A picture that was made and charged is in the gallery, or a person hears of it."""
    name = f"{work.remote_id} of {job['id']}/{work.attempt}"
    if (work.job_id, work.attempt) in world.consents:
        return
    if job["attempt"] != work.attempt:
        yield f"{name} was made and paid for, and the job went on to attempt {job['attempt']}"
    elif job["state"] == "done":
        path = books.rows("select path from assets where job_id = ?", job["id"])[0]["path"]
        with Image.open(books.folder / path) as picture:
            if picture.convert("RGB").getpixel((0, 0)) != color_of(work):
                yield f"{name} is not the picture in the gallery"
    elif job["id"] not in lost:
        yield f"{name} was made and paid for, its job is {job['state']} and nobody is told"
