"""What is known about a picture, as named plain texts in the order people ask for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from textwrap import shorten
from typing import Any
from zoneinfo import ZoneInfo

from studio.models import Asset, Job, format_usd

_UNITS = {
    re.compile(r"\bmegapixels?\b"): "million pixels",
    re.compile(r"\bimage(s?)\b"): r"picture\1",
}


def facts(
    asset: Asset,
    zone: ZoneInfo,
    labels: Mapping[str, str] | None = None,
    cost: str | None = None,
) -> dict[str, str]:
    """Name → text, unescaped; facts that a picture does not have are left out.

    Args:
        labels: What the model's parameters are called in its form, where that is known.
        cost: What the picture cost with the source of that figure, from :func:`cost_words`.
    """
    called = labels or {}
    known: dict[str, str | None] = {
        "Prompt": asset.prompt,
        "Negative prompt": asset.negative_prompt,
        "Model": asset.model,
        "Seed": str(asset.seed) if asset.seed >= 0 else "not noted",
        "Size": f"{asset.width} × {asset.height} pixels",
        **{called.get(name) or spoken(name): _text(value) for name, value in asset.params.items()},
        "Section": asset.section,
        "Number in section": str(asset.image_number) if asset.section else None,
        "Description": asset.description,
        **{f"Column {name}": _text(value) for name, value in asset.variables.items()},
        "File": f"{asset.file_name} ({kind_of(asset)}, {format_bytes(asset.size)})",
        "Cost": cost or format_usd(asset.cost),
        "Made in": None if asset.seconds is None else format_seconds(asset.seconds),
        "Made on": format_time(asset.created_at, zone),
        "Round": str(asset.round) if asset.round > 1 else None,
        "Tags": ", ".join(asset.tags),
    }
    return {name: text for name, text in known.items() if text}


def cost_words(job: Job) -> str:
    """What a picture cost and who says so: ``$0.08 · 2 pictures at $0.04, told by fal``."""
    if job.cost is not None:
        return " · ".join(filter(None, [format_usd(job.cost), source_words(job.cost_source)]))
    quoted = job.spec.quote.expected
    if quoted is not None:
        return f"{format_usd(quoted)} · quoted price; the provider gave no figure"
    return "unknown · the provider gave no figure, and none was quoted"


def source_words(source: str | None) -> str:
    """Where a figure comes from, without a provider's units: ``1 million pixels at $0.003``."""
    words = re.sub(r"^not charged: \w+$", "not charged", source or "")
    for unit, plainly in _UNITS.items():
        words = unit.sub(plainly, words)
    return words.replace(" × $", " at $").replace("quote, high price", "highest price of the quote")


def name_of(asset: Asset) -> str:
    """What a picture is called on the pages: its title, description or the head of its prompt."""
    return asset.title or asset.description or shorten(asset.prompt, 64, placeholder=" …")


def spoken(name: str) -> str:
    """A field name as a person would write it: ``guidance_scale`` → ``Guidance scale``."""
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def kind_of(asset: Asset) -> str:
    """The file type in capitals, such as ``PNG``."""
    return asset.media_type.rpartition("/")[2].partition("+")[0].upper()


def format_bytes(size: int) -> str:
    """Bytes for people, in powers of 1,000: ``0 B``, ``12.4 kB``, ``3.1 GB``."""
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if abs(amount) < 999.95:
            return f"{amount:.0f} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} TB"


def format_seconds(seconds: float) -> str:
    """A duration for people: ``0.8 s``, ``12 s``, ``3 min 20 s``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def format_time(moment: datetime, zone: ZoneInfo) -> str:
    """A moment in the studio's time zone: ``21 Nov 2026, 14:05 UTC``."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M} {local.tzname()}"


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "Yes" if value else "No"
        case list() | tuple():
            return ", ".join(_text(item) for item in value)
        case _:
            return str(value)
