"""Reading an output folder of system B, or of our own layout of the same shape."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from studio.intake.old_outputs.documents import SUMMARY_BYTES, read_document
from studio.intake.old_outputs.folders import (
    METADATA,
    SECTION_LONG,
    SECTION_NAME,
    SUMMARY_B,
    record_places,
)
from studio.intake.old_outputs.records import FailedRecord, Found, OldFolder, OldPicture
from studio.intake.old_outputs.values import MAX_SEED, Notes
from studio.models.imports import ImportProblem

_MOST_RETRIES = 1000
_NO_RECORD: Mapping[str, Any] = {}


class SectionsReader:
    """Reads the pictures and records of system B in one folder, one at a time."""

    def __init__(self, folder: OldFolder) -> None:
        self._folder = folder
        self._used: set[str] = set()
        self._problems: list[ImportProblem] = []
        self.summary, self._entries = self._read_summary()

    def read(self) -> Iterator[Found]:
        """Every picture of the folder, and every record that has none."""
        yield from self._problems
        for name in self._folder.sections:
            yield from self._picture(name)
        yield from self._records_alone()

    def _read_summary(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What holds for all pictures, and the entries by picture file name."""
        if SUMMARY_B not in self._folder.files:
            return {}, {}
        document = read_document(
            self._folder.path / SUMMARY_B, self._folder.told(SUMMARY_B), most=SUMMARY_BYTES
        )
        if document.problem:
            self._problems.append(document.problem)
        if not isinstance(document.value, dict):
            if not document.problem:
                self._problems.append(self._no_record(SUMMARY_B))
            return {}, {}
        summary = dict(document.value)
        images = summary.pop("images", None)
        if isinstance(images, dict):
            images = [
                {"output_filename": key} | each
                for key, each in images.items()
                if isinstance(each, dict)
            ]
        if not isinstance(images, list):
            return summary | ({} if images is None else {"images": images}), {}
        entries = [each for each in images if isinstance(each, dict)]
        return summary, {_file_name(each, f"#{n}"): each for n, each in enumerate(entries, 1)}

    def _picture(self, name: str) -> Iterator[Found]:
        file_name = PurePosixPath(name).name
        records: dict[str, Any] = {}
        place = next((p for p in record_places(name) if p in self._folder.files), None)
        record = _NO_RECORD
        if place is not None:
            self._used.add(place)
            record = yield from self._record(place, records)
        entry = self._entries.get(file_name, _NO_RECORD)
        if entry and not record:
            place, record = SUMMARY_B, entry
            records[SUMMARY_B] = entry
        notes = Notes(record)
        if notes.truth("success") is False:
            yield self._failed(name, record)
            yield _problem(
                self._folder.told(name),
                "The picture is there, and its record says that it failed, so it stayed out.",
                "Look at it; to import it all the same, move its record away.",
            )
            return
        picture = self._described(name, notes, place or "", records, found=bool(record))
        if notes.unusable:
            yield unusable(self._folder.told(place or name), notes.unusable)
        yield picture

    def _record(
        self, place: str, records: dict[str, Any]
    ) -> Generator[ImportProblem, None, Mapping[str, Any]]:
        """The record in a file, kept in ``records``; its problems are yielded."""
        document = read_document(self._folder.path / place, self._folder.told(place))
        if document.value is not None:
            records[place] = document.value
        if document.problem:
            yield document.problem
        elif not isinstance(document.value, dict):
            yield self._no_record(place)
        return document.value if isinstance(document.value, dict) else _NO_RECORD

    def _described(
        self, name: str, notes: Notes, place: str, records: dict[str, Any], *, found: bool
    ) -> OldPicture:
        path = PurePosixPath(name)
        section, number, description = named_facts(path.stem)
        params = notes.mapping("parameters", "params")
        whole = Notes(self.summary)
        return OldPicture(
            path=self._folder.path / name,
            name=name,
            identity=path.name,
            stem=path.stem,
            prompt=notes.text("image_prompt", "prompt") or "",
            negative_prompt=notes.text("negative_prompt"),
            model=notes.text("model", "model_id", "model_name") or whole.text("model"),
            seed=_seed(notes),
            params=params,
            section=notes.text("section", "category") or section,
            image_number=notes.whole("image_number", "number", most=10**9) or number,
            description=notes.text("description") or description,
            prompt_id=str(number),
            made_at=notes.moment("timestamp", "created_at") or whole.moment("generated_at"),
            seconds=notes.seconds("generation_time", "duration"),
            cost=notes.dollars("cost_usd", "cost"),
            noted_in=self._folder.told(place),
            retries=notes.whole("retry_count", "retries", most=_MOST_RETRIES) or 0,
            request_id=notes.text("request_id"),
            job_id=notes.text("job_id"),
            records=records,
            complete=found,
        )

    def _records_alone(self) -> Iterator[Found]:
        """Records without a picture: failures, and pictures that are gone."""
        here = {PurePosixPath(name).name for name in self._folder.sections}
        told: set[str] = set()
        for place in sorted(self._folder.files - self._used):
            path = PurePosixPath(place)
            if path.parent.name == METADATA and path.suffix == ".json":
                record = yield from self._record(place, {})
                if record:
                    told.add(path.name.removesuffix(".json"))
                    yield self._alone(place, record)
        for name, entry in self._entries.items():
            if name not in here and name not in told:
                yield self._alone(SUMMARY_B, entry)

    def _alone(self, place: str, record: Mapping[str, Any]) -> Found:
        notes = Notes(record)
        success = notes.truth("success")
        if success is False or (success is None and notes.text("error_message", "error")):
            return self._failed(place, record)
        noted = notes.text("output_filename") or "its picture"
        if ".." in PurePosixPath(noted.replace("\\", "/")).parts:
            return _problem(
                self._folder.told(place),
                f"It names {noted[:200]!r}, which leads out of the folder, so it was not opened.",
                "Put the picture into the folder if it belongs there.",
            )
        return _problem(
            self._folder.told(place),
            f"It tells of {noted[:200]!r}, which is not in the folder.",
            "Put the picture back and import again.",
        )

    def _failed(self, name: str, record: Mapping[str, Any]) -> FailedRecord:
        message = Notes(record).text("error_message", "error") or "No reason was noted."
        return FailedRecord(self._folder.told(name), message)

    def _no_record(self, place: str) -> ImportProblem:
        return _problem(
            self._folder.told(place), "It holds no record of a picture.", "Look what belongs there."
        )


