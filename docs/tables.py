"""The generated parts of README and docs; `just docs` writes them, the check compares them."""

from __future__ import annotations

import configparser
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import typer

from studio.cli.app import build_app
from studio.failpoints import POINTS
from studio.models import JobState, format_usd
from studio.models.job import TRANSITIONS
from studio.providers import discover
from studio.settings import Settings
from studio.ui import nav

ROOT = Path(__file__).resolve().parents[1]


def commands() -> str:
    """Every command with its arguments and what it does."""
    rows = [
        (f"`studio {words}{_arguments(command)}`", _first_sentence(command.help))
        for words, command in _walk(typer.main.get_command(build_app()))
    ]
    return _table(("Command", "What it does"), rows)


def options(words: str) -> str:
    """Every option of one command."""
    command = dict(_walk(typer.main.get_command(build_app())))[words]
    rows = [
        (", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts]), option.help)
        for option in command.params
        if option.param_type_name == "option" and "--help" not in option.opts
    ]
    return _table(("Option", "Meaning"), rows)


def settings() -> str:
    """Every setting with its default and meaning."""
    rows = [
        (f"`{name.upper()}`", _default(field.default), _limits(field), field.description)
        for name, field in Settings.model_fields.items()
    ]
    return _table(("Name", "Default", "Values", "Meaning"), rows)


def keys() -> str:
    """Every provider, the names under which its key is looked for, and where to get one."""
    rows = [
        (
            provider.label,
            " or ".join(f"`{name}`" for name in provider.key_env) or "needs no key",
            f"[get one]({provider.key_url})" if provider.key_url else "",
            provider.description,
        )
        for provider in discover().values()
    ]
    return _table(("Generator", "Key", "Where", "What it is"), rows)


def addresses() -> str:
    """Every address of every provider, and the setting that points it elsewhere."""
    rows = [
        (provider.label, " or ".join(f"`{name}`" for name in base.env), f"`{base.default}`")
        for provider in discover().values()
        for base in provider.base_urls.values()
    ]
    return _table(("Generator", "Setting", "Usual address"), rows)


def models() -> str:
    """Every listed model with its price, and where that figure comes from."""
    rows = [
        (f"`{card.id}`", _price(card.price), _source(card.price))
        for provider in discover().values()
        for card in provider.cards
    ]
    return _table(("Model", "Price", "Source"), rows)


def pages() -> str:
    """The pages in their order."""
    return "".join(
        f"- **{page.title}**: {_subject(page.path).partition(': ')[2]}\n"
        for page in nav.pages().values()
    )


def moves() -> str:
    """Which state of a job may follow which."""
    rows = [
        (f"`{old}`", ", ".join(f"`{new}`" for new in JobState if new in allowed) or "nothing")
        for old, allowed in TRANSITIONS.items()
    ]
    return _table(("From", "To"), rows)


def picture_of_moves() -> str:
    """The same as a diagram."""
    lines = [
        f"    {old} --> {new}" for old, allowed in TRANSITIONS.items() for new in sorted(allowed)
    ]
    return "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> queued", *lines, "```", ""])


def failpoints() -> str:
    """Every named point at which the kill test ends the process."""
    return _table(
        ("Point", "What is so at that moment"),
        [(f"`{point}`", state) for point, state in POINTS.items()],
    )


def layers() -> str:
    """The layers as the import contracts name them, each with the subject of its rooms."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter", encoding="utf-8")
    lines = [line for line in parser["importlinter:contract:layers"]["layers"].split("\n") if line]
    rows = [
        (len(lines) - 1 - depth, f"`{room}`", _room(room))
        for depth, line in enumerate(lines)
        for room in line.replace(":", "|").replace(" ", "").split("|")
        if not room.startswith("(")
    ]
    return _table(("Layer", "Room", "Subject"), rows)


def decisions() -> str:
    """The decisions, each by its title."""
    found = []
    for path in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        found.append(f"- [{title}](decisions/{path.name})\n")
    return "".join(found)


def example(name: str) -> str:
    """One of the example scripts, whole."""
    lines = (ROOT / "examples" / name).read_text(encoding="utf-8")
    return f"```sh\n{lines}```\n"


def _walk(group: Any, words: str = "") -> Iterable[tuple[str, Any]]:
    for name in group.list_commands(None):
        command = group.commands[name]
        if hasattr(command, "commands"):
            yield from _walk(command, f"{words}{name} ")
        else:
            yield f"{words}{name}", command


def _arguments(command: Any) -> str:
    names = [
        (option.metavar or (option.name.upper() if option.required else f"[{option.name.upper()}]"))
        for option in command.params
        if option.param_type_name == "argument"
    ]
    return "".join(f" {name}" for name in names)


def _first_sentence(words: str) -> str:
    return " ".join(words.split("\n\n", maxsplit=1)[0].split())


def _default(value: object) -> str:
    if value is None:
        return "not set"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _limits(field: Any) -> str:
    bounds = {
        sign: getattr(rule, name)
        for rule in field.metadata
        for name, sign in (("ge", "from"), ("gt", "above"), ("le", "to"))
        if getattr(rule, name, None) is not None
    }
    return " ".join(f"{sign} {bound:,}" for sign, bound in bounds.items())


def _price(price: Any) -> str:
    if price is None:
        return "unknown"
    return "free" if price.high == 0 else f"{format_usd(price.expected)} per {price.unit}"


def _source(price: Any) -> str:
    return "" if price is None else f"{price.source} ({price.as_of})"


def _room(name: str) -> str:
    place = ROOT / "studio" / name
    return _subject(place / "__init__.py" if place.is_dir() else place.with_suffix(".py"))


def _subject(path: Path) -> str:
    return path.read_text(encoding="utf-8").split('"""')[1].split("\n\n")[0].replace("\n", " ")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(
        "| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |\n" for line in lines
    )
