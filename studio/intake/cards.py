"""The model cards that the rows of one sheet ask for, each looked up once."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from studio.catalog import ParamProblem, check_params
from studio.errors import UnknownModel
from studio.models import ModelCard

CardFor = Callable[[str | None], ModelCard]


class Cards:
    """Finds the card of a row's model and checks parameters against it."""

    def __init__(self, card_for: CardFor, known_models: Collection[str] = ()) -> None:
        """Look up the batch's default model.

        Raises:
            UnknownModel: the default model is not known.
        """
        self._card_for = card_for
        self._found: dict[str, ModelCard | UnknownModel] = {}
        self._checked: dict[tuple[str, str], tuple[dict[str, Any], list[ParamProblem]]] = {}
        self.default = card_for(None)
        self._known = [*known_models, self.default.id, *self.default.aliases]

    def find(self, written: str) -> ModelCard | UnknownModel:
        """The card of the model that a row names; the default card where it names none."""
        if not written:
            return self.default
        if written not in self._found:
            try:
                self._found[written] = self._card_for(written)
            except UnknownModel as error:
                self._found[written] = error
        return self._found[written]

    def closest(self, written: str) -> str | None:
        """The known model whose name is most like what was written."""
        found = [card.id for card in self._found.values() if isinstance(card, ModelCard)]
        by_name = {name.casefold(): name for name in (*found, *self._known)}
        by_name |= {name.partition(":")[2]: full for name, full in by_name.items() if ":" in name}
        close = difflib.get_close_matches(written.casefold(), by_name, n=1)
        return by_name[close[0]] if close else None

    def param_names(self, written: Iterable[str] = ()) -> list[str]:
        """Names of the parameters of the default model and of those that rows name."""
        cards = [self.default, *(self.find(each) for each in dict.fromkeys(written))]
        names = [f.name for card in cards if isinstance(card, ModelCard) for f in card.fields]
        return list(dict.fromkeys(names))

    def check(
        self, card: ModelCard, params: Mapping[str, Any]
    ) -> tuple[dict[str, Any], list[ParamProblem]]:
        """Clean values and problems, as :func:`studio.catalog.check_params` gives them."""
        key = (card.id, repr(sorted(params.items())))
        if key not in self._checked:
            self._checked[key] = check_params(card.fields, params)
        clean, problems = self._checked[key]
        return dict(clean), problems