def from_stamp(picture: OldPicture, stamp: Mapping[str, Any]) -> OldPicture:
    """A picture without a record, described by what is written inside its file."""
    notes = Notes(stamp)
    return replace(
        picture,
        prompt=notes.text("prompt") or "",
        negative_prompt=notes.text("negative_prompt"),
        model=notes.text("model"),
        seed=_seed(notes),
        params=notes.mapping("params"),
        made_at=notes.moment("created_at"),
        job_id=notes.text("job_id"),
        records={**picture.records, "inside the picture": dict(stamp)},
    )


def named_facts(stem: str) -> tuple[str, int, str]:
    """Section, number and description as ``Section_001_Description`` tells them."""
    match = SECTION_NAME.fullmatch(stem) or SECTION_LONG.fullmatch(stem)
    if match is None:
        return "", 1, stem.replace("_", " ").strip()
    section, description = match["section"], match["description"] or ""
    return section.replace("_", " "), int(match["number"]), description.replace("_", " ").strip()


def unusable(told: str, names: list[str]) -> ImportProblem:
    """Entries of a record that make no sense; the picture was taken in without them."""
    listed = ", ".join(repr(name[:60]) for name in names[:10])
    return _problem(
        told,
        f"These entries make no sense and were not used: {listed}.",
        "The picture was taken in without them; the record as it stands is kept with it.",
    )


def _problem(told: str, message: str, fix: str) -> ImportProblem:
    return ImportProblem(file=told, message=message, fix=fix)


def _seed(notes: Notes) -> int | None:
    """The noted seed; -1 is how programs write that none was chosen."""
    seed = notes.whole("seed", least=-1, most=MAX_SEED)
    return None if seed == -1 else seed


def _file_name(entry: Mapping[str, Any], otherwise: str) -> str:
    noted = entry.get("output_filename")
    if not isinstance(noted, str):
        return otherwise
    return PurePosixPath(noted.replace("\\", "/")).name or otherwise
