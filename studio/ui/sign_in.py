"""The sign-in page: by identity provider, by password or both; and the way out again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from studio.container import Studio
from studio.errors import AccessDenied
from studio.ui import identity
from studio.ui.session import (
    NO_ROUTES,
    SIGNED_IN,
    by_password,
    has_routes,
    show_error,
    try_password,
)
from studio.ui.words import plain

_HERE = Path(__file__).parent
_FORM_JS = """
export default function ({ parentElement, setTriggerValue }) {
  const form = parentElement.querySelector('form');
  const told = parentElement.querySelector('p');
  const arrived = async () => {
    try { return (await fetch('api/auth/session')).status === 204; } catch { return false; }
  };
  form.onsubmit = async (event) => {
    event.preventDefault();
    told.textContent = '';
    const password = form.elements.password.value;
    try {
      const answer = await fetch('api/auth/login', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ password }),
      });
      const type = answer.headers.get('Content-Type') || '';
      if (answer.status === 204 && await arrived()) window.location.reload();
      else if (type.includes('problem+json')) told.textContent = (await answer.json()).detail;
      else setTriggerValue('given', password);  // the host keeps our route or its cookie back
    } catch (error) {
      told.textContent = 'The server cannot be reached. Check your connection, then try again.';
    }
  };
}
"""
_REMEMBER_JS = """
export default function () {
  const { pathname, search } = window.location;
  if (pathname !== '/' || search) sessionStorage.setItem('studio_wanted', pathname + search);
}
"""
_ARRIVE_JS = """
export default function ({ setTriggerValue }) {
  const wanted = sessionStorage.getItem('studio_wanted');
  sessionStorage.removeItem('studio_wanted');
  const { pathname, search } = window.location;
  if (wanted && wanted !== pathname + search) { window.location.replace(wanted); return; }
  if (window.studioArrived) return;
  window.studioArrived = true;
  fetch('api/auth/session')
    .then((answer) => { if (answer.status !== 204) setTriggerValue('kept_back', true); })
    .catch(() => {});
}
"""
_LEAVE_JS = """
export default function ({ parentElement, setTriggerValue, data }) {
  const button = parentElement.querySelector('button');
  button.onclick = async () => {
    await fetch('api/auth/logout', { method: 'POST' });
    if (data.named) setTriggerValue('left', true); else window.location.reload();
  };
}
"""
_LEAVE_CSS = """
button{width:100%;padding:7px 12px;cursor:pointer;font:13px var(--st-font);
  color:var(--st-text-color);background:transparent;
  border:1px solid var(--st-border-color);border-radius:var(--st-button-radius)}
button:hover{border-color:var(--st-primary-color);color:var(--st-primary-color)}
button:focus-visible{outline:3px solid var(--st-primary-color);outline-offset:1px}
"""
_form = st.components.v2.component(
    "studio_sign_in",
    html=(
        "<form><label for='password'>Password</label><input id='password' name='password' "
        "type='password' autocomplete='current-password' required><p role='alert'></p>"
        "<button type='submit'>Sign in</button></form>"
    ),
    css=(_HERE / "sign_in.css").read_text(encoding="utf-8"),
    js=_FORM_JS,
)
_remember = st.components.v2.component("studio_remember", js=_REMEMBER_JS)
_arrive = st.components.v2.component("studio_arrive", js=_ARRIVE_JS)
_leave = st.components.v2.component(
    "studio_leave", html="<button type='button'>Sign out</button>", css=_LEAVE_CSS, js=_LEAVE_JS
)


def sign_in(studio: Studio) -> None:
    """Ask who is there, in every way that this installation knows."""
    left, middle, right = st.columns([1, 2, 1])
    del left, right
    with middle, st.container(border=True):
        st.subheader("Sign in")
        named = identity.Identity().required
        if named:
            _by_provider(studio)
        elif studio.access.has_allow_list and not studio.access.has_password:
            st.error(
                "**STUDIO_ALLOWED_EMAILS is set, but nobody can sign in.** Set up an identity "
                "provider in the section [auth] of the secrets, then restart the app.",
                icon=":material/error:",
            )
        if studio.access.has_password:
            st.caption(
                "Or give the password of this studio."
                if named
                else "This studio is protected by a password."
            )
            _by_password(studio)


def arrive() -> None:
    """After signing in: go on to the page that was asked for, and see if our routes get through.

    Where they do not, the pages show pictures Streamlit's own way from then on.
    """
    if has_routes():
        _arrive(key="arrive", height=1, on_kept_back_change=_routes_are_kept_back)


def sign_out(studio: Studio) -> None:
    """Who is signed in, and the way out; nothing where nobody had to sign in."""
    visitor = identity.signed_in()
    if visitor is None and not by_password(studio.access):
        return
    if visitor is not None:
        st.caption(f"Signed in as {plain(visitor.name)}")
    if has_routes() and studio.access.has_session(st.context.cookies):
        left = _leave(
            data={"named": visitor is not None}, key="leave", on_left_change=lambda: None
        ).left
    else:
        left = st.button("Sign out", icon=":material/logout:", key="sign_out", width="stretch")
    if left:
        st.session_state.pop(SIGNED_IN, None)
        if visitor is None:
            st.rerun()
        st.logout()


def _by_provider(studio: Studio) -> None:
    """A button for each identity provider, or what is in the way."""
    if trouble := identity.problem():
        show_error(trouble)
        return
    visitor = identity.signed_in()
    if visitor is not None:
        show_error(_unwelcome(visitor.email, verified=visitor.email_verified))
        if st.button("Use another address", key="other_address", width="stretch"):
            st.logout()
        return
    if st.context.url and not st.context.url.startswith(f"{identity.home()}/"):
        st.info(plain(f"Signing in works only at {identity.home()} - open the app there."))
    _remember(key="remember", height=1)
    for provider in identity.providers():
        label = f"Sign in with {provider.label or 'your account'}"
        key = f"sign_in_{provider.name}"
        if st.button(plain(label), key=key, type="primary", width="stretch"):
            st.login(provider.name)


def _unwelcome(email: str, *, verified: bool) -> AccessDenied:
    if not email:
        return AccessDenied(
            "Your identity provider told no e-mail address.",
            "Ask the person who runs this app to let it ask for one (scope email).",
        )
    if not verified:
        return AccessDenied(
            f"Nobody has checked that {email!r} is yours.",
            "Confirm the address at your identity provider, then sign in again.",
        )
    return AccessDenied(
        f"The address {email!r} is not on this studio's list.",
        "Ask the person who runs this app to add it, or use another address.",
    )


def _by_password(studio: Studio) -> None:
    """With our own routes a cookie remembers the password on this device."""
    if has_routes():
        given: Any = _form(key="sign_in_form", on_given_change=lambda: None).given
        if given:
            st.session_state[NO_ROUTES] = True
    else:
        with st.form("sign_in", border=False):
            typed = st.text_input("Password", type="password")
            pressed = st.form_submit_button("Sign in", type="primary", width="stretch")
        given = typed if pressed else None
    if given:
        try_password(studio, str(given))


def _routes_are_kept_back() -> None:
    st.session_state[NO_ROUTES] = True
