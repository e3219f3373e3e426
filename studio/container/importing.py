"""Taking old output folders into the gallery: files first, then rows, nothing twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from studio.container.imported import (
    NewPicture,
    asset_id,
    batch_id_of,
    find_known,
    store_picture,
)
from studio.db import jobs
from studio.engine import Parts
from studio.engine.deliver import folder_of, thumbnail_key
from studio.errors import BadPicture, Conflict
from studio.images import finish_picture, read_stamp
from studio.intake.old_outputs import (
    FailedRecord,
    Found,
    OldFolder,
    OldPicture,
    OpenFolder,
    find_old_folders,
    from_stamp,
)
from studio.models import Asset, Batch, BatchSettings, BatchState, PictureFormat, Quote
from studio.models.imports import ImportProblem, ImportReport
from studio.storage import TakenNames, safe_name, unique_name

Progress = Callable[[int, int], None]
SOURCE = "import"
MOST_BYTES = 256 * 1024 * 1024
"""Larger files are no picture that the studio could open."""
_UNKNOWN = Quote(low=None, expected=None, high=None)


@dataclass(slots=True)
class _Shelf:
    """The batch that an old folder's pictures go to, as far as it is known."""

    batch: Batch
    taken: TakenNames
    summaries: dict[str, object]
    assets: dict[str, Asset] = field(default_factory=dict)
    """Key of an old picture → what it became: the parents of later iterations."""


class Imports:
    """Brings the outputs of systems A and B into the gallery. Old folders are only read."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def take_in(self, folder: Path, on_progress: Progress | None = None) -> ImportReport:
        """Take in what is missing of a folder of old outputs.

        A picture is recognised by its name and content, so that importing again, after an
        interruption, or from another place brings only what is missing.

        Args:
            folder: The folder, or one that holds several such folders: a batch becomes of each.
            on_progress: Told (pictures looked at, pictures in all).

        Raises:
            InputError: no such folder, or nothing in it is recognised.
            Conflict: another import is under way.
            StorageError, DatabaseError: what was taken in so far stays; import again.
        """
        search = find_old_folders(folder, str(folder), without=self._parts.storage.root)
        report = ImportReport(
            folder=str(search.path),
            problems=list(search.problems),
            not_recognised=search.not_recognised,
        )
        total, looked_at = sum(each.count for each in search.folders), 0
        with self._alone():
            for old in search.folders:
                for found in self._take_folder(old, report):
                    if isinstance(found, OldPicture):
                        looked_at += 1
                        if on_progress is not None:
                            on_progress(looked_at, total)
        if on_progress is not None and looked_at < total:  # some stayed out by their records
            on_progress(total, total)
        return report

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One import at a time: two could give one file name to two pictures."""
        path = self._parts.settings.studio_data_dir / "import.lock"
        try:
            with FileLock(path, timeout=0, thread_local=False):
                yield
        except Timeout as error:
            raise Conflict(
                "Another import into this data folder is under way.", "Wait until it has ended."
            ) from error

    def _take_folder(self, old: OldFolder, report: ImportReport) -> Iterator[Found]:
        source = OpenFolder(old)
        shelf = self._shelf(old, source)
        for found in source.read():
            if isinstance(found, OldPicture):
                self._take_picture(found, old, shelf, report)
            elif isinstance(found, FailedRecord):
                report.failed_records += 1
            else:
                report.problems.append(found)
            yield found

    def _shelf(self, old: OldFolder, source: OpenFolder) -> _Shelf:
        new = Batch(
            id=batch_id_of(old.path),
            title=_storable(old.title),
            state=BatchState.DRAFT,
            source=SOURCE,
            model="",
            settings=BatchSettings(format=PictureFormat.ORIGINAL, embed_metadata=False),
            quote=_UNKNOWN,
            created_at=self._parts.now(),
        )
        stems = self._parts.store.read(lambda tx: jobs.file_stems(tx, new.id))
        return _Shelf(
            new, TakenNames(stems), {"folder": str(old.path), "records": source.summaries}
        )

    def _take_picture(
        self, picture: OldPicture, old: OldFolder, shelf: _Shelf, report: ImportReport
    ) -> None:
        try:
            data = _read(picture.path)
            sha256 = hashlib.sha256(data).hexdigest()
            asset = self._parts.store.read(lambda tx: find_known(tx, picture, sha256))
            if asset is not None:
                report.already_there += 1
            else:
                asset = self._bring(picture, data, shelf)
                _count(report, asset, named_only=not picture.records)
        except BadPicture as error:
            report.problems.append(
                ImportProblem(file=old.told(picture.name), message=error.message, fix=_MEND)
            )
            return
        shelf.assets[picture.key] = asset
        if asset.batch_id not in report.batch_ids:
            report.batch_ids.append(asset.batch_id)

    def _bring(self, picture: OldPicture, data: bytes, shelf: _Shelf) -> Asset:
        finished = finish_picture(data, format=PictureFormat.ORIGINAL, metadata=None)
        if not picture.records and (stamp := read_stamp(data)):
            picture = from_stamp(picture, stamp)
        stem = unique_name(safe_name(picture.stem, max_length=200), shelf.taken)
        key = f"pictures/{folder_of(shelf.batch)}/{stem}.{finished.extension}"
        new = NewPicture(
            picture=picture,
            finished=finished,
            stem=stem,
            path=key,
            asset_id=asset_id(picture, finished.sha256, complete=picture.complete),
            made_at=self._moment(picture),
            taken_at=self._parts.now(),
            parent=shelf.assets.get(picture.follows or ""),
        )
        self._parts.storage.put(thumbnail_key(finished.sha256), finished.thumbnail)
        self._parts.storage.put(key, finished.data)
        zone = self._parts.settings.timezone
        asset = self._parts.store.write(
            lambda tx: store_picture(tx, new, shelf.batch, shelf.summaries, zone)
        )
        shelf.taken.add(stem)
        return asset

    def _moment(self, picture: OldPicture) -> datetime:
        """When the picture was made; where that was not noted, when its file was last changed."""
        now = self._parts.now()
        if picture.made_at is not None and picture.made_at < now + timedelta(days=1):
            return min(picture.made_at, now)
        try:
            changed = datetime.fromtimestamp(picture.path.stat().st_mtime, UTC)
        except (OSError, OverflowError, ValueError):
            return now
        return min(changed, now)


_MEND = "Put a whole copy of the picture there and import again: the others are recognised."


def _read(path: Path) -> bytes:
    """The file's bytes.

    Raises:
        BadPicture: it cannot be read, or is too large.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadPicture(f"It is larger than {MOST_BYTES // 1024**2} MB.", _MEND)
        return path.read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BadPicture(f"It cannot be read: {why}.", _MEND) from error


def _count(report: ImportReport, asset: Asset, *, named_only: bool) -> None:
    report.pictures += 1
    report.without_record += named_only
    if asset.cost is None:
        report.cost_unknown += 1
    else:
        report.cost += asset.cost


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
