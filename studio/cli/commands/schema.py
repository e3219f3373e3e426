"""``studio schema MODEL``: what a model takes, asked of its provider where nobody knows yet."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from studio.cli.arguments import JsonFlag
from studio.cli.panels import LOOK
from studio.cli.prices import price_document, price_words
from studio.cli.screen import plain, results, say, table, write_json
from studio.models import FormField, ModelCard, SizeInput, SizeKind

_MOST_CHOICES = 12


def register(app: typer.Typer) -> None:
    """Add ``schema``."""
    app.command("schema", rich_help_panel=LOOK)(schema)


def schema(
    model: Annotated[str, typer.Argument(help="Model id, listed or not: provider:name.")],
    as_json: JsonFlag = False,
) -> None:
    """Show the inputs of a model: name, kind, default, what may stand there, and what must."""
    from studio.container import open_studio

    with open_studio() as studio:
        card = studio.models.card(model)
        if studio.models.needs_learning(card.id):
            card = studio.live.learn(card.id)
    if as_json:
        write_json(_document(card))
        return
    say(f"{card.label} ({card.id}), {price_words(card.price)}", "bold")
    if card.description:
        say(card.description)
    rows = [*_common(card), *(_row(field) for field in card.fields)]
    columns = ("Input", "Kind", "Default", "May be", "Required", "Meaning")
    results().print(table(columns, rows))
    if card.guessed:
        say("Its provider does not tell what it takes; other inputs may be refused.")


def _common(card: ModelCard) -> list[tuple[str, ...]]:
    """The inputs that the studio fills in itself, named as the command line names them."""
    names = card.inputs
    default = f"{card.default_width}x{card.default_height}"
    rows: list[tuple[str, ...]] = [
        ("prompt", "long text", "", "", "yes", "Column of the file, or the prompt")
    ]
    if card.takes_negative_prompt:
        rows.append(("negative_prompt", "long text", "", "", "no", "What to leave out"))
    if names is None or names.size is not None:
        choices = _sizes(names.size if names else None, card.max_side)
        rows.append(("size", "size", default, choices, "no", "--size"))
    if card.takes_seed:
        rows.append(("seed", "integer", "random", "0 or more", "no", "--seed"))
    if names is not None and names.images:
        many = "pictures" if names.many_images else "a picture"
        rows.append(("image", "image", "", many, "no", "To start from"))
    return rows


def _sizes(size: SizeInput | None, max_side: int) -> str:
    if size is None or size.kind in (SizeKind.OBJECT, SizeKind.SIDES):
        return f"up to {max_side} pixels a side"
    return f"nearest of {_some(size.choices)}"


def _row(field: FormField) -> tuple[str, ...]:
    default = "" if field.default is None else _value(field.default)
    kind = field.kind.value.replace("_", " ")
    meaning = plain(field.help or field.label)
    return field.name, kind, default, _range(field), "yes" if field.required else "no", meaning


def _range(field: FormField) -> str:
    """The choices, or the limits."""
    if field.choices:
        return _some([_value(choice) for choice in field.choices])
    low = None if field.minimum is None else f"{field.minimum:g}"
    high = None if field.maximum is None else f"{field.maximum:g}"
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"from {low}" if low is not None else f"up to {high}" if high is not None else ""


def _some(choices: list[str] | tuple[str, ...]) -> str:
    shown = ", ".join(choices[:_MOST_CHOICES])
    return f"{shown}, …" if len(choices) > _MOST_CHOICES else shown


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _document(card: ModelCard) -> dict[str, Any]:
    return {
        "model": card.id,
        "label": card.label,
        "description": card.description,
        "provider": card.provider,
        "modes": [mode.value for mode in card.modes],
        "guessed": card.guessed,
        "source": card.source,
        "as_of": card.as_of.isoformat() if card.as_of else None,
        "price_usd": price_document(card.price),
        "default_size": f"{card.default_width}x{card.default_height}",
        "max_side": card.max_side,
        "takes_seed": card.takes_seed,
        "takes_negative_prompt": card.takes_negative_prompt,
        "inputs": None if card.inputs is None else card.inputs.model_dump(mode="json"),
        "params": [field.model_dump(mode="json") for field in card.fields],
    }
