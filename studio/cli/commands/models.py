"""``studio models``: the models there are, what they cost, and who says so."""

from __future__ import annotations

from typing import Any

import typer

from studio.cli.arguments import JsonFlag
from studio.cli.panels import LOOK
from studio.cli.prices import price_document, price_source, price_words
from studio.cli.screen import results, table, write_json
from studio.models import ModelCard


def register(app: typer.Typer) -> None:
    """Add ``models``."""
    app.command("models", rich_help_panel=LOOK)(models)


def models(as_json: JsonFlag = False) -> None:
    """List the models with their price, its source, and whether their provider is ready."""
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
            price_words(card.price),
            price_source(card.price),
            "yes" if ready.get(card.provider, False) else "needs a key",
        )
        for card in cards
    ]
    results().print(table(("Model", "Name", "Makes", "Price", "Source", "Ready"), rows))


def _card(card: ModelCard, *, ready: bool) -> dict[str, Any]:
    return {
        "id": card.id,
        "label": card.label,
        "description": card.description,
        "provider": card.provider,
        "ready": ready,
        "modes": [mode.value for mode in card.modes],
        "max_side": card.max_side,
        "price_usd": price_document(card.price),
        "params": [field.model_dump(mode="json") for field in card.fields],
    }
