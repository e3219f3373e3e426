"""The Streamlit script: sets the frame, checks who looks, and runs the chosen page in it."""

from __future__ import annotations

import sys
import types
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
STATIC = Path(__file__).resolve().parent / "static"


def heal() -> None:
    """After a change of code, drop every module of ours, so that old and new never mix.

    Streamlit evicts changed modules only in the session that saw the change; a reload or a deploy
    while nobody looks would otherwise run new pages on old modules.
    """
    slot = sys.modules.setdefault("_studio_slot", types.ModuleType("_studio_slot"))
    newest = max(path.stat().st_mtime_ns for path in PACKAGE.rglob("*.py"))
    if getattr(slot, "code", newest) != newest:
        _close_old(slot)
        for name in [name for name in sys.modules if name.partition(".")[0] == "studio"]:
            sys.modules.pop(name, None)
    slot.__dict__["code"] = newest


def _close_old(slot: types.ModuleType) -> None:
    """Stop the studio of the old code: what it was making is taken over by the new one."""
    old = slot.__dict__.get("studio")
    slot.__dict__["studio"] = None
    if old is not None:
        old.close()


def main() -> None:
    """Draw the frame and the page in it."""
    heal()
    import streamlit as st

    from studio.ui import nav, sidebar
    from studio.ui.session import GO_TO, GO_TO_QUERY, SHELL, friendly_errors, may_look
    from studio.ui.sign_in import arrive, sign_in, sign_out

    st.set_page_config(
        page_title="Image Studio", page_icon=str(STATIC / "favicon.png"), layout="wide"
    )
    st.logo(str(STATIC / "logo.svg"), size="large")
    from studio.container import runtime

    with friendly_errors():
        studio = runtime()
        signed_in = may_look(studio)
        chosen = st.navigation(nav.build(), position="sidebar" if signed_in else "hidden")
        st.session_state[SHELL] = True
        if not signed_in:
            sign_in(studio)
            st.stop()
        wanted = st.session_state.pop(GO_TO, None)
        if wanted in nav.pages():
            nav.go(wanted, **st.session_state.pop(GO_TO_QUERY, {}))
        sidebar.draw(studio)
        with st.sidebar:
            sign_out(studio)
            arrive()
        chosen.run()


if __name__ == "__main__":
    main()
