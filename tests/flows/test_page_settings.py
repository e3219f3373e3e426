"""The settings page: keys by presence only, health, disk use, every setting, versions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.container import Studio
from tests.flows.page_world import make_pictures, open_page, page_world, shown

PASSWORD = "not-to-be-seen-9Zq"


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    with page_world(tmp_path, monkeypatch, STUDIO_API_TOKEN=PASSWORD) as made:
        yield made


def test_every_setting_is_listed_with_its_source(studio: Studio) -> None:
    page = open_page("settings")
    table = page.dataframe[0].value.set_index("Name")
    assert set(table.index) == {line.name for line in studio.health.settings()}
    assert table.loc["STUDIO_DATA_DIR", "From"] == "environment"


def test_no_secret_reaches_the_page(studio: Studio) -> None:
    page = open_page("settings")
    everything = shown(page) + page.dataframe[0].value.to_csv() + page.table[0].value.to_csv()
    everything += "".join(str(block.value) for block in page.code)
    assert PASSWORD not in everything


def test_health_is_told_with_remedies(studio: Studio) -> None:
    page = open_page("settings")
    for check in studio.health.checks():
        assert check.name in shown(page).replace("\\", "")


def test_each_provider_says_whether_its_key_is_there(studio: Studio) -> None:
    page = open_page("settings")
    lines = studio.health.keys()
    for line in lines:
        assert line.label in shown(page).replace("\\", "")
    assert "Ready" in shown(page), "some generator needs no key"


def test_disk_use_is_told(studio: Studio) -> None:
    make_pictures(studio, "a red fox", 2)
    page = open_page("settings")
    assert "2 pictures in" in shown(page)
    assert len(page.get("vega_lite_chart")) == 1


def test_versions_and_data_folder(studio: Studio, tmp_path: Path) -> None:
    about = open_page("settings").table[0].value["value"]
    assert str((tmp_path / "data").resolve()) == about["Data folder"].replace("\\", "")
    assert about["Streamlit"]
