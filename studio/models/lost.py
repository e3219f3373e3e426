"""Lost and found: calls that may have cost money and whose picture is not in the gallery."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from studio.models.money import Micros
from studio.models.request import Charged


class LostKind(StrEnum):
    """Why a picture is missing although it may have been paid for."""

    UNKNOWN = "unknown"
    """Nobody can tell whether the provider made it."""
    PAID = "paid"
    """It was charged, or may have been, and there is no picture."""
    LATE = "late"
    """It is made and paid for; its file has not been brought home for a while."""


class LostItem(BaseModel):
    """One such call, and what is known about it."""

    model_config = ConfigDict(frozen=True)

    kind: LostKind
    job_id: str
    batch_id: str
    batch_title: str
    row: int
    name: str
    """The picture's description, or the head of its prompt."""
    model: str
    provider: str
    """The provider's label."""
    amount: Micros
    """What is set aside for it, or what was charged."""
    charged: Charged
    known: str
    """What is known, in plain words."""
    hint: str
    """What a person can do."""
    remote_id: str | None
    """The provider's own id of the request, where there is one."""
    can_look: bool = True
    """Whether there may be a picture at the provider: a refusal that was charged brings none."""
    sent_at: datetime | None
    looks: int = 0
    """How often it was looked for since."""
    next_look: datetime | None = None
    """When it is looked for again by itself; ``None`` never."""
    kept_until: datetime | None = None
    """Until when the provider surely keeps the output; ``None`` where nobody knows."""


class LostSummary(BaseModel):
    """How many there are and what is at stake."""

    model_config = ConfigDict(frozen=True)

    unknown: int = 0
    paid: int = 0
    late: int = 0
    held: Micros = 0
    """Set aside for unknown outcomes."""
    charged: Micros = 0
    """Charged without a picture, and not yet taken note of."""

    @property
    def total(self) -> int:
        """All of them."""
        return self.unknown + self.paid + self.late


class Found(StrEnum):
    """What a look at a lost call found out."""

    IN_GALLERY = "in_gallery"
    """Found, fetched and stored."""
    BEING_MADE = "being_made"
    """Found: the provider is still making it, or its file is on its way."""
    NEVER_ARRIVED = "never_arrived"
    """It provably never reached the provider: nothing was charged, it waits for its turn again."""
    ENDED = "ended"
    """Found: it ended without a picture."""
    STILL_UNKNOWN = "still_unknown"
    """Nobody can tell, as before."""
    NOT_FOUND = "not_found"
    """The provider does not have the output any more."""


class LookedAt(BaseModel):
    """The result of looking for one lost call."""

    model_config = ConfigDict(frozen=True)

    job_id: str
    found: Found
    message: str
    """What was found out, one plain sentence."""


class Reconciled(BaseModel):
    """What looking everything up brought."""

    model_config = ConfigDict(frozen=True)

    looked: list[LookedAt]
    bills_asked: int = 0
    """Attempts whose cost was compared with the provider's own bill just now."""
    bills_waiting: int = 0
    """Attempts whose bill cannot be complete yet; it is asked later by itself."""

    def count(self, found: Found) -> int:
        """How many looks ended so."""
        return sum(1 for item in self.looked if item.found is found)
