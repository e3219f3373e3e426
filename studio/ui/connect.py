"""Connecting a key in three steps, and what is said where a model's key is missing."""

from __future__ import annotations

import streamlit as st

from studio.container import Studio
from studio.container.accounts import Standing, connect, standing
from studio.errors import StudioError
from studio.models import Account, AccountState, KeyLine, ModelCard, Plan
from studio.ui import identity, nav
from studio.ui.installation import env_line, secrets_line
from studio.ui.session import show_error
from studio.ui.words import plain

ASKED_FOR = "connect"
"""Query parameter of the settings page: the generator whose steps are shown open."""
_TRIED, _ROUND = "_connect_tried", "_connect_round"


def draw_steps(studio: Studio, found: Standing) -> None:
    """Get a key, paste it, keep it: for a person who has never done this."""
    line = found.line
    st.markdown("##### 1 · Get a key")
    st.markdown(
        "Sign in or make an account there, choose **Create key** or **Add key**, and copy what "
        "appears. Most providers show a key only once."
    )
    if line.key_url:
        st.link_button(
            f"Open the key page of {plain(line.label)}", line.key_url, icon=":material/open_in_new:"
        )
    st.markdown("##### 2 · Paste it here")
    draw_paste(studio, line)
    st.markdown("##### 3 · Keep it")
    draw_keep(line)


def is_wanted(provider: str) -> bool:
    """Whether somebody is in the middle of connecting this generator."""
    asked = st.query_params.get(ASKED_FOR) == provider
    return asked or f"{_TRIED}_{provider}" in st.session_state


def draw_paste(studio: Studio, line: KeyLine) -> None:
    """The field for the key. What is typed leaves the session as soon as it was looked at."""
    spot = line.provider
    tried: Account | None = st.session_state.get(f"{_TRIED}_{spot}")
    offline = tried is not None and tried.state is AccountState.UNREACHABLE
    answer = st.container()
    with st.form(f"connect_{spot}", border=False, enter_to_submit=True):
        _who_can_spend(studio)
        turn = st.session_state.setdefault(f"{_ROUND}_{spot}", 0)
        typed = st.text_input(
            f"Key of {plain(line.label)}", type="password", key=f"connect_key_{spot}_{turn}",
            placeholder="Paste the key", autocomplete="off",
        )  # fmt: skip
        with st.container(horizontal=True):
            check = st.form_submit_button(
                "Check and use it", type="primary", icon=":material/verified_user:",
                key=f"connect_check_{spot}",
            )  # fmt: skip
            anyway = offline and st.form_submit_button(
                "Use it anyway", key=f"connect_anyway_{spot}"
            )
    with answer:
        if check or anyway:
            _try(studio, line, typed, unchecked=anyway)
        elif tried is not None:
            _said(line, tried)


def draw_keep(line: KeyLine) -> None:
    """The exact lines with which a key survives a restart. Never the key itself."""
    name = line.env[0]
    st.markdown(
        "A key that is pasted here is gone when the app restarts. To keep it, put it where the "
        "app looks at start. On this machine, one line in the file `.env` beside `app.py`:"
    )
    st.code(env_line(name), language="shell")
    st.markdown("On Community Cloud, open **App settings → Secrets** and add:")
    st.code(secrets_line(name), language="toml")
    others = f" Also understood: {', '.join(line.env[1:])}." if line.env[1:] else ""
    st.caption(plain(f"Then restart the app.{others}"))


def needs_key(studio: Studio, card: ModelCard, *, key: str = "generate") -> bool:
    """Whether a model cannot be used for want of a key; then a box says what to do.

    Args:
        key: The form whose model the box may change: that of ``pick_model``.
    """
    line = standing(studio, card.provider).line
    if line.present or not line.needed:
        return False
    free = studio.models.card(None)
    with st.container(border=True, gap="small"):
        st.markdown(f":material/key: **{plain(line.label)} needs a key.** It takes three steps.")
        with st.container(horizontal=True, vertical_alignment="center"):
            nav.link("Connect a key", "settings", icon=":material/arrow_forward:",
                     **{ASKED_FOR: line.provider})  # fmt: skip
            if free.provider != card.provider:
                st.button(
                    f"Use {plain(free.label)} instead", type="tertiary",
                    icon=":material/brush:", key=f"{key}_use_free_{line.provider}",
                    on_click=_choose, args=(f"{key}_model", free.id),
                )  # fmt: skip
    return True


def lacks_keys(studio: Studio, plan: Plan, *, key: str = "batch") -> bool:
    """Whether some planned model has no key; a box for each provider says what to do."""
    cards = [studio.models.card(part.model) for part in plan.models]
    lacking = [needs_key(studio, card, key=key) for card in {c.provider: c for c in cards}.values()]
    return any(lacking)


def _try(studio: Studio, line: KeyLine, typed: str, *, unchecked: bool) -> None:
    """Check what was pasted; the field is emptied whatever comes of it, but for a dead network."""
    spot = line.provider
    st.session_state.pop(f"{_TRIED}_{spot}", None)
    try:
        with st.spinner(f"Asking {plain(line.label)} …"):
            account = connect(studio, spot, typed, unchecked=unchecked)
    except StudioError as error:
        st.session_state[f"{_ROUND}_{spot}"] += 1
        show_error(error)
        return
    if account.state is AccountState.READY or unchecked:
        ready = account.state is AccountState.READY
        said = "is connected." if ready else "has a key now that nobody has checked."
        st.toast(f"{plain(line.label)} {said}", icon=":material/check_circle:")
        st.query_params.pop(ASKED_FOR, None)
    else:
        st.session_state[f"{_TRIED}_{spot}"] = account
    if account.state is not AccountState.UNREACHABLE or unchecked:
        st.session_state[f"{_ROUND}_{spot}"] += 1
    st.rerun()


def _said(line: KeyLine, account: Account) -> None:
    """What came of the last try, in words, with the next step."""
    words = plain(" ".join(filter(None, [account.message, account.fix])))
    if account.state is AccountState.UNREACHABLE:
        st.warning(
            f"**{plain(line.label)} cannot be reached, so the key was not checked.** {words} "
            "You can try again, or use it anyway.", icon=":material/wifi_off:",
        )  # fmt: skip
        return
    head, then = "The key is right, but the account is empty.", "Then paste the key again."
    if account.state is not AccountState.NO_FUNDS:
        head, then = "This key was refused.", "Nothing was changed."
    st.error(f"**{head}** {words} {then}", icon=":material/error:")
    if account.state is AccountState.NO_FUNDS and line.funds_url:
        st.link_button("Put money on the account", line.funds_url, icon=":material/open_in_new:")


def _who_can_spend(studio: Studio) -> None:
    """Said before a key is used: where it is kept, and who can spend with it."""
    st.caption(
        "The key is kept in memory only, until the app restarts, and written nowhere. "
        "Everybody who can open this app can spend with it."
    )
    if not studio.access.required(identity.Identity()):
        st.warning(
            "**This app asks nobody for a password.** Anybody who finds its address could spend "
            "your money. Set a password first, the setting `STUDIO_PASSWORD`, unless nobody else "
            "can reach this machine.",
            icon=":material/lock_open:",
        )


def _choose(widget: str, model_id: str) -> None:
    st.session_state[widget] = model_id
