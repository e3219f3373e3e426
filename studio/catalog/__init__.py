"""What is known about models: cards, prices with their sources, and forms from schemas."""

from studio.catalog.forms import ParamProblem, check_params, fields_from_schema
from studio.catalog.load import card_from_entry, load_cards

__all__ = ["ParamProblem", "card_from_entry", "check_params", "fields_from_schema", "load_cards"]
