"""What every page does first: find the studio, check who looks, and turn errors into words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from studio.access import Access
from studio.container import Studio, runtime
from studio.container.process import slot
from studio.errors import AccessDenied, StudioError
from studio.ui import identity
from studio.ui.words import plain

SHELL = "_shell"
GO_TO, GO_TO_QUERY = "_goto", "_goto_query"
SIGNED_IN = "_signed_in"
NO_ROUTES = "_no_routes"
VISITOR = "_visitor"
"""Session key of the signed-in visitor's e-mail address or name; empty for all others."""


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
    """Whether this visitor is let in: by the password, by name, or because nothing is asked."""
    access = studio.access
    visitor = identity.signed_in()
    st.session_state[VISITOR] = visitor.name if visitor else ""
    if not access.required(identity.Identity()) or by_password(access):
        return True
    return visitor is not None and access.welcomes(visitor)


def by_password(access: Access) -> bool:
    """Whether this visitor has given the password, now or on this device."""
    return bool(st.session_state.get(SIGNED_IN)) or access.has_session(st.context.cookies)


def try_password(studio: Studio, given: str) -> None:
    """Let this tab in for the right password, else say what is wrong."""
    try:
        studio.access.open_session(given, st.context.ip_address or "")
    except AccessDenied as error:
        show_error(error)
    else:
        st.session_state[SIGNED_IN] = True
        st.rerun()


def has_routes() -> bool:
    """Whether our own routes reach this visitor: a host may run the plain script instead, or
    keep them or their cookie back.
    """
    return slot().routes and NO_ROUTES not in st.session_state


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
