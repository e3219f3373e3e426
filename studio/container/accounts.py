"""Accounts at providers: how each stands, in the same words everywhere, and connecting a key."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from studio.errors import BadParameter, InputError
from studio.models import Account, AccountState, Check, KeyLine, Verdict

if TYPE_CHECKING:
    from studio.container.studio import Studio

LOOK_SECONDS, UNCHECKED_SECONDS = 15.0, 3.0
FRESH = timedelta(minutes=10)
"""An older finding is looked at again when somebody opens the settings."""
LONGEST_KEY = 512
REFUSED = frozenset({AccountState.BAD_KEY, AccountState.NO_FUNDS})

_QUOTES = " \t\r\n'\"`“”„‘’«»<>,;"
_SCHEME = re.compile(r"(?:Authorization\s*:\s*)?(?:Bearer|Key|Token)\s+", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"(?:(?:export|setx?)\s+|\$env:)?[A-Z][A-Z0-9_]*(?:KEY|TOKEN|SECRET)\s*=\s*(?=[^=\s])"
)
_UNSEEN = re.compile("[\\s\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]+")


@dataclass(frozen=True, slots=True)
class Standing:
    """How one provider's account stands: whether there is a key, and what the last look found."""

    line: KeyLine
    account: Account | None = None
    """``None`` while nobody has looked."""
    checked_at: datetime | None = None

    @property
    def state(self) -> AccountState | None:
        """The state; ``None`` while a key is there and nobody has looked."""
        return None if self.account is None else self.account.state

    @property
    def words(self) -> str:
        """The state in a few words."""
        return "Key set, not checked yet" if self.account is None else self.account.words

    @property
    def message(self) -> str:
        """One plain sentence about the state."""
        if self.account is None:
            return "Nobody has asked the provider yet."
        return self.account.message

    @property
    def fix(self) -> str:
        """What to do; empty where nothing needs to be done."""
        return "" if self.account is None else self.account.fix

    @property
    def verdict(self) -> Verdict:
        """How serious that is: a key that is missing breaks nothing."""
        if self.state in REFUSED or self.state is AccountState.UNREACHABLE:
            return Verdict.ERROR
        return Verdict.OK if self.state is AccountState.READY else Verdict.WARNING

    def check(self) -> Check:
        """The same as a line of ``studio doctor``."""
        said = f"{self.words}. {self.message}" if self.message else f"{self.words}."
        return Check(name=self.line.label, verdict=self.verdict, message=said, fix=self.fix)


def standings(studio: Studio) -> list[Standing]:
    """Every provider as it was found last, those that need no key first. Asks nobody."""
    lines = sorted(studio.health.keys(), key=lambda line: line.needed)
    return [_standing(studio, line) for line in lines]


def standing(studio: Studio, provider_id: str) -> Standing:
    """One provider as it was found last.

    Raises:
        InputError: there is no such provider.
    """
    found = {each.line.provider: each for each in standings(studio)}
    if provider_id not in found:
        raise InputError(
            f"There is no generator {provider_id!r}.", f"Choose one of: {', '.join(found)}."
        )
    return found[provider_id]


def is_due(studio: Studio, found: Standing) -> bool:
    """Whether a key is there and the last look at its account is missing or old."""
    if not (found.line.needed and found.line.present):
        return False
    return found.checked_at is None or studio.parts.now() - found.checked_at > FRESH


def look(studio: Studio, provider_id: str, timeout: float = LOOK_SECONDS) -> Standing:
    """Ask the provider how the account stands now, for at most ``timeout`` seconds."""
    found = standing(studio, provider_id)
    if found.line.needed and found.line.present:
        studio.live.account(provider_id, timeout)
        return standing(studio, provider_id)
    return found


def connect(
    studio: Studio,
    provider_id: str,
    typed: str,
    *,
    unchecked: bool = False,
    timeout: float = LOOK_SECONDS,
) -> Account:
    """Check a key, and use it until the process ends where it is good. It is stored nowhere.

    Args:
        typed: What a person pasted: quotes, spaces and ``NAME=`` around the key do not matter.
        unchecked: Use it although the provider cannot be asked now.
        timeout: Seconds to wait for the provider at most.

    Returns:
        What the provider said; the key is in use when that is ``ready``, or when unchecked.

    Raises:
        BadParameter: that cannot be a key.
    """
    line = standing(studio, provider_id).line
    key = clean_key(typed, line.env)
    if not unchecked:
        account = studio.live.account(provider_id, timeout, key=key)
        if account.state is not AccountState.READY:
            return account
    studio.keys.use(line.env, key)
    patience = min(timeout, UNCHECKED_SECONDS) if unchecked else timeout
    return studio.live.account(provider_id, patience)  # seen as it is used, and remembered


def forget(studio: Studio, provider_id: str, timeout: float = LOOK_SECONDS) -> Standing:
    """Forget the key given for this session, and look at the one that counts now, if any."""
    studio.keys.forget(standing(studio, provider_id).line.env)
    return look(studio, provider_id, timeout)


def clean_key(typed: str, names: Sequence[str] = ()) -> str:
    """The key within what a person pasted.

    Args:
        names: Accepted names of its environment variable, which people often copy along.

    Raises:
        BadParameter: nothing is left, or it has letters that no key has. Never quotes it.
    """
    text, before = typed, ""
    while text != before:
        before, text = text, _unwrapped(text.strip(_QUOTES), names)
    key = _UNSEEN.sub("", text)
    if not key:
        raise BadParameter("Nothing was pasted.", "Copy the key from the provider's page first.")
    if not (key.isascii() and key.isprintable() and len(key) <= LONGEST_KEY):
        raise BadParameter(
            "That is not a key: keys are short and have plain letters, digits and signs only.",
            "Copy it again from the provider's page; dots or stars mean that it was hidden.",
        )
    return key


def _unwrapped(text: str, names: Sequence[str]) -> str:
    """One layer less around a key: its name, or the words of a request header."""
    for name in names:
        named = re.match(
            rf"(?:(?:export|setx?)\s+|\$env:)?{re.escape(name)}\s*[=:]\s*", text, re.IGNORECASE
        )
        if named:
            return text[named.end() :]
    for wrapping in (_ASSIGNED, _SCHEME):
        if match := wrapping.match(text):
            return text[match.end() :]
    return text


def _standing(studio: Studio, line: KeyLine) -> Standing:
    if not line.needed:
        free = Account(
            provider=line.provider, state=AccountState.READY, message="It is free and needs no key."
        )
        return Standing(line, free)
    if not line.present:
        none = Account(
            provider=line.provider,
            state=AccountState.NO_KEY,
            message="It can be used once a key is connected.",
            fix=f"Connect one under Settings, or set {line.env[0]}.",
        )
        return Standing(line, none)
    last = studio.live.last_account(line.provider)
    if last is None or last[0].state is AccountState.NO_KEY:
        return Standing(line)
    return Standing(line, *last)
