"""The sign-in page through Streamlit's own test driver: who sees what, and in which words."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from studio.access import COOKIE_NAME
from studio.ui.session import NO_ROUTES, VISITOR
from tests.flows.page_world import ROOT, page_world, shown
from tests.unit.test_identity import AUTH, PROVIDER

ADA = {"is_logged_in": True, "email": "ada@studio.example", "name": "Ada"}
LIST = "@studio.example"


@pytest.fixture(autouse=True)
def cookies(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The cookies of the visitor's browser."""
    given: dict[str, str] = {}
    monkeypatch.setattr(type(st.context), "cookies", property(lambda context: given))
    return given


def visit(user: dict[str, Any] | None = None, auth: dict[str, Any] | None = None) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    if auth is not None:
        app.secrets = {"auth": auth}
    if user is not None:
        app.user = user
    app.run()
    assert not app.exception
    return app


def drawn(app: AppTest, name: str) -> bool:
    """Whether the component of that name is on the page."""
    names = [element.proto.component_name for element in app.get("bidi_component")]
    return any(found.endswith(name) for found in names)


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_a_stranger_sees_a_button_for_each_provider_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with page_world(tmp_path, monkeypatch):
        app = visit(auth=AUTH | {"our-house": PROVIDER | {"server_metadata_url": "https://h/x"}})
        assert not app.title
        assert labels(app) == ["Sign in with Google", "Sign in with Our house"]
        assert not drawn(app, "studio_sign_in")


def test_whoever_is_named_sees_the_pages_and_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with page_world(tmp_path, monkeypatch, STUDIO_ALLOWED_EMAILS=LIST):
        app = visit(ADA, AUTH)
        assert [title.value for title in app.title] == ["Generate"]
        assert app.session_state[VISITOR] == "ada@studio.example"
        assert any("ada@studio" in caption.value for caption in app.sidebar.caption)
        assert "Sign out" in labels(app)


@pytest.mark.parametrize(
    ("user", "words"),
    [
        (ADA | {"email": "eve@other.example"}, "is not on this studio's list"),
        (ADA | {"email_verified": False}, "Nobody has checked"),
        ({"is_logged_in": True, "name": "Ada"}, "told no e-mail address"),
    ],
)
def test_a_refusal_says_why_and_what_to_do(
    user: dict[str, Any], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with page_world(tmp_path, monkeypatch, STUDIO_ALLOWED_EMAILS=LIST):
        app = visit(user, AUTH)
        assert not app.title
        assert words in shown(app).replace("\\", "")
        assert labels(app) == ["Use another address"]


@pytest.mark.parametrize("user", [None, ADA | {"is_logged_in": "True"}, {"email": ADA["email"]}])
def test_a_name_without_a_sign_in_opens_nothing(
    user: dict[str, Any] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with page_world(tmp_path, monkeypatch, STUDIO_ALLOWED_EMAILS=LIST):
        assert not visit(user, AUTH).title


def test_a_list_without_a_provider_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with page_world(tmp_path, monkeypatch, STUDIO_ALLOWED_EMAILS=LIST):
        app = visit(ADA)
        assert not app.title
        assert "[auth]" in shown(app)


def test_a_missing_package_closes_the_app_but_not_for_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cookies: dict[str, str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with page_world(tmp_path, monkeypatch, STUDIO_PASSWORD="s3same") as studio:
        app = visit(auth=AUTH)
        assert not app.title
        assert "pip install" in shown(app).replace("\\", "")
        assert drawn(app, "studio_sign_in")
        cookies[COOKIE_NAME] = studio.access.open_session("s3same")
        assert [title.value for title in visit(auth=AUTH).title] == ["Generate"]


def test_an_open_app_has_no_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with page_world(tmp_path, monkeypatch):
        app = visit()
        assert [title.value for title in app.title] == ["Generate"]
        assert "Sign out" not in labels(app)
        assert not drawn(app, "studio_leave")


def test_where_routes_are_kept_back_pictures_come_another_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with page_world(tmp_path, monkeypatch):
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
        app.session_state[NO_ROUTES] = True
        app.run()
        assert not app.exception
        assert not drawn(app, "studio_arrive")
        assert drawn(visit(), "studio_arrive")
