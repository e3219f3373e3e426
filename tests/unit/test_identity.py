"""The section ``[auth]``: who a cookie of ``st.login`` names, and what is wrong with a section."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
import streamlit as st
from streamlit.auth_util import set_cookie_with_chunks
from streamlit.runtime.secrets import Secrets
from streamlit.web.server.server_util import AUTH_COOKIE_NAME
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from studio.access import Visitor
from studio.ui import identity

SECRET = "k" * 40
PROVIDER = {
    "client_id": "studio",
    "client_secret": "s",
    "server_metadata_url": "https://accounts.google.com/.well-known/openid-configuration",
}
AUTH: dict[str, Any] = {
    "redirect_uri": "https://studio.example/oauth2callback",
    "cookie_secret": SECRET,
    **PROVIDER,
}
CLAIMS = {
    "origin": "https://studio.example",
    "is_logged_in": True,
    "email": "ada@studio.example",
    "name": "Ada",
}


def use(monkeypatch: pytest.MonkeyPatch, auth: dict[str, Any] | None) -> None:
    """Let Streamlit find this section in its secrets."""
    found = Secrets()
    object.__setattr__(found, "_secrets", {} if auth is None else {"auth": auth})
    monkeypatch.setattr(st, "secrets", found)


def cookies(claims: dict[str, Any], secret: str = SECRET) -> dict[str, str]:
    """The cookies that Streamlit itself would set for these claims."""
    made: dict[str, str] = {}

    def signed(name: str, value: str) -> bytes:
        return create_signed_value(secret, name, value)

    def keep(name: str, value: str) -> None:
        made[name] = signed(name, value).decode()

    set_cookie_with_chunks(keep, signed, AUTH_COOKIE_NAME, claims, cookie_attr_size=80)
    return made


def test_the_cookie_of_st_login_names_the_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, AUTH)
    known = identity.Identity()
    assert known.required
    assert known.visitor(cookies(CLAIMS)) == Visitor("ada@studio.example", "ada@studio.example")
    long = cookies(CLAIMS | {"groups": [token_hex(32) for _ in range(200)]})
    assert len(long) > 2, "cut into pieces"
    assert known.visitor(long) is not None
    assert known.visitor({name: long[name] for name in list(long)[:-1]}) is None


@pytest.mark.parametrize(
    "given",
    [
        {},
        {AUTH_COOKIE_NAME: "nonsense"},
        {AUTH_COOKIE_NAME: "é.é.é"},
        cookies(CLAIMS, secret="l" * 40),
        cookies(CLAIMS | {"origin": "https://other.example"}),
        cookies(CLAIMS | {"is_logged_in": False}),
        cookies(CLAIMS | {"is_logged_in": "true"}),
        {AUTH_COOKIE_NAME: cookies(CLAIMS)[AUTH_COOKIE_NAME][:-2] + "xx"},
        {f"{AUTH_COOKIE_NAME}_tokens": cookies(CLAIMS)[AUTH_COOKIE_NAME]},
    ],
)
def test_every_other_cookie_is_a_strangers(
    given: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, AUTH)
    assert identity.Identity().visitor(given) is None


@pytest.mark.parametrize("secret", ["", "short"])
def test_a_secret_that_can_be_guessed_opens_nothing(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, AUTH | {"cookie_secret": secret})
    assert identity.Identity().required
    assert identity.Identity().visitor(cookies(CLAIMS, secret=secret or "x")) is None
    assert "cookie_secret" in str(identity.problem())


@pytest.mark.parametrize(("said", "verified"), [(True, True), (False, False), ("false", False)])
def test_an_unproven_address_is_marked(
    said: object, verified: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, AUTH)
    found = identity.Identity().visitor(cookies(CLAIMS | {"email_verified": said}))
    assert found is not None
    assert found.email_verified is verified


def test_without_the_section_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, None)
    assert not identity.Identity().required
    assert identity.problem() is None
    assert identity.providers() == []
    assert identity.Identity().visitor(cookies(CLAIMS)) is None


def test_secrets_that_cannot_be_read_close_the_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "secrets.toml"
    found = Secrets()
    monkeypatch.setattr(st, "secrets", found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.config.get_option", lambda name, **_: [str(broken)])
        assert not identity.Identity().required, "there is no such file"
        broken.write_text("[auth", encoding="utf-8")
        assert identity.Identity().required
        assert identity.Identity().visitor(cookies(CLAIMS)) is None


def test_each_provider_has_a_button(monkeypatch: pytest.MonkeyPatch) -> None:
    named = {
        "microsoft": PROVIDER
        | {"server_metadata_url": "https://login.microsoftonline.com/x/v2.0/.well-known/y"},
        "our-house": PROVIDER | {"server_metadata_url": "https://id.house.example/z"},
        "fake": PROVIDER | {"server_metadata_url": "https://notgoogle.com/z"},
    }
    use(monkeypatch, AUTH | named | {"client_kwargs": {"prompt": "login"}})
    assert [(found.name, found.label) for found in identity.providers()] == [
        ("default", "Google"),
        ("microsoft", "Microsoft"),
        ("our-house", "Our house"),
        ("fake", "Fake"),
    ]
    assert identity.problem() is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"redirect_uri": "https://studio.example"}, "redirect_uri"),
        ({"client_secret": ""}, "lacks client_secret"),
        (dict.fromkeys(PROVIDER, ""), "lacks client_id, client_secret"),
        ({"cookie_secret": "short"}, "cookie_secret"),
        ({"two_words": PROVIDER}, "underscore"),
        ({"okta": {"client_id": "x"}}, "'okta' lacks client_secret"),
    ],
)
def test_what_is_wrong_is_said(
    change: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, AUTH | change)
    trouble = identity.problem()
    assert trouble is not None
    assert words in trouble.message
    assert trouble.next_step


def test_a_section_without_a_provider_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, {key: AUTH[key] for key in ("redirect_uri", "cookie_secret")})
    assert "names no identity provider" in str(identity.problem())


def test_a_missing_package_is_said_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, AUTH)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "pip install" in str(identity.problem())
    assert identity.Identity().required, "and nobody is let in meanwhile"
