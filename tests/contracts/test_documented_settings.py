"""What holds for every setting: a meaning, a line in the docs and in the example, secrecy kept."""

from __future__ import annotations

import inspect
import re

import pytest
from pydantic import SecretStr

from studio.providers import discover
from studio.settings import Settings
from tests.architecture.sources import ROOT, python_files, text

FIELDS = Settings.model_fields
every_setting = pytest.mark.parametrize("name", sorted(FIELDS))
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


@pytest.mark.parametrize("provider", discover().values(), ids=lambda provider: provider.id)
def test_a_key_stands_in_the_docs_and_in_the_example(provider: object) -> None:
    for name in provider.key_env:  # type: ignore[attr-defined]
        assert f"`{name}`" in text(ROOT / "docs" / "settings.md")
    for name in provider.key_env[:1]:  # type: ignore[attr-defined]
        assert re.search(rf"^#? ?{name}=", text(ROOT / ".env.example"), re.MULTILINE)


def test_the_example_names_nothing_that_does_not_exist() -> None:
    known = {name.upper() for name in FIELDS} | {"STUDIO_CONFIG"}
    known |= {name for provider in discover().values() for name in provider.key_env}
    named = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", text(ROOT / ".env.example"), re.MULTILINE))
    assert named <= known
