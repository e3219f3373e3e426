"""Misbehaviour on demand: which request goes wrong, how, and always the same one again."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

KINDS: dict[str, str] = {
    # kind → the point where it strikes; providers.md §1.4, §1.9 and §7
    "drop": "submit",  # connection closed before anything was accepted
    "busy": "submit",  # 429; retry_after gives the header
    "unavailable": "submit",  # 503 with fal's own body and request id
    "gateway": "submit",  # 502/504 HTML of nginx; accepted=True: the request was taken on
    "broken": "submit",  # 500
    "wrong_key": "submit",  # 401 although the key is right
    "exhausted": "submit",  # 403 although there is money
    "lost_answer": "accepted",  # accepted, then the connection closes without an answer
    "stall": "accepted",  # accepted, answer after `seconds`, or never without
    "refuse": "run",  # 422 content_policy_violation in the result
    "black": "run",  # a black picture, has_nsfw_concepts true, under 200
    "fail": "run",  # flat error_type body in the result; `error_type`, `status`
    "slow": "run",  # takes `seconds`; without: until released by hand
    "no_units": "run",  # the result has no x-fal-billable-units
    "expired": "result",  # 404 although it is there
    "result_fails": "result",  # `status` (500), as fal's own; 502/504 as nginx
    "status_fails": "status",  # `status` (500), as fal's own; 502/504 as nginx
    "status_drop": "status",  # connection closed
    "status_stall": "status",  # answer after `seconds`, or never without
    "cancel_fails": "cancel",  # `status` (500)
    "picture_missing": "picture",  # `status` 404 (or 410)
    "picture_fails": "picture",  # `status` 500; with times=n: n times
    "picture_slow": "picture",  # drips over `seconds`
    "picture_html": "picture",  # 200, an HTML page instead of a picture
    "picture_cut": "picture",  # the connection closes half-way
    "picture_truncated": "picture",  # half the bytes, and the headers agree with that
    "upload_fails": "upload",  # `status` (500)
    "platform_fails": "platform",  # `status` (500) in the platform's own shape
    "platform_drop": "platform",  # connection closed
    "webhook_twice": "webhook",  # delivered two times
    "webhook_forged": "webhook",  # with a signature that does not fit
    "webhook_old": "webhook",  # signed `seconds` (600) before it arrives
    "webhook_lost": "webhook",  # never delivered
}


@dataclass(slots=True)
class Rule:
    """One instruction to misbehave: always, or as ``rate``, ``nth``, ``every`` or ``after`` say."""

    kind: str
    rate: float | None = None
    nth: tuple[int, ...] = ()
    """Counted from 1, over the occasions that match the filters."""
    every: int | None = None
    after: int | None = None
    """Strikes on every occasion after so many."""
    times: int | None = None
    """Strikes at most so often."""
    endpoint: str | None = None
    word: str | None = None
    """In the prompt."""
    path: str | None = None
    """A part of the URL's path."""
    status: int | None = None
    seconds: float | None = None
    retry_after: float | None = None
    error_type: str | None = None
    message: str | None = None
    billed: bool | None = None
    """For a refusal: whether it is charged."""
    units_header: bool | None = None
    """For a refusal: whether ``x-fal-billable-units`` is sent; otherwise as charged."""
    accepted: bool = False
    occasions: int = 0
    hits: int = 0
    draws: Counter[str] = field(default_factory=Counter)

    def matches(self, point: str, endpoint: str, prompt: str, path: str) -> bool:
        """Whether this is an occasion for the rule."""
        return (
            KINDS[self.kind] == point
            and self.endpoint in {None, endpoint}
            and (self.word is None or self.word.casefold() in prompt.casefold())
            and (self.path is None or self.path in path)
        )

    def strikes(self, salt: str, key: str) -> bool:
        """Count one occasion and decide; the same requests are struck in any order of arrival."""
        self.occasions += 1
        self.draws[key] += 1
        if self.times is not None and self.hits >= self.times:
            return False
        if self.nth:
            struck = self.occasions in self.nth
        elif self.every is not None:
            struck = self.occasions % self.every == 0
        elif self.after is not None:
            struck = self.occasions > self.after
        elif self.rate is not None:
            chance = random.Random(f"{salt}:{self.kind}:{key}:{self.draws[key]}")  # noqa: S311  (repeatable on purpose)
            struck = chance.random() < self.rate
        else:
            struck = True
        self.hits += struck
        return struck


class Trouble:
    """The rules in force, in the order in which they were added: the first that strikes counts."""

    def __init__(self, seed: int | str = 0) -> None:
        self.seed = seed
        self.rules: list[Rule] = []

    def add(self, kind: str, *, nth: int | Iterable[int] = (), **options: Any) -> Rule:
        """Begin to misbehave; the fields of :class:`Rule` say when and how.

        Raises:
            ValueError: there is no such kind of trouble.
            TypeError: there is no such option.
        """
        if kind not in KINDS:
            raise ValueError(f"no such trouble: {kind!r}; there are {', '.join(KINDS)}")
        exact = (nth,) if isinstance(nth, int) else tuple(nth)
        rule = Rule(kind, nth=exact, **options)
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """Behave again."""
        self.rules.clear()

    def draw(
        self, point: str, *, endpoint: str = "", prompt: str = "", path: str = "", key: str = ""
    ) -> Rule | None:
        """The rule that strikes on this occasion, or ``None``."""
        matching = [rule for rule in self.rules if rule.matches(point, endpoint, prompt, path)]
        struck = [rule for rule in matching if rule.strikes(str(self.seed), key)]
        return struck[0] if struck else None

    def as_json(self) -> list[dict[str, Any]]:
        """The rules in force for another process."""
        return [asdict(rule) | {"draws": len(rule.draws)} for rule in self.rules]
