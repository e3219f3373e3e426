"""What the studio reports about itself: budgets, health, keys, settings, disk use."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel

from studio.models.money import Micros, format_usd


class BudgetLine(BaseModel):
    """Spend against one cap. ``cap`` is ``None`` where no cap is set."""

    scope: str
    """``day``, ``month``, ``person``, ``total`` or ``batch``."""
    label: str
    cap: Micros | None
    settled: Micros
    reserved: Micros
    person: str | None = None
    """Whose budget of this month it is, where the scope is ``person``."""

    @property
    def left(self) -> Micros | None:
        """What may still be spent; ``None`` without a cap."""
        return None if self.cap is None else self.cap - self.settled - self.reserved

    @property
    def over(self) -> Micros:
        """What is spent or set aside above the cap: a bill was higher than its quote, or somebody
        lowered the cap. 0 where the cap holds.
        """
        return max(0, -(self.left or 0))


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


class Check(BaseModel):
    """One health check in words."""

    name: str
    verdict: Verdict
    message: str
    fix: str = ""


class AccountState(StrEnum):
    """How an account at a provider stands."""

    READY = "ready"
    NO_KEY = "no_key"
    BAD_KEY = "bad_key"
    NO_FUNDS = "no_funds"
    UNREACHABLE = "unreachable"


ACCOUNT_WORDS: dict[AccountState, str] = {
    AccountState.READY: "Ready",
    AccountState.NO_KEY: "No key yet",
    AccountState.BAD_KEY: "Key refused",
    AccountState.NO_FUNDS: "Account empty",
    AccountState.UNREACHABLE: "Not reachable",
}
"""What pages and commands call the states of an account."""


class Account(BaseModel):
    """An account at a provider, as a free live look found it."""

    provider: str
    state: AccountState
    message: str
    """One plain sentence."""
    fix: str = ""
    """What to do where it is not ready."""
    balance: Micros | None = None
    """What is left on it, micro-dollars; ``None`` where the provider does not tell this key."""

    @property
    def words(self) -> str:
        """The state in a few words: ``Ready · balance $12.30``."""
        words = ACCOUNT_WORDS[self.state]
        if self.balance is None or self.state is not AccountState.READY:
            return words
        return f"{words} · balance {format_usd(self.balance)}"


class AddressLine(BaseModel):
    """One address of a provider: where it is, and where it usually is."""

    name: str
    """What the provider's adapter calls it."""
    env: tuple[str, ...]
    """Accepted names of the setting that moves it."""
    url: str
    usual: str

    @property
    def moved(self) -> bool:
        """Whether a setting points it elsewhere, at a proxy or an emulator say."""
        return self.url != self.usual.rstrip("/")


class KeyLine(BaseModel):
    """Whether a provider's key is there, and all that is needed to get one. Never the key."""

    provider: str
    label: str
    description: str = ""
    env: tuple[str, ...]
    needed: bool
    present: bool
    source: str = ""
    in_session: bool = False
    """Given for this session: it lives in memory only and can be forgotten."""
    key_url: str = ""
    """Where a person gets a key."""
    funds_url: str = ""
    """Where a person puts money on the account."""
    addresses: tuple[AddressLine, ...] = ()


class SettingLine(BaseModel):
    """One setting with its source; secrets are masked before they get here."""

    name: str
    value: str
    source: str
    description: str


class StorageUse(BaseModel):
    """What lies on the disk, in bytes."""

    folder: str
    pictures: int
    picture_bytes: int
    thumbnail_bytes: int
    database_bytes: int
    other_bytes: int
    free_bytes: int


class ProviderLine(BaseModel):
    """A provider as the settings page and ``studio models`` show it."""

    id: str
    label: str
    description: str
    needs_key: bool
    ready: bool
