"""One call to a provider and every answer it can give, as data that the engine acts on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from studio.models.card import InputNames, Mode
from studio.models.money import Micros


class PictureRequest(BaseModel):
    """Everything that determines a picture. Stored with the job as the intent."""

    model_config = ConfigDict(frozen=True)

    mode: Mode = Mode.IMAGE
    model: str
    prompt: str
    negative_prompt: str | None = None
    width: int
    height: int
    seed: int | None = None
    """The seed the user asked for; ``None`` lets the studio choose one per job."""
    params: dict[str, Any] = Field(default_factory=dict)
    references: tuple[str, ...] = ()
    """Ids of stored pictures to start from; they reach a provider as checked bytes."""

    def content_hash(self, copy_index: int = 0) -> str:
        """SHA-256 over everything that determines the picture, and which copy it is."""
        body = self.model_dump(mode="json") | {"copy": copy_index}
        text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class Call(BaseModel):
    """A request on its way to a provider: one attempt of one job."""

    model_config = ConfigDict(frozen=True)

    job_id: str
    attempt: int
    request: PictureRequest
    seed: int
    """The seed in force: the user's, or the studio's own."""
    references: tuple[bytes, ...] = ()
    body: dict[str, Any] = Field(default_factory=dict)
    """The model's own input as planned: complete but for the seed and the references."""
    names: InputNames | None = None
    """What the model calls the inputs that are filled in at the last moment."""
    sent_at: datetime | None = None
    """When this attempt was claimed, which is the earliest moment it can have been sent."""
    left_at: datetime | None = None
    """The latest moment at which it can have left, for one whose answer was lost."""
    prepared: dict[str, Any] = Field(default_factory=dict)
    """What ``Provider.prepare`` found out, such as URLs of uploaded references."""
    webhook: str | None = None
    """Where the provider may tell that this attempt has ended: the same whenever it is asked."""

    def input(self, images: Sequence[str] = ()) -> dict[str, Any]:
        """The exact input for the model: what was planned, the seed, and addresses of pictures."""
        filled = dict(self.body)
        if self.names is None:
            return filled
        if self.names.seed:
            filled[self.names.seed] = self.seed
        if self.names.images and images:
            filled[self.names.images] = list(images) if self.names.many_images else images[0]
        return filled


class Output(BaseModel):
    """One file that a provider made: its bytes, or where they can be fetched."""

    model_config = ConfigDict(frozen=True)

    data: bytes | None = None
    url: str | None = None
    media_type: str | None = None


MOST_PLAUSIBLE = 10_000_000_000
"""Micro-dollars: nothing that one call makes costs ten thousand dollars."""


def _plausible(cost: Micros | None) -> Micros | None:
    return cost if cost is not None and 0 <= cost <= MOST_PLAUSIBLE else None


PlausibleCost = Annotated[Micros | None, AfterValidator(_plausible)]
"""A figure of a provider; one that cannot be is unknown."""


class Usage(BaseModel):
    """What the provider says the call cost."""

    model_config = ConfigDict(frozen=True)

    cost: PlausibleCost = None
    source: str = "unknown"
    details: dict[str, Any] = Field(default_factory=dict)


class Running(BaseModel):
    """The provider accepted the work; ``ref`` finds it again after any crash."""

    model_config = ConfigDict(frozen=True)

    ref: dict[str, Any]
    progress: str | None = None
    """What it is doing now, in the provider's words."""
    queue_position: int | None = None
    """Calls before this one in the provider's queue; ``None`` once it is being made."""


class Finished(BaseModel):
    """The work is done; the outputs are here or can be fetched."""

    model_config = ConfigDict(frozen=True)

    outputs: tuple[Output, ...]
    usage: Usage = Usage()
    ref: dict[str, Any] | None = None
    """What finds the work at the provider, where it was not accepted under our eyes."""


class NotThere(BaseModel):
    """The provider never received the call: said only when that is certain."""

    model_config = ConfigDict(frozen=True)


class CannotTell(BaseModel):
    """Nobody can tell whether the call arrived."""

    model_config = ConfigDict(frozen=True)

    known: str = ""
    ask_again: bool = False
    """True when a later look may find out; False when it never will."""


class FaultKind(StrEnum):
    """Every way in which a call can go wrong."""

    BAD_REQUEST = "bad_request"
    REFUSED = "refused"
    BAD_KEY = "bad_key"
    NO_FUNDS = "no_funds"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    UNKNOWN_OUTCOME = "unknown_outcome"
    BAD_OUTPUT = "bad_output"
    LOST = "lost"


class Charged(StrEnum):
    """Whether the provider takes money for a call that brought no picture."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"


class Fault(BaseModel):
    """What went wrong, whether to try again, whether it cost money, and what a person can do."""

    model_config = ConfigDict(frozen=True)

    kind: FaultKind
    retry: bool = False
    retry_after: float | None = None
    """Seconds the provider asked us to wait."""
    charged: Charged = Charged.NO
    cost: PlausibleCost = None
    """What the provider charged without a picture, when it says so."""
    message: str
    hint: str
    canceled: bool = False
    """The work ended because it was asked to stop."""
    looking: bool | None = None
    """For accepted work: true when only the *look* at it failed and the work goes on, false when
    the work itself ended. Unsaid, "unavailable" and "too busy" are taken to be about the look,
    because only work that has ended may be made again."""


class ProviderFault(Exception):
    """Carries a :class:`Fault` out of a provider adapter."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault
