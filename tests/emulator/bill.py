"""What an emulated provider accepted and charged: the truth to hold the studio's ledger against."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

Micros = int
"""An amount in millionths of a US dollar."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """One paid request that was taken on, whether or not its answer reached anybody."""

    provider: str
    request_id: str
    endpoint: str
    fingerprint: str
    seed: int | None
    prompt: str
    at: float


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of the bill."""

    provider: str
    request_id: str
    endpoint: str
    units: Decimal
    unit_price: Micros
    amount: Micros
    at: float
    kind: str = "picture"
    """``picture``, ``refusal``, ``cancelled`` (a run that went on although it was cancelled) or
    ``credit`` (given back: its amount is below nothing).
    """


def fingerprint(endpoint: str, body: Mapping[str, Any]) -> str:
    """The same for two requests that ask for exactly the same."""
    words = json.dumps([endpoint, body], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(words.encode("utf-8")).hexdigest()[:16]


def cost(units: Decimal, unit_price: Micros) -> Micros:
    """Units times price, rounded half up to whole micro-dollars."""
    return int((units * unit_price).quantize(Decimal(1), rounding=ROUND_HALF_UP))


class Bill:
    """Every accepted request and every charge, in order; optionally kept in a JSON-lines file."""

    def __init__(self, file: Path | None = None) -> None:
        self.accepted: list[Accepted] = []
        self.charges: list[Charge] = []
        self.shown_twice = False
        """Whether the list of the bill repeats each line, as pages do that shift while read."""
        self._file = file
        if file is not None and file.exists():
            self._load(file)

    @property
    def total(self) -> Micros:
        """Everything charged, in micro-dollars."""
        return sum(charge.amount for charge in self.charges)

    def of(self, request_id: str) -> Micros:
        """What one request was charged; 0 when nothing."""
        return sum(item.amount for item in self.charges if item.request_id == request_id)

    def submits(
        self, endpoint: str | None = None, *, seed: int | None = None, prompt: str | None = None
    ) -> int:
        """How many accepted requests match; more than one for one picture is a double payment."""
        return sum(
            endpoint in {None, item.endpoint}
            and seed in {None, item.seed}
            and prompt in {None, item.prompt}
            for item in self.accepted
        )

    @property
    def duplicates(self) -> dict[str, int]:
        """Prompt of every request that was accepted more than once with the same body → times."""
        times = Counter(item.fingerprint for item in self.accepted)
        prompts = {item.fingerprint: item.prompt for item in self.accepted}
        return {prompts[print_]: count for print_, count in times.items() if count > 1}

    def accept(self, item: Accepted) -> None:
        """Note a request that was taken on."""
        self.accepted.append(item)
        self._append({"accepted": asdict(item)})

    def charge(self, item: Charge) -> None:
        """Put a line on the bill."""
        self.charges.append(item)
        self._append({"charge": asdict(item) | {"units": str(item.units)}})

    def credit(self, request_id: str, amount: Micros) -> None:
        """Give back some of what one request was charged, by a line of its own."""
        charged = next(item for item in self.charges if item.request_id == request_id)
        line = replace(
            charged, units=Decimal(0), amount=-amount, at=charged.at + 1e-3, kind="credit"
        )
        self.charge(line)

    def as_json(self) -> dict[str, Any]:
        """The whole bill for another process."""
        return {
            "total_micros": self.total,
            "total_usd": self.total / 1_000_000,
            "accepted": [asdict(item) for item in self.accepted],
            "charges": [asdict(item) | {"units": str(item.units)} for item in self.charges],
            "duplicates": self.duplicates,
        }

    def clear(self) -> None:
        """Forget everything, in the file as well."""
        self.accepted.clear()
        self.charges.clear()
        if self._file is not None:
            self._file.write_text("", encoding="utf-8")

    def _append(self, entry: Mapping[str, Any]) -> None:
        if self._file is not None:
            with self._file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def _load(self, file: Path) -> None:
        for line in file.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            if "accepted" in entry:
                self.accepted.append(Accepted(**entry["accepted"]))
            else:
                fields = entry["charge"]
                self.charges.append(Charge(**fields | {"units": Decimal(fields["units"])}))
