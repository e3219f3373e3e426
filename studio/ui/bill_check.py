"""Quotes and bills on the costs page: what was quoted, what was booked, what was billed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from studio.container import Studio
from studio.models import format_usd
from studio.models.bill import BillCheck, ModelDrift, ProviderBill
from studio.ui.charts import PADDING
from studio.ui.facts import format_time, source_words
from studio.ui.session import friendly_errors
from studio.ui.words import count, plain, short

if TYPE_CHECKING:
    import altair
    import pandas

MOST_ROWS = 200
MOST_BARS = 8
NAME = 48


def draw_bill_check(studio: Studio) -> None:
    """The comparison, where anything was made that costs money."""
    check = studio.costs.bill_check(MOST_ROWS)
    if not check.bills and not check.drift:
        return
    labels = {card.id: card.label for card in studio.models.cards()}
    with st.container(border=True):
        st.markdown("**Quotes and bills**")
        for bill in check.bills:
            _draw_bill(studio, bill)
        if check.rows:
            _draw_rows(studio, check, labels)
        if check.drift:
            _draw_drift(studio, check, labels)


def charges(number: int) -> str:
    """``1 charge``, ``420 charges``."""
    return count(number, "charge")


def headline(bill: ProviderBill) -> str:
    """How far the comparison with one provider's bill is, and what came of it."""
    if not bill.readable and not bill.checked:
        return bill.told
    if not bill.checked:
        return f"Nothing is compared with {bill.label}'s bill yet: it takes a while to be complete."
    of = f" of {charges(bill.total)}" if bill.total > bill.checked else ""
    number = f"{bill.checked:,}" if of else charges(bill.checked)
    head = f"Checked against {bill.label}'s bill: {number}{of}"
    if not bill.different:
        return f"{head}, all equal." if bill.checked > 1 else f"{head}, equal."
    differ = "differs" if bill.different == 1 else "differ"
    return f"{head}. {bill.different:,} {differ}: {_above(bill)}."


def _above(bill: ProviderBill) -> str:
    amount, than = format_usd(abs(bill.difference)), "than we had booked"
    if not bill.difference:
        return "in sum exactly what we had booked"
    return f"{amount} {'more' if bill.difference > 0 else 'less'} {than}"


def remarks(bill: ProviderBill, again: str) -> list[str]:
    """What else there is to know about it.

    Args:
        again: When the bill is asked again by itself, in words.
    """
    said: list[str] = []
    if bill.different:
        said.append("What the bill says counts: ledger and pictures were corrected.")
    if not bill.readable:
        if bill.checked:
            said.append(bill.told)
        said.append(bill.fix)
        if bill.waiting:
            said.append(
                f"Until then {charges(bill.waiting)} stay as they were booked. It is tried "
                f"again at {again}."
            )
    elif bill.waiting:
        said.append(f"{charges(bill.waiting)} will be compared when the bill is complete.")
    if bill.given_up:
        are = "is" if bill.given_up == 1 else "are"
        said.append(
            f"{charges(bill.given_up)} {are} on no bill that could be read within two days, and "
            "were left as they had been told."
        )
    return said


def drift_words(line: ModelDrift, label: str) -> str:
    """``FLUX dev: quoted $0.025, paid $0.03, 20 % more``."""
    share = line.share
    if share is None:
        much = "quoted as free"
    else:
        percent = f"{abs(share) * 100:,.0f}" if abs(share) >= 0.095 else f"{abs(share) * 100:.1f}"
        much = f"{percent} % {'more' if share > 0 else 'less'}"
    return f"{label}: quoted {format_usd(line.quoted)}, paid {format_usd(line.actual)}, {much}"


def _draw_bill(studio: Studio, bill: ProviderBill) -> None:
    again = (
        "" if bill.asks_again is None else format_time(bill.asks_again, studio.settings.timezone)
    )
    told, more = plain(headline(bill)), [plain(text) for text in remarks(bill, again)]
    if not bill.readable:
        icon = ":orange[:material/lock:]"
    elif bill.different:
        icon = ":orange[:material/difference:]"
    elif bill.checked:
        icon = ":green[:material/task_alt:]"
    else:
        icon = ":material/hourglass_empty:"
    with st.container(gap="xsmall"):
        st.markdown(f"{icon} {told}")
        if more:
            st.caption(" ".join(more))
        may_ask = not bill.readable or bill.given_up
        if may_ask and st.button(
            "Ask the bill again", icon=":material/refresh:", key=f"ask_bill_{bill.provider}"
        ):
            studio.costs.ask_bills_again()
            studio.engine.start()
            st.toast("The bill is asked in a moment.", icon=":material/hourglass_top:")


