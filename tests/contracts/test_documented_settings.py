"""What holds for every setting: a meaning, a line in the docs and in the example, secrecy kept."""

from __future__ import annotations

import inspect
import re
from collections import Counter

import pytest
from pydantic import SecretStr

from studio.providers import Provider, discover
from studio.settings import Settings
from tests.architecture.sources import ROOT, python_files, text

FIELDS = Settings.model_fields
every_setting = pytest.mark.parametrize("name", sorted(FIELDS))
every_provider = pytest.mark.parametrize(
    "provider", discover().values(), ids=lambda provider: provider.id
)
SECRET_WORDS = re.compile(r"(password|token|secret|key)$")


@every_setting
def test_a_setting_is_described(name: str) -> None:
    assert (FIELDS[name].description or "").endswith(".")
    assert name in {"log_level", "run_id"} or name.startswith("studio_")


@every_setting
def test_a_setting_stands_in_the_docs_and_in_the_example(name: str) -> None:
    assert f"| `{name.upper()}` |" in text(ROOT / "docs" / "settings.md")
    assert re.search(rf"^#? ?{name.upper()}=", text(ROOT / ".env.example"), re.MULTILINE)


@every_setting
def test_a_setting_has_an_effect(name: str) -> None:
    """A setting arrives with what it sets: somebody besides the settings themselves reads it."""
    views = [
        label
        for label, view in vars(Settings).items()
        if isinstance(view, property) and f"self.{name}" in inspect.getsource(view.fget or str)
    ]
    asked = re.compile(rf"settings\.(?:{'|'.join([name, *views])})\b")
    others = [path for path in python_files("studio", "pages") if path.name != "settings.py"]
    assert any(asked.search(text(path)) for path in others)


@every_setting
def test_what_is_secret_is_typed_as_secret(name: str) -> None:
    secret = SecretStr in getattr(FIELDS[name].annotation, "__args__", ())
    assert secret == bool(SECRET_WORDS.search(name))
    assert secret == (name in Settings.secret_names)


@every_provider
def test_a_key_stands_in_the_docs_and_in_the_example(provider: Provider) -> None:
    assert all(f"`{name}`" in text(ROOT / "docs" / "settings.md") for name in provider.key_env)
    example = text(ROOT / ".env.example")
    assert all(name in example for name in provider.key_env)
    assert all(_has_line(name) for name in provider.key_env[:1])


@every_provider
def test_an_address_stands_in_the_docs_and_in_the_example(provider: Provider) -> None:
    for base in provider.base_urls.values():
        assert base.default.startswith("https://"), "keys travel encrypted only"
        assert all(f"`{name}`" in text(ROOT / "docs" / "settings.md") for name in base.env)
        assert f"`{base.default}`" in text(ROOT / "docs" / "settings.md")
        assert _has_line(base.env[0], base.default)


@every_provider
def test_a_key_can_be_had_somewhere(provider: Provider) -> None:
    """Who needs a key says where people get one and where they put money on the account."""
    addresses = (provider.key_url, provider.funds_url)
    assert all(address.startswith("https://") for address in addresses) == bool(provider.key_env)


def test_no_name_means_two_things() -> None:
    """Two providers that read the same name would send one's key to the other."""
    taken = Counter(
        name
        for provider in discover().values()
        for names in (provider.key_env, *(base.env for base in provider.base_urls.values()))
        for name in names
    )
    taken.update(name.upper() for name in FIELDS)
    assert [name for name, times in taken.items() if times > 1] == []


def test_the_example_names_nothing_that_does_not_exist() -> None:
    known = {name.upper() for name in FIELDS} | {"STUDIO_CONFIG"}
    for provider in discover().values():
        known.update(provider.key_env)
        known.update(name for base in provider.base_urls.values() for name in base.env)
    named = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", text(ROOT / ".env.example"), re.MULTILINE))
    assert named <= known


def _has_line(name: str, value: str = "") -> bool:
    line = rf"^#? ?{name}={re.escape(value)}"
    return re.search(line, text(ROOT / ".env.example"), re.MULTILINE) is not None
