"""Sketch: the built-in drawing engine for drafts. Free, offline, no key; it can pretend trouble."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from studio.catalog import load_cards
from studio.models import (
    Call,
    CannotTell,
    Charged,
    Fault,
    FaultKind,
    Finished,
    ModelCard,
    NotThere,
    Output,
    ProviderFault,
    Running,
    Usage,
)
from studio.providers._base import Context, Provider

SLOW_SECONDS, SLOW_STEPS = 4.0, 16
TROUBLES = ("slow", "fail", "refuse", "busy", "lost")


class Sketch(Provider):
    """Draws from the words of the prompt, by rules; equal requests and seeds give equal bytes."""

    id: ClassVar[str] = "sketch"
    label: ClassVar[str] = "Sketch"
    description: ClassVar[str] = "A drawing engine for drafts: built in, free, needs no network."
    concurrency: ClassVar[int] = 2
    generator: ClassVar[Literal["algorithmic", "trained"]] = "algorithmic"

    @property
    def cards(self) -> tuple[ModelCard, ...]:
        """The one model."""
        return load_cards(self.id)

    async def submit(self, call: Call, ctx: Context) -> Running | Finished:
        """Draw the picture in a worker, after any trouble that was asked for.

        Raises:
            ProviderFault: the trouble.
        """
        trouble = read_trouble(call.request.params)
        if _strikes(trouble, "slow", call):
            for _ in range(SLOW_STEPS):
                await ctx.clock.sleep(SLOW_SECONDS / SLOW_STEPS)
        for kind, fault in _FAULTS.items():
            if _strikes(trouble, kind, call):
                raise ProviderFault(fault)
        picture = await ctx.cpu(_draw, call)
        usage = Usage(cost=0, source="built in, free")
        return Finished(outputs=(Output(data=picture, media_type="image/png"),), usage=usage)

    async def find(self, call: Call, ctx: Context) -> Running | Finished | NotThere | CannotTell:
        """Nothing is kept and nothing was charged, so drawing again is safe; a pretended loss stays
        lost, to show what that looks like.
        """
        if _strikes(read_trouble(call.request.params), "lost", call):
            return CannotTell(known="Sketch was told to lose this answer.")
        return NotThere()


def read_trouble(params: Mapping[str, Any]) -> dict[str, float | None]:
    """``simulate=fail:0.2,slow`` as trouble → rate; ``None`` where no rate was given.

    Raises:
        ProviderFault: a word or rate that means nothing.
    """
    trouble: dict[str, float | None] = {}
    for part in str(params.get("simulate") or "").split(","):
        word, _, rate = part.strip().lower().partition(":")
        if not word:
            continue
        try:
            share = float(rate) if rate else None
        except ValueError:
            share = -1.0
        if word not in TROUBLES or (share is not None and not 0 <= share <= 1):
            raise ProviderFault(
                Fault(
                    kind=FaultKind.BAD_REQUEST,
                    message=f"Sketch cannot pretend {part.strip()!r}.",
                    hint=f"Use {', '.join(TROUBLES)}, each with a rate if you like: fail:0.2.",
                )
            )
        trouble[word] = share
    return trouble


def _strikes(trouble: Mapping[str, float | None], kind: str, call: Call) -> bool:
    """Whether a trouble meets this attempt: by chance that is the same whenever it is asked."""
    if kind not in trouble:
        return False
    rate = trouble[kind]
    if rate is None:
        return kind != "busy" or call.attempt == 1
    digest = hashlib.sha256(f"{call.job_id} {call.attempt} {kind}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < rate


def _draw(call: Call) -> bytes:
    from studio.providers._sketch.draw import draw_picture  # noqa: PLC0415  (loads numpy and Pillow)

    request = call.request
    return draw_picture(
        request.prompt,
        request.negative_prompt,
        request.width,
        request.height,
        call.seed,
        request.params,
        call.references[0] if call.references else b"",
    )


_FAULTS = {
    "refuse": Fault(
        kind=FaultKind.REFUSED,
        message="Sketch was told to refuse this prompt.",
        hint="Change the prompt, or take 'refuse' out of the setting 'Pretend trouble'.",
    ),
    "busy": Fault(
        kind=FaultKind.RATE_LIMITED,
        retry=True,
        retry_after=0.5,
        message="Sketch was told to be busy.",
        hint="It is tried again by itself in a moment.",
    ),
    "fail": Fault(
        kind=FaultKind.UNAVAILABLE,
        message="Sketch was told to fail.",
        hint="Retry it, or take 'fail' out of the setting 'Pretend trouble'.",
    ),
    "lost": Fault(
        kind=FaultKind.UNKNOWN_OUTCOME,
        charged=Charged.MAYBE,
        message="The answer was lost on the way, as Sketch was told.",
        hint="Retry it, or write it off.",
    ),
}
