"""The password form that sets a cookie, so that a reload or a second tab asks no more."""

from __future__ import annotations

import streamlit as st

_CSS = """
form{display:flex;flex-direction:column;gap:12px;
  font-family:var(--st-font);color:var(--st-text-color)}
label{font-size:14px}
input{padding:9px 12px;border:1px solid var(--st-border-color);border-radius:var(--st-base-radius);
  background:var(--st-secondary-background-color);color:inherit;font:inherit}
input:focus-visible,button:focus-visible{
  outline:3px solid var(--st-primary-color);outline-offset:1px}
button{padding:10px 12px;border:0;border-radius:var(--st-button-radius);cursor:pointer;
  background:var(--st-primary-color);color:#fff;font:inherit;font-weight:600}
p{margin:0;min-height:1.3em;color:var(--st-red-color);font-size:14px}
"""
_JS = """
export default function ({ parentElement }) {
  const form = parentElement.querySelector('form');
  const told = parentElement.querySelector('p');
  form.onsubmit = async (event) => {
    event.preventDefault();
    told.textContent = '';
    try {
      const answer = await fetch('api/auth/login', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ password: form.elements.password.value }),
      });
      if (answer.ok) { window.location.reload(); return; }
      told.textContent = (await answer.json()).detail || 'That password is not right.';
    } catch (error) {
      told.textContent = 'The server cannot be reached. Check your connection, then try again.';
    }
  };
}
"""
_form = st.components.v2.component(
    "studio_sign_in",
    html=(
        "<form><label for='password'>Password</label><input id='password' name='password' "
        "type='password' autocomplete='current-password' required><p role='alert'></p>"
        "<button type='submit'>Sign in</button></form>"
    ),
    css=_CSS,
    js=_JS,
)


def password_form() -> None:
    """Draw the form; it reloads the page once the cookie is set."""
    _form(key="sign_in_form")
