"""Settings: which source wins, what is refused and how, and that keys are found but not shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from studio.errors import BadSetting
from studio.keys import Keys
from studio.settings import load_settings, sources_of

NAME, KEYS = "STUDIO_MAX_RETRIES", ("STUDIO_FIRST_KEY", "STUDIO_SECOND_KEY")
SOURCES = ["environment", "secrets.toml", ".env", "config file"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory without files of ours."""
    folder = tmp_path / "here"
    (folder / ".streamlit").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def put(source: str, name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set ``name`` in one of the sources."""
    match source:
        case "environment":
            monkeypatch.setenv(name, value)
        case "secrets.toml":
            Path(".streamlit/secrets.toml").write_text(f'{name} = "{value}"\n', encoding="utf-8")
        case ".env":
            Path(".env").write_text(f"{name}={value}\n", encoding="utf-8")
        case _:
            Path("studio.json").write_text(json.dumps({name: value}), encoding="utf-8")
            monkeypatch.setenv("STUDIO_CONFIG", "studio.json")


@pytest.mark.parametrize("first", range(len(SOURCES)))
def test_the_first_source_wins(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, source in enumerate(SOURCES[first:], start=first):
        put(source, NAME, str(number + 1), monkeypatch)
    loaded = load_settings()
    assert loaded.studio_max_retries == first + 1
    assert sources_of(loaded)["studio_max_retries"] == SOURCES[first]


def test_without_a_source_the_default_holds() -> None:
    loaded = load_settings()
    assert loaded.studio_max_retries == 3
    assert sources_of(loaded)["studio_max_retries"] == "default"


@pytest.mark.parametrize("first", range(len(SOURCES)))
def test_a_key_is_found_in_the_same_order(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, source in enumerate(SOURCES[first:], start=first):
        put(source, KEYS[0], f"key-{number}", monkeypatch)
    assert Keys().get(KEYS) == f"key-{first}"
    assert Keys().source(KEYS) == SOURCES[first]


def test_of_two_names_the_first_wins_within_a_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEYS[1], "second")
    assert Keys().get(KEYS) == "second"
    monkeypatch.setenv(KEYS[0], "first")
    assert Keys().get(KEYS) == "first"
    assert Keys().get(()) is None
    assert (Keys().get(("STUDIO_NO_KEY",)), Keys().source(("STUDIO_NO_KEY",))) == (None, "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STUDIO_MAX_RETRIES", "many"),
        ("STUDIO_MAX_RETRIES", "-1"),
        ("STUDIO_WORKERS", "0"),
        ("STUDIO_TIMEOUT", "0"),
        ("STUDIO_DAILY_BUDGET", "0"),
        ("STUDIO_DAILY_BUDGET", "200000"),
        ("STUDIO_MONTHLY_BUDGET", "-5"),
        ("STUDIO_PERSON_BUDGET", "0"),
        ("STUDIO_PERSON_BUDGET", "3100000.01"),
        ("STUDIO_TOTAL_BUDGET", "none"),
        ("STUDIO_TOTAL_BUDGET", "1e9"),
        ("STUDIO_TIMEZONE", "Atlantis"),
        ("STUDIO_TIMEZONE", "../etc/passwd"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_bad_value_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSetting, match=name) as caught:
        load_settings()
    assert name in caught.value.next_step


@pytest.mark.parametrize("text", ["not = = toml", '"open', "\x00"])
def test_a_broken_secrets_file_is_named(text: str) -> None:
    Path(".streamlit/secrets.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadSetting, match=r"secrets\.toml"):
        load_settings()


@pytest.mark.parametrize("text", ["{", "nothing"])
def test_a_broken_config_file_is_named(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mine.json").write_text(text, encoding="utf-8")
    monkeypatch.setenv("STUDIO_CONFIG", "mine.json")
    with pytest.raises(BadSetting, match=r"mine\.json"):
        load_settings()


def test_the_config_file_may_be_toml(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mine.toml").write_text('STUDIO_TIMEZONE = "Europe/Berlin"\n', encoding="utf-8")
    monkeypatch.setenv("STUDIO_CONFIG", "mine.toml")
    assert load_settings().timezone.key == "Europe/Berlin"


def test_secrets_are_not_shown() -> None:
    loaded = load_settings(studio_password="s3same", studio_api_token="t0ken")
    for text in (repr(loaded), str(loaded), loaded.model_dump_json()):
        assert "s3same" not in text
        assert "t0ken" not in text


def test_an_empty_password_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_PASSWORD", "")
    assert load_settings().studio_password is None


@example_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 10_000_000))
def test_budgets_are_exact_to_the_cent(cents: int) -> None:
    amount = f"{cents // 100}.{cents % 100:02d}"
    loaded = load_settings(studio_daily_budget=amount, studio_budget_ceiling="100000")
    assert loaded.daily_budget == cents * 10_000
    assert loaded.monthly_budget is None
