"""Reading an output folder of system A: prompts, their iterations, and how each was judged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from studio.intake.old_outputs.documents import SUMMARY_BYTES, read_document
from studio.intake.old_outputs.folders import iteration_of
from studio.intake.old_outputs.records import FailedRecord, Found, OldFolder, OldPicture
from studio.intake.old_outputs.sections import unusable
from studio.intake.old_outputs.values import MAX_SEED, Notes
from studio.models.imports import ImportProblem

SUMMARY_A = "summary.json"
_RECORD = re.compile(
    r"(?P<stem>iteration_(?P<number>[0-9]{1,9}))(?:[_-](?P<kind>\w+))?\.(?:json|ya?ml)",
    re.IGNORECASE,
)
_OWN_PROMPT = (
    "image_prompt", "prompt", "prompt_used", "used_prompt", "current_prompt", "input_prompt",
    "generation_prompt", "final_prompt", "enhanced_prompt", "prompt_text", "positive_prompt",
)  # fmt: skip
_NEXT_PROMPT = ("improved_prompt", "next_prompt", "suggested_prompt", "new_prompt")
_REFINED = ("refined_prompt", "revised_prompt", "optimized_prompt", "optimised_prompt")
_FIRST_PROMPT = ("original_prompt", "initial_prompt", "base_prompt", "source_prompt")
_IDS = ("prompt_id", "id", "key", "name")
_NUMBERS = ("iteration", "iteration_number", "round", "number", "index", "n")
_SETTINGS = frozenset({"config", "configuration", "settings", "metadata", "run"})
_LONGEST_VARIABLE = 2000
_MOST_VARIABLES = 60


class IterationsReader:
    """Reads the pictures and records of system A in one folder, one at a time."""

    def __init__(self, folder: OldFolder) -> None:
        self._folder = folder
        self._problems: list[ImportProblem] = []
        self._records = _by_iteration(folder.files)
        self._ids = {prompt_id(folder, name) for name in folder.iterations}
        self.summaries = self._read_summaries()
        self._about = _Index(self.summaries.values(), self._ids)
        self._before: dict[str, Mapping[str, Any]] = {}

    def read(self) -> Iterator[Found]:
        """Every picture, prompt by prompt in the order of its iterations; then records alone."""
        yield from self._problems
        for name in self._folder.iterations:
            yield from self._picture(name)
        yield from self._records_alone()

    def _read_summaries(self) -> dict[str, Any]:
        read: dict[str, Any] = {}
        for name in sorted(self._folder.files):
            if PurePosixPath(name).name != SUMMARY_A or not self._folder.iterations:
                continue
            document = read_document(
                self._folder.path / name, self._folder.told(name), most=SUMMARY_BYTES
            )
            if document.problem:
                self._problems.append(document.problem)
            if document.value is not None:
                read[name] = document.value
        return read

    def _picture(self, name: str) -> Iterator[Found]:
        found = iteration_of(name)
        if found is None:
            return
        place, number = found
        records: dict[str, Any] = {}
        kinds: dict[str, tuple[str, Any]] = {}
        whole = True
        for kind, record_name in self._records.get((place, number), []):
            if kind in kinds:  # the same in YAML as in JSON
                continue
            document = read_document(
                self._folder.path / record_name, self._folder.told(record_name)
            )
            if document.value is not None:
                records[record_name] = document.value
            if document.problem:
                whole = False
                yield document.problem
            else:
                kinds[kind] = (record_name, document.value)
        picture, odd = self._described(name, number, kinds, records, whole=whole)
        if odd:
            yield unusable(picture.noted_in or self._folder.told(name), odd)
        yield picture

    def _described(
        self,
        name: str,
        number: int,
        kinds: Mapping[str, tuple[str, Any]],
        records: dict[str, Any],
        *,
        whole: bool,
    ) -> tuple[OldPicture, list[str]]:
        own_id = prompt_id(self._folder, name)
        results_name, results = kinds.get("results") or kinds.get("") or ("", {})
        evaluation = kinds.get("evaluation", ("", {}))[1]
        about, iteration = self._about.prompt(own_id), self._about.iteration(own_id, number)
        if iteration and not results:
            results_name = next(iter(self.summaries), "")
        if iteration:
            records.setdefault(SUMMARY_A, dict(iteration))
        notes = Notes(results, iteration)
        shared = Notes(about, *map(_common, self.summaries.values()))
        path = PurePosixPath(name)
        place = path.parent.as_posix()
        picture = OldPicture(
            path=self._folder.path / name,
            name=name,
            identity=f"{own_id}/{path.name}",
            stem=f"{own_id}_iteration_{number}",
            prompt=self._prompt(place, notes, Notes(about)),
            negative_prompt=notes.text("negative_prompt") or Notes(about).text("negative_prompt"),
            model=notes.text("model", "model_id", "model_name", "image_model")
            or shared.text("model", "model_id", "model_name", "image_model"),
            seed=notes.whole("seed", most=MAX_SEED),
            params=notes.mapping("parameters", "params", "generation_params", "settings"),
            section=notes.text("section", "category") or Notes(about).text("section") or "",
            image_number=number,
            description=notes.text("description", "title")
            or Notes(about).text("description", "title")
            or f"{own_id}, iteration {number}",
            prompt_id=own_id,
            round=max(1, number),
            follows=(path.parent / _earlier(path.stem, number)).as_posix() if number else None,
            made_at=notes.moment("timestamp", "created_at", "generated_at", "completed_at",
                                 "finished_at", "end_time", "time", "date")
            or shared.moment("timestamp", "generated_at", "completed_at", "created_at"),
            seconds=notes.seconds("generation_time", "generation_time_seconds", "duration",
                                  "duration_seconds", "elapsed", "elapsed_seconds",
                                  "processing_time", "inference_time"),
            cost=notes.dollars("cost_usd", "image_cost_usd", "generation_cost", "image_cost",
                               "cost"),
            noted_in=self._folder.told(results_name) if results_name else "",
            retries=notes.whole("retry_count", "retries", most=1000) or 0,
            request_id=notes.text("request_id"),
            variables=evaluation_variables(evaluation),
            records=records,
            complete=whole and bool(records),
        )  # fmt: skip
        self._before[place] = {"results": results, "evaluation": evaluation}
        return picture, notes.unusable

    def _prompt(self, place: str, notes: Notes, about: Notes) -> str:
        """The prompt that made this picture: its own, or the one improved before, or the first."""
        before = self._before.get(place, {})
        earlier = Notes(before.get("evaluation"), before.get("results"))
        return (
            notes.text(*_OWN_PROMPT)
            or earlier.text(*_NEXT_PROMPT)
            or notes.text(*_REFINED, *_FIRST_PROMPT)
            or about.text(*_OWN_PROMPT, *_FIRST_PROMPT)
            or ""
        )

    def _records_alone(self) -> Iterator[Found]:
        made = {iteration_of(name) for name in self._folder.iterations}
        for key, kinds in sorted(self._records.items()):
            name = next((name for kind, name in kinds if kind in {"results", ""}), None)
            if key in made or name is None:
                continue
            document = read_document(self._folder.path / name, self._folder.told(name))
            if document.problem:
                yield document.problem
                continue
            notes = Notes(document.value)
            why = notes.text("error_message", "error")
            if notes.truth("success", "status") is False or why:
                told = self._folder.told(name)
                yield FailedRecord(told, why or "No reason was noted.")
            else:
                yield ImportProblem(
                    file=self._folder.told(name),
                    message="The picture of this iteration is not in the folder.",
                    fix="Put the picture back and import again.",
                )


def prompt_id(folder: OldFolder, name: str) -> str:
    """The id of a picture's prompt: the name of the folder that it lies in."""
    return PurePosixPath(name).parent.name or folder.path.name or "prompt"


