"""Before a batch starts: its own budget, and whether the money that is left is enough for it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from studio.container import Studio
from studio.models import JobSpec, Micros, Plan, format_usd, to_micros
from studio.ui.person import person
from studio.ui.words import count, plain

LEFT = {
    "day": "left today",
    "month": "left this month",
    "person": "left for you this month",
    "total": "left in all",
}


def pick_batch_budget(studio: Studio) -> Micros | None:
    """The field for a batch's own budget; ``None`` is no limit."""
    highest = studio.budgets.highest("batch")
    given = st.number_input(
        "Budget for this batch in dollars", 0.01, highest / 1_000_000, None,
        placeholder="No limit", key="batch_budget", persist_state="session",
        help=f"The batch pauses before it would cost more. At most {plain(format_usd(highest))}.",
    )  # fmt: skip
    return None if given is None else to_micros(given)


def draw_budget_warning(studio: Studio, plan: Plan) -> None:
    """Say it when a budget will stop the batch, and after about how many pictures."""
    words = budget_warning(studio, plan)
    if words:
        st.warning(plain(words), icon=":material/savings:")
    elif plan.specs and plan.quote.expected is None:
        st.caption(
            "Nobody has told what it costs. Give this batch a budget, in the settings above, "
            "to be asked before anything is spent."
        )


def budget_warning(studio: Studio, plan: Plan) -> str:
    """What will stop a planned batch first; empty when the money is enough or no cap applies."""
    left = {line.scope: line.left for line in studio.budgets.lines(person())}
    if plan.batch_id is None:
        left["batch"] = plan.options.settings.budget
    known = {scope: max(0, amount) for scope, amount in left.items() if amount is not None}
    if not known or not plan.specs:
        return ""
    scope = min(known, key=known.__getitem__)
    pictures = affordable(plan.specs, known[scope])
    if pictures is None:
        return (
            "The price of some pictures is not known, and a budget applies: "
            "the batch will pause before them and ask what one costs."
        )
    if pictures >= len(plan.specs):
        return ""
    expected = plan.quote.expected
    needs = f"This batch needs about {format_usd(expected)}" if expected else "This batch costs"
    stops = f"It will pause after about {count(pictures)} of {len(plan.specs):,}."
    if not pictures:
        stops = "It will pause before the first picture."
    if scope == "batch":
        return f"{needs}, more than its own budget of {format_usd(known[scope])}. {stops}"
    return f"{needs}, and {format_usd(known[scope])} is {LEFT[scope]}. {stops}"


def affordable(specs: Sequence[JobSpec], left: Micros) -> int | None:
    """How many pictures can be made in turn at their expected prices: each needs its high price
    free when it is sent. ``None`` where an unknown price comes first.
    """
    for made, spec in enumerate(specs):
        quote = spec.quote
        if quote.high is None or quote.expected is None:
            return None
        if quote.high and quote.high > left:
            return made
        left -= quote.expected
    return len(specs)
