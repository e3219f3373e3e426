"""Who is let in: by the password, by name and list, or because nothing is asked."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.access import CARRIER, COOKIE_NAME, Access, NoSignIn, Visitor
from studio.ids import SystemClock
from studio.settings import Settings, load_settings

ADA = Visitor("Ada@Studio.example", "Ada")
words = st.text("abcxyz.", min_size=1, max_size=8)


@dataclass(frozen=True)
class SignedIn:
    """An identity provider for whom everybody is the same person."""

    who: Visitor | None = ADA
    required: bool = True

    def visitor(self, cookies: Mapping[str, str]) -> Visitor | None:
        return self.who


def access(**settings: str) -> Access:
    return Access(load_settings(**settings), SystemClock())


def carried(value: object) -> dict[str, str]:
    return {CARRIER: base64.b64encode(json.dumps(value).encode()).decode() + ".time.signature"}


def test_without_password_and_provider_everybody_is_let_in() -> None:
    assert access().admits({}, NoSignIn())


def test_with_a_provider_alone_only_the_named_are_let_in() -> None:
    assert access().admits({}, SignedIn())
    assert not access().admits({}, SignedIn(None))
    assert not access().admits({COOKIE_NAME: "1.x"}, SignedIn(None))


def test_either_the_password_or_the_provider_lets_in() -> None:
    both = access(studio_password="s3same", studio_allowed_emails="@studio.example")
    cookie = both.open_session("s3same")
    assert both.admits({COOKIE_NAME: cookie}, SignedIn(None))
    assert both.admits({}, SignedIn())
    assert not both.admits({}, SignedIn(None))
    assert not both.admits({COOKIE_NAME: "forged"}, SignedIn(Visitor("eve@other.example", "Eve")))


def test_a_list_without_a_provider_shuts_everybody_out() -> None:
    alone = access(studio_allowed_emails="ada@studio.example")
    assert alone.required(NoSignIn())
    assert not alone.admits({}, NoSignIn())


@pytest.mark.parametrize(
    ("listed", "email", "welcome"),
    [
        ("ada@studio.example", "ada@studio.example", True),
        (" ADA@studio.example , bob@b.example", "ada@STUDIO.example", True),
        ("@studio.example", "bob@studio.example", True),
        ("@studio.example", "bob@sub.studio.example", False),
        ("@studio.example", "bob@evilstudio.example", False),
        ("@studio.example", "@studio.example", False),
        ("@studio.example", '"x@studio.example"@evil.example', False),
        ("ada@studio.example", "eve@studio.example", False),
        ("ada@studio.example", "", False),
        ("studio.example", "ada@studio.example", False),
        (" , ", "ada@studio.example", False),
    ],
)
def test_the_list_names_addresses_and_domains(listed: str, email: str, welcome: bool) -> None:
    assert access(studio_allowed_emails=listed).welcomes(Visitor(email, "")) is welcome


def test_an_address_that_nobody_checked_is_worth_nothing_on_the_list() -> None:
    mallory = Visitor("ada@studio.example", "Mallory", email_verified=False)
    assert not access(studio_allowed_emails="ada@studio.example").welcomes(mallory)
    assert access().welcomes(mallory)


@given(local=words, domain=words, other=words)
def test_only_the_listed_domain_is_welcome(local: str, domain: str, other: str) -> None:
    listed = Access(Settings(studio_allowed_emails=f"@{domain}"), SystemClock())
    assert listed.welcomes(Visitor(f"{local}@{other}", "")) == (other == domain)


def test_streamlits_own_cookie_may_carry_ours() -> None:
    locked = access(studio_password="s3same")
    cookie = locked.open_session("s3same")
    assert locked.admits(carried({COOKIE_NAME: cookie, "_state_x": 1}), NoSignIn())
    assert not locked.admits(carried({COOKIE_NAME: cookie + "0"}), NoSignIn())


@pytest.mark.parametrize("content", [{}, {COOKIE_NAME: 7}, [1], "text", None, 3])
def test_another_content_of_that_cookie_is_no_session(content: object) -> None:
    assert not access(studio_password="s3same").admits(carried(content), NoSignIn())


@given(st.text())
def test_no_cookie_opens_by_chance(text: str) -> None:
    locked = Access(Settings(studio_password="s3same"), SystemClock())
    assert not locked.admits({COOKIE_NAME: text, CARRIER: text}, NoSignIn())
