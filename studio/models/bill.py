"""What was quoted, what was booked, and what the provider's own bill says."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from studio.models.money import Micros

FLAGGED_ABOVE = 0.01
"""A drift above this share of the quote is pointed out."""


class ProviderBill(BaseModel):
    """How what was booked for one provider compares with its own bill."""

    model_config = ConfigDict(frozen=True)

    provider: str
    label: str
    equal: int = 0
    different: int = 0
    difference: Micros = 0
    """Billed above what had been booked; below nothing where less was billed."""
    waiting: int = 0
    """Charges that are compared later by themselves."""
    given_up: int = 0
    """Charges about which the bill did not tell within two days."""
    readable: bool = True
    """False where the key may not read the bill."""
    told: str = ""
    """Why it cannot be read, one plain sentence."""
    fix: str = ""
    """What a person can do about that."""
    asks_again: datetime | None = None
    """When it is tried again by itself."""

    @property
    def checked(self) -> int:
        """Charges compared with the bill."""
        return self.equal + self.different

    @property
    def total(self) -> int:
        """Charges that were compared, or are to be."""
        return self.checked + self.waiting + self.given_up


class BilledPicture(BaseModel):
    """One charge that the bill puts otherwise than it had been booked."""

    model_config = ConfigDict(frozen=True)

    job_id: str
    batch_id: str
    asset_id: str | None
    """Its picture in the gallery, where there is one."""
    name: str
    model: str
    attempt: int
    at: datetime
    """When it was compared."""
    quoted: Micros | None
    booked: Micros
    billed: Micros
    source: str
    """Where the booked figure came from."""

    @property
    def difference(self) -> Micros:
        """Billed above what had been booked."""
        return self.billed - self.booked


class ModelDrift(BaseModel):
    """What a model's last pictures were quoted at, and what they cost; averages of one picture."""

    model_config = ConfigDict(frozen=True)

    model: str
    pictures: int
    """Those that the averages are of: where some were off, they are of these alone."""
    quoted: Micros
    actual: Micros
    of: int = 0
    """How many of the last pictures they are among, where others were as quoted; otherwise 0."""
    refreshed: bool = False
    """Whether its price was asked for again since the last of them was quoted."""

    @property
    def share(self) -> float | None:
        """0.2 where they cost a fifth more than quoted; ``None`` where they were quoted as free."""
        return (self.actual - self.quoted) / self.quoted if self.quoted else None

    @property
    def which(self) -> str:
        """``last 3 pictures``, ``2 of the last 7 pictures``."""
        last = self.of or self.pictures
        words = "last picture" if last == 1 else f"last {last:,} pictures"
        return f"{self.pictures:,} of the {words}" if last > self.pictures else words

    @property
    def flagged(self) -> bool:
        """Whether that is worth a look."""
        share = self.share
        return bool(self.actual) if share is None else abs(share) > FLAGGED_ABOVE


class BillCheck(BaseModel):
    """The comparison as it stands."""

    model_config = ConfigDict(frozen=True)

    days: int
    """How far back it reaches."""
    bills: list[ProviderBill]
    rows: list[BilledPicture]
    """The charges that differ, newest first; see ``more``."""
    more: int = 0
    """How many that differ are left out."""
    drift: list[ModelDrift]
    """Models whose pictures cost money or were to, the largest drift first."""

    @property
    def flagged(self) -> list[ModelDrift]:
        """Models whose quotes are off."""
        return [line for line in self.drift if line.flagged]
