"""The config file: checked at the start like its schema, its budgets followed while edited."""

from __future__ import annotations

import json
import os
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from studio.cli.commands.config import config_schema
from studio.container import Studio
from studio.errors import BadSetting
from studio.models import Micros
from studio.settings import Settings, load_settings
from tests.studio_fixture import open_with

DOLLAR = 1_000_000


def write_config(document: object, name: str = "studio.json") -> None:
    """Write the file so that nobody can take it for its earlier version."""
    path = Path(name)
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(
        document if isinstance(document, str) else json.dumps(document), encoding="utf-8"
    )
    os.utime(path, ns=(before + 10**9, before + 10**9))


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STUDIO_CONFIG", "studio.json")


@pytest.mark.parametrize("text", ['{"STUDIO_DALY_BUDGET": 5}', '{"studio_daly_budget": 5}'])
def test_an_unknown_name_in_the_config_file_is_met_with_the_closest(
    config: None, text: str
) -> None:
    write_config(text)
    with pytest.raises(BadSetting, match=r"(?i)'studio_daly_budget'") as caught:
        load_settings()
    assert "STUDIO_DAILY_BUDGET" in caught.value.next_step


@pytest.mark.parametrize("text", ["[1, 2]", '"STUDIO_DAILY_BUDGET"', "5"])
def test_a_config_file_without_names_is_refused(config: None, text: str) -> None:
    write_config(text)
    with pytest.raises(BadSetting, match=r"studio\.json"):
        load_settings()


def test_what_providers_look_for_may_stand_in_the_config_file(config: None) -> None:
    names = {"$schema": "schema.json", "Studio_Workers": 3, "FAL_QUEUE_BASE": "x", "FAL_KEY": "k"}
    write_config(names)
    assert load_settings().studio_workers == 3
    write_config({"STUDIO_SECRET_KEY": "k"})
    with pytest.raises(BadSetting, match="STUDIO_SECRET_KEY"):
        load_settings()


def caps_of(studio: Studio) -> tuple[Micros | None, Micros | None]:
    caps = {line.scope: line.cap for line in studio.budgets.lines()}
    return caps["day"], caps["month"]


def test_budgets_follow_an_edited_config_file(config: None) -> None:
    write_config({"STUDIO_DAILY_BUDGET": 5, "STUDIO_WORKERS": 2})
    with open_with() as studio:
        assert caps_of(studio) == (5 * DOLLAR, None)
        write_config({"STUDIO_DAILY_BUDGET": 2.5, "STUDIO_MONTHLY_BUDGET": 40, "STUDIO_WORKERS": 9})
        assert caps_of(studio) == (2_500_000, 40 * DOLLAR)
        assert studio.settings.studio_workers == 2
        write_config({})
        assert caps_of(studio) == (None, None)
        write_config({"STUDIO_BUDGET_CEILING": 7})
        assert studio.budgets.ceiling == 7 * DOLLAR


def test_so_do_the_total_and_everybody_s_month(config: None) -> None:
    write_config({})
    with open_with() as studio:
        assert studio.budgets.for_each_person is None
        write_config({"STUDIO_TOTAL_BUDGET": 90_000, "STUDIO_PERSON_BUDGET": 12.5})
        lines = {line.scope: line.cap for line in studio.budgets.lines("ada@studio.example")}
        assert lines == {"day": None, "month": None, "total": 90_000 * DOLLAR, "person": 12_500_000}
        assert studio.budgets.for_each_person == 12_500_000


@pytest.mark.parametrize(
    "text",
    ["{", '{"STUDIO_DAILY_BUDGET": -1}', '{"STUDIO_DAILY_BUDGET": 101}', '{"NONSENSE": 1}', "[]"],
)
def test_while_the_config_file_is_broken_the_budgets_from_before_hold(
    config: None, text: str
) -> None:
    write_config({"STUDIO_DAILY_BUDGET": 5})
    with open_with() as studio:
        assert studio.budgets.problem is None
        write_config(text)
        assert caps_of(studio) == (5 * DOLLAR, None)
        assert studio.budgets.problem is not None
        assert studio.budgets.limits()[0].line.cap == 5 * DOLLAR
        Path("studio.json").unlink()
        assert caps_of(studio) == (5 * DOLLAR, None)
        write_config({"STUDIO_DAILY_BUDGET": 6})
        assert caps_of(studio) == (6 * DOLLAR, None)
        assert studio.budgets.problem is None


def test_the_environment_wins_over_an_edited_config_file(
    config: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_DAILY_BUDGET", "3")
    write_config({"STUDIO_DAILY_BUDGET": 5})
    with open_with() as studio:
        write_config({"STUDIO_DAILY_BUDGET": 8})
        assert caps_of(studio) == (3 * DOLLAR, None)


SCHEMA = config_schema()


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - Settings.secret_names))
def test_the_schema_names_every_setting(name: str) -> None:
    found = SCHEMA["properties"][name.upper()]
    assert found["description"] == Settings.model_fields[name].description
    assert SCHEMA["properties"][name] == {"$ref": f"#/properties/{name.upper()}"}


def test_the_schema_names_no_secret() -> None:
    assert Settings.secret_names
    text = json.dumps(SCHEMA).lower()
    assert not [name for name in Settings.secret_names if name in text]


@pytest.mark.parametrize(
    ("document", "fits"),
    [
        ({"STUDIO_DAILY_BUDGET": 5, "studio_workers": 4, "FAL_QUEUE_BASE": "http://x"}, True),
        ({"STUDIO_DAILY_BUDGET": 0}, False),
        ({"STUDIO_TOTAL_BUDGET": 900, "studio_person_budget": 20.5}, True),
        ({"STUDIO_TOTAL_BUDGET": 0}, False),
        ({"STUDIO_PERSON_BUDGET": -1}, False),
        ({"STUDIO_WORKERS": 65}, False),
        ({"STUDIO_WORKERS": "four"}, False),
        ({"STUDIO_DALY_BUDGET": 5}, False),
        ({"$schema": "schema.json"}, True),
    ],
)
def test_the_schema_and_the_studio_agree(
    config: None, document: dict[str, Any], fits: bool
) -> None:
    jsonschema = import_module("jsonschema")

    checked = jsonschema.Draft202012Validator(SCHEMA).is_valid(document)
    assert checked == fits
    write_config(document)
    if fits:
        load_settings()
    else:
        with pytest.raises(BadSetting):
            load_settings()
