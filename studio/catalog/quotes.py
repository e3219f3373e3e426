"""What a request will cost, before it is sent: units × price × factors, in whole micro-dollars."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

from studio.catalog.sizes import fit_size
from studio.models import ModelCard, PictureRequest, Price, Quote

UNKNOWN = Quote(low=None, expected=None, high=None)

_IMAGE = {"image", "images", "picture", "pictures", "per image", "output image", "output images"}
_MEGAPIXEL = {
    "megapixel", "megapixels", "mp", "per megapixel", "processed megapixel",
    "processed megapixels", "output megapixel", "output megapixels",
}  # fmt: skip
_SECOND = {"second", "seconds", "s", "per second", "output second", "output seconds"}
_DURATIONS = ("duration", "duration_seconds", "seconds", "video_length", "num_seconds")
_SECONDS = re.compile(r"\s*(\d{1,4}(?:\.\d+)?)\s*(s|sec|seconds?)?\s*")

Units = tuple[Fraction, Fraction, Fraction]
"""Billed units: low, expected, high."""


def quote_for(card: ModelCard, request: PictureRequest) -> Quote:
    """The cost of one picture; unknown where the price or its unit is.

    A megapixel is 2**20 or 10**6 pixels, exact or begun, depending on whom one asks: ``low`` is
    the exact area in 2**20 pixels, ``expected`` those begun, ``high`` the begun ones of 10**6.
    A clip may be billed a little longer than asked for (3.008 for 3 seconds was seen), so that
    ``high`` has one second more.
    """
    if card.price is None:
        return UNKNOWN
    units = _units(card, card.price.unit, request)
    if units is None:
        return UNKNOWN
    factors = _factors(card, card.price, request)
    rates = (card.price.low, card.price.expected, card.price.high)
    low, expected, high = (
        math.ceil(rate * unit * factor)
        for rate, unit, factor in zip(rates, units, factors, strict=True)
    )
    expected = max(low, expected)
    return Quote(low=low, expected=expected, high=max(expected, high))


def _units(card: ModelCard, unit: str, request: PictureRequest) -> Units | None:
    name = " ".join(unit.casefold().replace("_", " ").split())
    if name in _IMAGE:
        return Fraction(1), Fraction(1), Fraction(1)
    if name in _MEGAPIXEL:
        size = fit_size(card, request)
        return _megapixels(size.width * size.height)
    if name in _SECOND:
        seconds = _duration(card, request)
        return None if seconds is None else (seconds, seconds, seconds + 1)
    return None


def _megapixels(pixels: int) -> Units:
    low = Fraction(pixels, 2**20)
    return low, Fraction(math.ceil(low)), Fraction(math.ceil(Fraction(pixels, 10**6)))


def _duration(card: ModelCard, request: PictureRequest) -> Fraction | None:
    """Seconds asked for: a number, or a text such as ``5`` or ``5s``."""
    for name in _DURATIONS:
        match = _SECONDS.fullmatch(str(_value(card, request, name)))
        if match:
            return Fraction(match[1])
    return None


def _value(card: ModelCard, request: PictureRequest, name: str) -> Any:
    """What is sent for an input, or what the model takes when nothing is; ``None`` is unknown."""
    if request.params.get(name) is not None:
        return request.params[name]
    return next((field.default for field in card.fields if field.name == name), None)


def _factors(card: ModelCard, price: Price, request: PictureRequest) -> Units:
    """By how much the settings multiply the price; where one is unknown, the whole range.

    A value that is not listed leaves the price as it is; the value ``""`` means "not given".
    """
    low = expected = high = Fraction(1)
    for name, table in price.factors.items():
        exact = {_same(value): Fraction(str(factor)) for value, factor in table.items()}
        value = _same(_value(card, request, name))
        if value or value in exact or not exact:
            factor = exact.get(value, Fraction(1))
            low, expected, high = low * factor, expected * factor, high * factor
        else:
            low *= min(Fraction(1), *exact.values())
            high *= max(Fraction(1), *exact.values())
    return low, expected, high


def _same(value: Any) -> str:
    return "" if value is None else str(value).strip().casefold()
