"""The generators of the settings page: one card for each, with its account as it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import streamlit as st

from studio.container import Studio
from studio.container.accounts import Standing, forget, is_due, look, standings
from studio.models import AccountState
from studio.ui.connect import draw_keep, draw_steps, is_wanted
from studio.ui.facts import format_time
from studio.ui.session import friendly_errors
from studio.ui.words import plain

OPENING_SECONDS = 5.0
"""How long the opening of the page waits for a provider that was not asked for a while."""
LOOKS: dict[AccountState | None, tuple[str, str]] = {
    AccountState.READY: ("green", ":material/check:"),
    AccountState.NO_KEY: ("gray", ":material/key_off:"),
    AccountState.BAD_KEY: ("red", ":material/block:"),
    AccountState.NO_FUNDS: ("orange", ":material/account_balance_wallet:"),
    AccountState.UNREACHABLE: ("orange", ":material/wifi_off:"),
    None: ("blue", ":material/key:"),
}


def draw_generators(studio: Studio) -> None:
    """A card for each generator there is. One that was not asked lately is asked now."""
    st.subheader("Generators")
    st.caption("Who makes the pictures. What is hosted is paid from your own account there.")
    for found in standings(studio):
        place = st.empty()
        if is_due(studio, found):
            with place.container(), st.spinner(f"Asking {plain(found.line.label)} …"):
                found = look(studio, found.line.provider, OPENING_SECONDS)  # noqa: PLW2901
        with place.container(border=True, gap="small"), friendly_errors():
            draw_generator(studio, found)


def draw_generator(studio: Studio, found: Standing) -> None:
    """One generator: state, where its key comes from, what to do."""
    line, state = found.line, found.state
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(line.label)}**", width="content")
        color, icon = LOOKS[state]
        st.badge(plain(found.words), color=badge(color), icon=icon)
        st.space("stretch")
        if line.needed and line.present:
            _check_button(studio, found)
    for words in _facts(studio, found):
        st.caption(words)
    _trouble(found)
    if line.needed:
        _ways(studio, found)


def _check_button(studio: Studio, found: Standing) -> None:
    spot = found.line.provider
    if st.button("Check now", icon=":material/refresh:", type="tertiary", key=f"check_{spot}"):
        with st.spinner("Asking …"):
            look(studio, spot)
        st.rerun()


def _facts(studio: Studio, found: Standing) -> list[str]:
    """What is worth knowing about one generator, each as a line of markdown."""
    line, account = found.line, found.account
    lines = [plain(line.description)] if line.description else []
    if line.needed and line.present:
        lines.append(plain(_origin(studio, found)))
        if account and account.state is AccountState.READY and account.balance is None:
            lines.append(plain(f"{account.message} {account.fix}"))
    moved = [address.url.replace("`", "") for address in line.addresses if address.moved]
    if moved:
        told = ", ".join(f"`{url}`" for url in moved)
        lines.append(f":material/alt_route: Not asked at the usual address but at {told}")
    return lines


def _origin(studio: Studio, found: Standing) -> str:
    """Where the key comes from, and when the account was looked at."""
    checked = "not checked yet"
    if found.checked_at is not None:
        checked = f"checked {_ago(studio, found.checked_at)}"
    if found.line.in_session:
        return f"Key given for this session: kept in memory until the app restarts · {checked}"
    return f"Key from {found.line.source} · {checked}"


def _ago(studio: Studio, moment: datetime) -> str:
    minutes = (studio.parts.now() - moment).total_seconds() / 60
    if minutes < 1:
        return "just now"
    if minutes < 90:
        return f"{round(minutes)} min ago"
    return format_time(moment, studio.settings.timezone)


def _trouble(found: Standing) -> None:
    """What is wrong and the next step, where something is wrong."""
    if found.state not in (
        AccountState.BAD_KEY, AccountState.NO_FUNDS, AccountState.UNREACHABLE
    ):  # fmt: skip
        return
    st.warning(plain(" ".join(filter(None, [found.message, found.fix]))))
    if found.state is AccountState.NO_FUNDS and found.line.funds_url:
        st.link_button(
            "Put money on the account", found.line.funds_url, icon=":material/open_in_new:"
        )


def _ways(studio: Studio, found: Standing) -> None:
    """Connect, keep, replace or forget a key."""
    line = found.line
    spot = line.provider
    wanted = is_wanted(spot)
    if not line.present:
        label = f"Connect {plain(line.label)} in three steps"
        with st.expander(label, expanded=wanted, icon=":material/key:", key=f"steps_{spot}"):
            draw_steps(studio, found)
        return
    if line.in_session and found.state is not AccountState.BAD_KEY:
        with st.expander("Keep this key", icon=":material/save:", key=f"keep_{spot}"):
            draw_keep(line)
    else:
        label = "Use another key"
        with st.expander(label, expanded=wanted, icon=":material/key:", key=f"new_{spot}"):
            draw_steps(studio, found)
    if line.in_session:
        st.button(
            "Forget this key", icon=":material/delete:", key=f"forget_{spot}",
            on_click=_forget, args=(studio, spot),
        )  # fmt: skip


def _forget(studio: Studio, provider: str) -> None:
    with friendly_errors():
        forget(studio, provider, OPENING_SECONDS)


def badge(color: str) -> Any:
    """A colour name as ``st.badge`` takes it."""
    return color
