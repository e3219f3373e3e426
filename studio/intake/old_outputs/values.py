"""What a record says, looked up under any of several names: tolerant of types, not of nonsense."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

from studio.errors import BadParameter
from studio.models.money import Micros, to_micros

T = TypeVar("T")
MAX_SEED = 2**63 - 1
MOST_DOLLARS = 100_000.0
MOST_SECONDS = 30 * 24 * 3600.0
_FIRST_YEAR = 1980
"""No picture program wrote an earlier time; a clock that was never set does."""
_DEPTH = 3
_LONGEST_NUMBER = 40
_ASIDE = frozenset(
    {
        "evaluation", "evaluations", "judge", "judgement", "critique", "review", "refinement",
        "next", "nextiteration", "previous", "history", "results", "prompts", "images",
        "iterations",
    }
)  # fmt: skip
"""Parts of a record that speak of something else than its picture."""
_WORDS = ("text", "prompt", "content", "value", "name")
"""Where an entry that should be words keeps them, if it is a mapping."""
_YES = {"true", "yes", "y", "1", "ok", "success", "succeeded", "successful", "completed", "done"}
_NO = {"false", "no", "n", "0", "failed", "failure", "error", "refused", "canceled", "cancelled"}


class Notes:
    """What some records say about one picture; the first record that says it wins.

    ``unusable`` collects the names of entries that are there and make no sense.
    """

    def __init__(self, *records: Any) -> None:
        self._records = [record for record in records if isinstance(record, Mapping) and record]
        self.unusable: list[str] = []

    def text(self, *names: str) -> str | None:
        """Words, or a number as it is written."""
        return self._first(names, _text)

    def whole(self, *names: str, least: int = 0, most: int = MAX_SEED) -> int | None:
        """A whole number within bounds."""

        def read(value: Any) -> int | None:
            number = _whole(value)
            return number if number is not None and least <= number <= most else None

        return self._first(names, read)

    def seconds(self, *names: str) -> float | None:
        """A duration."""

        def read(value: Any) -> float | None:
            number = _number(value.rstrip(" s") if isinstance(value, str) else value)
            return number if number is not None and 0 <= number <= MOST_SECONDS else None

        return self._first(names, read)

    def dollars(self, *names: str) -> Micros | None:
        """An amount of US dollars in micro-dollars; 0 only where 0 was noted."""
        return self._first(names, _dollars)

    def moment(self, *names: str) -> datetime | None:
        """A time, UTC. One without a zone is meant in the zone of this machine."""
        return self._first(names, _moment)

    def truth(self, *names: str) -> bool | None:
        """Yes or no."""
        return self._first(names, _truth)

    def mapping(self, *names: str) -> dict[str, Any]:
        """Named values; empty where there are none."""
        return self._first(names, lambda value: value if isinstance(value, dict) else None) or {}

    def _first(self, names: tuple[str, ...], read: Callable[[Any], T | None]) -> T | None:
        for key, value in self._found({_plain(name): place for place, name in enumerate(names)}):
            if (usable := read(value)) is not None:
                return usable
            if key not in self.unusable:
                self.unusable.append(key)
        return None

    def _found(self, names: Mapping[str, int]) -> Iterator[tuple[str, Any]]:
        """Entries under the names, outer ones first, then in the order of the names."""
        for record in self._records:
            level: list[Mapping[str, Any]] = [record]
            for _ in range(_DEPTH):
                hits = [
                    (names[plain], key, value)
                    for part in level
                    for key, value in part.items()
                    if (plain := _plain(key)) in names and value is not None and value != ""
                ]
                for _place, key, value in sorted(hits, key=lambda hit: hit[0]):
                    yield key, value
                level = [inner for part in level for inner in _inside(part)]


def _inside(part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for key, value in part.items():
        if isinstance(value, dict) and _plain(key) not in _ASIDE:
            yield value


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    """``imagePrompt``, ``Image Prompt`` and ``image_prompt`` are one name."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, dict):
        return next((text for key in _WORDS if (text := _text(value.get(key)))), None)
    return None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and len(value) > _LONGEST_NUMBER:
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _whole(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,20}\s*", value):
        return int(value)
    number = _number(value)
    return int(number) if number is not None and number.is_integer() else None


def _dollars(value: Any) -> Micros | None:
    if isinstance(value, dict):
        total = Notes(value).dollars("total_usd", "total", "cost_usd", "usd", "amount")
        return total if total is not None else None
    number = _number(value.strip().removeprefix("$") if isinstance(value, str) else value)
    if number is None or not 0 <= number <= MOST_DOLLARS:
        return None
    try:
        return to_micros(value)
    except BadParameter:
        return None


def _moment(value: Any) -> datetime | None:
    since_1970 = not isinstance(value, str) or re.fullmatch(r"\s*[0-9]{9,}(\.[0-9]*)?\s*", value)
    try:
        if isinstance(value, str) and not since_1970:
            moment = datetime.fromisoformat(value.strip())
        elif (number := _number(value)) is not None and number > 0:
            seconds = number / 1000 if number > 1e11 else number
            moment = datetime.fromtimestamp(seconds, UTC)
        else:
            return None
        moment = moment.astimezone(UTC)  # one without a zone is taken as local time
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.year >= _FIRST_YEAR else None


def _truth(value: Any) -> bool | None:
    word = str(value).strip().casefold()
    return True if word in _YES else False if word in _NO else None