def _draw_rows(studio: Studio, check: BillCheck, labels: Mapping[str, str]) -> None:
    st.dataframe(
        difference_frame(check, labels),
        hide_index=True,
        alt="Charges that the bill puts otherwise than they were booked, newest first",
        height="content" if len(check.rows) <= 8 else 320,
        column_config={
            "Story": st.column_config.LinkColumn(display_text="Open", width="small"),
            **{
                name: st.column_config.TextColumn(alignment="right")
                for name in ("Quoted", "Booked", "Billed", "Difference")
            },
        },
    )
    if check.more:
        st.caption(f"The newest {len(check.rows):,}; {check.more:,} more differ.")


def difference_frame(check: BillCheck, labels: Mapping[str, str]) -> pandas.DataFrame:
    """The charges that differ as a table; amounts are texts."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "Story": f"gallery?job={row.job_id}",
                "Quoted": format_usd(row.quoted),
                "Booked": format_usd(row.booked),
                "Billed": format_usd(row.billed),
                "Difference": ("+" if row.difference > 0 else "") + format_usd(row.difference),
                "Picture": short(row.name, NAME),
                "Model": labels.get(row.model, row.model),
                "Booked figure from": source_words(row.source),
            }
            for row in check.rows
        ]
    )


def right_words(models: int, *, flagged: bool, differed: bool) -> str:
    """What is said of models whose newest pictures cost what was quoted.

    Args:
        flagged: Other models' quotes are off.
        differed: Charges are listed above that were not what had been booked.
    """
    if flagged:
        head = "The other quotes are right by now" if differed else "The other quotes were right"
    else:
        head = "By now the quotes are right" if differed else "All quotes were right"
    which = f"the last pictures of {count(models, 'model')}"
    return f"{head}: {which} cost what was quoted, to within 1 %."


def _draw_drift(studio: Studio, check: BillCheck, labels: Mapping[str, str]) -> None:
    flagged = check.flagged
    right = len(check.drift) - len(flagged)
    if right:
        st.caption(right_words(right, flagged=bool(flagged), differed=bool(check.rows)))
    if not flagged:
        return
    st.markdown(":orange[:material/trending_up:] **Quotes that were off**")
    with st.container(gap="xsmall"):
        for line in flagged[:MOST_BARS]:
            label = labels.get(line.model, line.model)
            st.markdown(f"{plain(drift_words(line, label))} :small[:gray[({line.which})]]")
    if len(flagged) > MOST_BARS:
        st.caption(
            f"The largest of them; {count(len(flagged) - MOST_BARS, 'model')} more were off."
        )
    bars = [line for line in flagged if line.share is not None][:MOST_BARS]
    if len(bars) > 1:
        st.altair_chart(
            drift_chart(bars, labels), alt="How far each model's pictures were from their quotes"
        )
    _draw_hint(studio, flagged)


def _draw_hint(studio: Studio, flagged: Sequence[ModelDrift]) -> None:
    """What to do about it."""
    stale = [line.model for line in flagged if not line.refreshed]
    if not stale:
        st.caption(
            "The prices were refreshed since: the next quotes use them. This note goes when new "
            "pictures cost what they are quoted."
        )
        return
    st.caption(
        "The provider's price has probably changed. Refresh the prices, so that the next quotes "
        "and budgets are right."
    )
    if st.button("Refresh prices", icon=":material/refresh:", key="refresh_prices"):
        with friendly_errors(), st.spinner("Asking for today's prices …"):
            studio.live.refresh_prices(stale, anew=True)
            st.rerun()


def drift_chart(lines: Sequence[ModelDrift], labels: Mapping[str, str]) -> altair.Chart:
    """Lying bars from the quote: to the right what cost more, to the left what cost less."""
    import altair as alt
    import pandas as pd

    frame = pd.DataFrame(
        {
            "label": [labels.get(line.model, line.model) for line in lines],
            "share": [line.share for line in lines],
            "quoted": [format_usd(line.quoted) for line in lines],
            "actual": [format_usd(line.actual) for line in lines],
        }
    )
    strong = alt.condition("datum.value == 0", alt.value(2.5), alt.value(1))
    chart: altair.Chart = (
        alt.Chart(frame)
        .mark_bar(cornerRadius=2, height=18)
        .encode(
            y=alt.Y("label:N", title=None, sort=None, axis=alt.Axis(labelLimit=170)),
            x=alt.X(
                "share:Q",
                title="Compared with the quote",
                axis=alt.Axis(format="+%", tickCount=5, grid=True, gridWidth=strong),
                scale=alt.Scale(nice=True),
            ),
            tooltip=[
                alt.Tooltip("label:N", title="Model"),
                alt.Tooltip("quoted:N", title="Quoted"),
                alt.Tooltip("actual:N", title="Paid"),
                alt.Tooltip("share:Q", title="Difference", format="+.1%"),
            ],
        )
        .properties(height=max(90, 34 * len(lines) + 56), padding=PADDING)
    )
    return chart
