"""``studio models``: the models there are, and what they cost."""

from __future__ import annotations

from typing import Any

import typer

from studio.cli.arguments import JsonFlag
from studio.cli.panels import LOOK
from studio.cli.screen import results, table, write_json
from studio.models import ModelCard, Price, format_usd, to_dollars


def register(app: typer.Typer) -> None:
    """Add ``models``."""
    app.command("models", rich_help_panel=LOOK)(models)


def models(as_json: JsonFlag = False) -> None:
    """List the models with their price and whether their provider is ready."""
    from studio.container import open_studio

    with open_studio() as studio:
        cards = studio.models.cards()
        default = studio.models.default
        ready = {line.id: line.ready for line in studio.models.providers()}
    if as_json:
        listed = [_card(card, ready=ready.get(card.provider, False)) for card in cards]
        write_json({"default": default, "models": listed})
        return
    rows = [
        (
            card.id,
            card.label,
            ", ".join(card.modes),
            _price(card.price),
            "yes" if ready.get(card.provider, False) else "needs a key",
        )
        for card in cards
    ]
    results().print(table(("Model", "Name", "Makes", "Price", "Ready"), rows))


def _price(price: Price | None) -> str:
    if price is None:
        return "unknown"
    return "free" if price.high == 0 else f"{format_usd(price.expected)} per {price.unit}"


def _card(card: ModelCard, *, ready: bool) -> dict[str, Any]:
    price = card.price
    return {
        "id": card.id,
        "label": card.label,
        "description": card.description,
        "provider": card.provider,
        "ready": ready,
        "modes": [mode.value for mode in card.modes],
        "max_side": card.max_side,
        "price_usd": None
        if price is None
        else {
            "unit": price.unit,
            "low": to_dollars(price.low),
            "expected": to_dollars(price.expected),
            "high": to_dollars(price.high),
            "source": price.source,
            "as_of": price.as_of.isoformat() if price.as_of else None,
        },
        "params": [field.model_dump(mode="json") for field in card.fields],
    }