def evaluation_variables(evaluation: Any) -> dict[str, Any]:
    """What a judge said, one entry each, for the picture's page; the whole is kept as a record."""
    said: dict[str, Any] = {}
    if not isinstance(evaluation, dict):
        return {"evaluation": _short(evaluation)} if evaluation else {}
    for key, value in list(evaluation.items())[:_MOST_VARIABLES]:
        if isinstance(value, dict) and all(not isinstance(v, dict | list) for v in value.values()):
            said |= {f"evaluation {key} {name}": _short(v) for name, v in value.items()}
        else:
            said[f"evaluation {key}"] = _short(value)
    return dict(list(said.items())[:_MOST_VARIABLES])


def _common(summary: Any) -> dict[str, Any]:
    """What a summary says about all of its pictures, without what it says about single ones."""
    if not isinstance(summary, dict):
        return {}
    return {
        key: value
        for key, value in summary.items()
        if key in _SETTINGS or not isinstance(value, dict | list)
    }


def _short(value: Any) -> Any:
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    return value[:_LONGEST_VARIABLE] if isinstance(value, str) else value


def _earlier(stem: str, number: int) -> str:
    """The name of the iteration before, zeros in front kept as they are."""
    head, _, digits = stem.rpartition("_")
    return f"{head}_{number - 1:0{len(digits)}d}" if digits[:1] == "0" else f"{head}_{number - 1}"


def _by_iteration(files: frozenset[str]) -> dict[tuple[str, int], list[tuple[str, str]]]:
    """(folder, number) → (kind, file) of each record, JSON before YAML."""
    found: dict[tuple[str, int], list[tuple[str, str]]] = {}
    for name in sorted(files):
        path = PurePosixPath(name)
        if match := _RECORD.fullmatch(path.name):
            key = (path.parent.as_posix(), int(match["number"]))
            found.setdefault(key, []).append(((match["kind"] or "").lower(), name))
    return found


class _Index:
    """What summaries say about each prompt, wherever in them it stands."""

    def __init__(self, summaries: Any, ids: set[str]) -> None:
        self._ids = ids
        self._found: dict[str, Mapping[str, Any]] = {}
        for summary in summaries:
            self._look(summary, 0)

    def prompt(self, own_id: str) -> Mapping[str, Any]:
        """The entry of a prompt; empty when there is none."""
        return self._found.get(own_id, {})

    def iteration(self, own_id: str, number: int) -> Mapping[str, Any]:
        """The entry of one iteration of a prompt; empty when there is none."""
        entry = self.prompt(own_id)
        for key in ("iterations", "rounds", "results", "history", "images"):
            listed = entry.get(key)
            if isinstance(listed, dict):
                listed = [
                    {"iteration": name} | each
                    for name, each in listed.items()
                    if isinstance(each, dict)
                ]
            for each in listed if isinstance(listed, list) else []:
                if isinstance(each, dict) and Notes(each).whole(*_NUMBERS) == number:
                    return each
        return {}

    def _look(self, value: Any, depth: int) -> None:
        if depth > 6:
            return
        if isinstance(value, list):
            for each in value:
                self._look(each, depth + 1)
        elif isinstance(value, dict):
            own = next((str(value[name]) for name in _IDS if value.get(name) is not None), "")
            if own in self._ids:
                self._found.setdefault(own, value)
            for key, each in value.items():
                if key in self._ids and isinstance(each, dict):
                    self._found.setdefault(key, each)
                elif key in self._ids and isinstance(each, list):
                    self._found.setdefault(key, {"iterations": each})
                self._look(each, depth + 1)
