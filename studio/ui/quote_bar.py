"""Money of a batch: quote against actual, in one line and as a bar for those who rather look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from studio.container import Studio
from studio.container.standing import money
from studio.models import BatchStatus
from studio.models.standing import BatchMoney
from studio.ui.words import plain

_HERE = Path(__file__).parent
_ROOM = 1.06
"""How much wider the bar is than its largest figure."""
_bar = st.components.v2.component(
    "studio_quote_bar",
    html="<div class='money' role='img'></div>",
    css=(_HERE / "quote_bar.css").read_text(encoding="utf-8"),
    js=(_HERE / "quote_bar.js").read_text(encoding="utf-8"),
)


def draw_money(studio: Studio, status: BatchStatus) -> None:
    """What the batch was quoted and what it came to; nothing where all is free."""
    known = money(studio.parts, status.batch.id)
    if known.is_free:
        return
    words = known.words
    if not status.counts.unfinished:
        words = words.replace("nothing spent yet", "nothing spent")
    st.caption(plain(words))
    shares = bar_shares(known)
    if shares:
        _bar(data=shares | {"label": known.words}, key=f"money_{status.batch.id}")


def bar_shares(known: BatchMoney) -> dict[str, Any]:
    """The figures as percentages of the bar; empty where the quote is unknown."""
    quote, committed = known.quote, known.settled + known.reserved
    if quote.low is None or quote.high is None:
        return {}
    whole = max(quote.high, committed) * _ROOM
    return {
        "low": round(100 * quote.low / whole, 2),
        "high": round(100 * quote.high / whole, 2),
        "spent": round(100 * known.settled / whole, 2),
        "committed": round(100 * committed / whole, 2),
        "over": known.settled > quote.high,
    }
