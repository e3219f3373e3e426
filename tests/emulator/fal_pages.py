"""What the lists of the platform API share: ids, windows of time, pages (providers.md §1.8)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from starlette.requests import Request

_DAY = 86_400.0
T = TypeVar("T")


class BadQuery(ValueError):
    """A parameter that the platform does not take."""


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time; the end is not part of it."""

    start: float
    end: float | None

    @classmethod
    def of(cls, request: Request, now: float, *, days: int = 1) -> Window:
        """From ``start`` (``days`` ago where not said) to ``end`` (open where not said).

        Raises:
            BadQuery: not a time, or more than 90 days.
        """
        start = _time(request, "start")
        end = _time(request, "end")
        window = cls(now - days * _DAY if start is None else start, end)
        if (end or now) - window.start > 90 * _DAY + 1:
            raise BadQuery("The date range is capped at 90 days")
        return window

    def holds(self, at: float) -> bool:
        """Whether a moment lies within."""
        return self.start <= at and (self.end is None or at < self.end)


def listed(request: Request, name: str, *, most: int | None = None) -> list[str]:
    """A parameter that may be repeated or hold commas.

    Raises:
        BadQuery: more than ``most`` values.
    """
    values = [part for value in request.query_params.getlist(name) for part in value.split(",")]
    found = list(dict.fromkeys(value.strip() for value in values if value.strip()))
    if most is not None and len(found) > most:
        raise BadQuery(f"{name} takes at most {most} values")
    return found


def page(
    request: Request, items: Sequence[T], *, default: int, most: int
) -> tuple[list[T], dict[str, Any]]:
    """One page, and what tells where the next begins; a cursor hides a page number.

    Raises:
        BadQuery: not a limit or not a cursor of ours.
    """
    try:
        limit = int(request.query_params.get("limit", default))
        cursor = request.query_params.get("cursor")
        number = int(base64.b64decode(cursor, validate=True)) if cursor else 1
    except (ValueError, binascii.Error) as error:
        raise BadQuery("limit or cursor is not valid") from error
    if not 1 <= limit <= most or number < 1:
        raise BadQuery(f"limit must be from 1 to {most}")
    rest = len(items) > number * limit
    following = base64.b64encode(str(number + 1).encode()).decode() if rest else None
    shown = list(items[(number - 1) * limit : number * limit])
    return shown, {"next_cursor": following, "has_more": rest}


def _time(request: Request, name: str) -> float | None:
    value = request.query_params.get(name)
    if not value:
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError as error:
        raise BadQuery(f"{name} is not a time in ISO 8601") from error
    return parsed.replace(tzinfo=parsed.tzinfo or UTC).timestamp()
