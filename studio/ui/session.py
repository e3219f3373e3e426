"""What every page does first: find the studio, check who looks, and turn errors into words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from studio.container import Studio, runtime
from studio.container.process import slot
from studio.errors import AccessDenied, StudioError
from studio.ui.words import plain

SHELL = "_shell"
GO_TO, GO_TO_QUERY = "_goto", "_goto_query"
SIGNED_IN = "_signed_in"


def guard(page: str) -> Studio:
    """Let a page run only inside the shell and only for those who may see it.

    Args:
        page: Name of the page's file, without ``.py``.

    Returns:
        The process-wide studio.
    """
    if SHELL not in st.session_state:  # a deep link ran the page before the shell
        st.session_state[GO_TO] = page
        st.session_state[GO_TO_QUERY] = st.query_params.to_dict()
        st.switch_page("app.py")
    try:
        studio = runtime()
    except StudioError as error:
        show_error(error)
        st.stop()
    if not may_look(studio):
        st.stop()
    return studio


def may_look(studio: Studio) -> bool:
    """Whether this visitor has the password, or needs none."""
    if not studio.access.required or st.session_state.get(SIGNED_IN):
        return True
    return studio.access.valid_session(st.context.cookies.get(studio.access.cookie_name))


def sign_in(studio: Studio) -> None:
    """Ask for the password. With our own routes a cookie remembers it on this device."""
    left, middle, right = st.columns([1, 2, 1])
    del left, right
    with middle, st.container(border=True):
        st.subheader("Sign in")
        st.caption("This studio is protected by a password.")
        if has_routes():
            from studio.ui.sign_in import password_form

            password_form()
            return
        with st.form("sign_in", border=False):
            given = st.text_input("Password", type="password")
            if st.form_submit_button("Sign in", type="primary", width="stretch"):
                _try_password(studio, given)


def has_routes() -> bool:
    """Whether the app serves our own routes (a host may run the plain script instead)."""
    return slot().routes


def show_error(error: StudioError) -> None:
    """An error as a box: what happened, and what to do next."""
    st.error(f"**{plain(error.message)}** {plain(error.next_step)}", icon=":material/error:")


@contextmanager
def friendly_errors() -> Iterator[None]:
    """Show a typed error of the enclosed code as words instead of ending the page."""
    try:
        yield
    except StudioError as error:
        show_error(error)


def _try_password(studio: Studio, given: str) -> None:
    try:
        studio.access.open_session(given, st.context.ip_address or "")
    except AccessDenied as error:
        show_error(error)
    else:
        st.session_state[SIGNED_IN] = True
        st.rerun()
