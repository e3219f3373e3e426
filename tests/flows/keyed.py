"""A paid provider that needs a key and never leaves this process, and studios that know it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import ClassVar

import pytest

from studio.container import Studio, open_studio
from studio.container import process as process_wide
from studio.errors import Unreachable
from studio.models import (
    Account,
    AccountState,
    Call,
    Fault,
    FaultKind,
    Finished,
    ModelCard,
    Output,
    Price,
    ProviderFault,
    Usage,
)
from studio.providers import Base, Context, Provider, discover
from tests.fakes import CENT, png
from tests.flows.page_world import page_world

NAME = "PAID_STUDIO_KEY"
GOOD, WRONG, EMPTY = "good-7f3a:91c2e5d8", "wrong-0b1c:44aa77ee", "empty-5d6e:aa00bb11"
BALANCE = 12_300_000


class Paid(Provider):
    """Asks for a key, tells a balance, makes pictures for a cent each."""

    id: ClassVar[str] = "paid"
    label: ClassVar[str] = "Paid pictures"
    description: ClassVar[str] = "Pictures for money, in tests."
    key_env: ClassVar[tuple[str, ...]] = (NAME, "PAID_OTHER_KEY")
    key_url: ClassVar[str] = "https://paid.example/keys"
    funds_url: ClassVar[str] = "https://paid.example/funds"

    def __init__(self) -> None:
        self.offline = False
        self.asked: list[str | None] = []
        self.made: list[str | None] = []

    @property
    def cards(self) -> tuple[ModelCard, ...]:
        price = Price(low=CENT, expected=CENT, high=CENT, source="price list of tests")
        dear = Price(low=9 * CENT, expected=9 * CENT, high=9 * CENT, source="price list of tests")
        return (
            ModelCard(id="paid:dear", label="Dear model", price=dear),
            ModelCard(id="paid:one", label="Cheap model", price=price),
            ModelCard(id="paid:odd", label="Model without a price"),
        )

    async def account(self, ctx: Context) -> Account:
        self.asked.append(ctx.secret)
        if self.offline:
            raise Unreachable("Paid pictures did not answer.", "Check the connection.")
        return _account(ctx.secret)

    async def submit(self, call: Call, ctx: Context) -> Finished:
        self.made.append(ctx.secret)
        if ctx.secret != GOOD:
            empty = ctx.secret == EMPTY
            raise ProviderFault(
                Fault(
                    kind=FaultKind.NO_FUNDS if empty else FaultKind.BAD_KEY,
                    message="The account is empty." if empty else "The key was refused.",
                    hint="Put money on it." if empty else "Connect another one.",
                )
            )
        output = Output(data=png(), media_type="image/png")
        return Finished(outputs=(output,), usage=Usage(cost=CENT, source="told by the fake"))


class Moved(Paid):
    """The same with an address that a setting can move."""

    base_urls = {"queue": Base(("PAID_BASE",), "https://queue.paid.example")}  # noqa: RUF012


def _account(secret: str | None) -> Account:
    if not secret:
        state, message, fix, balance = AccountState.NO_KEY, "No key.", "Connect one.", None
    elif secret == GOOD:
        state, message, fix, balance = AccountState.READY, "The key works.", "", BALANCE
    elif secret == EMPTY:
        state, message, fix = AccountState.NO_FUNDS, "Nothing is left on it.", "Put money on it."
        balance = 0
    else:
        state, message, fix = AccountState.BAD_KEY, "The key is not known.", "Copy it again."
        balance = None
    return Account(provider="paid", state=state, message=message, fix=fix, balance=balance)


@contextmanager
def keyed_world(
    folder: Path, monkeypatch: pytest.MonkeyPatch, paid: Provider, password: str = ""
) -> Iterator[Studio]:
    """The process-wide studio with the paid provider beside those that are free."""
    free = {name: each for name, each in discover().items() if not each.key_env}
    opened = partial(open_studio, providers={**free, paid.id: paid})
    monkeypatch.setattr(process_wide, "open_studio", opened)
    with page_world(folder, monkeypatch, STUDIO_PASSWORD=password) as studio:
        yield studio
