"""What is known about models: cards, prices with their sources, forms, bodies and quotes."""

from studio.catalog.bodies import body_for, picture_problem
from studio.catalog.cards import card_from_schema
from studio.catalog.checks import ParamProblem, check_params
from studio.catalog.forms import fields_from_schema
from studio.catalog.load import card_from_entry, load_cards, load_presets
from studio.catalog.prices import price_from_entry
from studio.catalog.quotes import quote_for
from studio.catalog.sizes import fit_size, nearest_ratio, sides_for, starts_from_picture

__all__ = [
    "ParamProblem",
    "body_for",
    "card_from_entry",
    "card_from_schema",
    "check_params",
    "fields_from_schema",
    "fit_size",
    "load_cards",
    "load_presets",
    "nearest_ratio",
    "picture_problem",
    "price_from_entry",
    "quote_for",
    "sides_for",
    "starts_from_picture",
]
