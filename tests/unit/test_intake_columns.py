"""Guessing what columns mean, and reading sizes and ratios as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.intake import (
    FIELDS,
    Ratio,
    Size,
    fit_ratio,
    guess_mapping,
    parse_ratio,
    parse_size,
)
from studio.intake.columns import name_columns, same_name
from studio.models import Sheet


def guess(*columns: str, params: tuple[str, ...] = ()) -> dict[str, str]:
    sheet = Sheet(name="x", kind="csv", columns=list(columns), records=[{}])
    return guess_mapping(sheet, params)


@pytest.mark.parametrize(
    ("column", "field"), [(alias, f.name) for f in FIELDS for alias in (f.name, *f.aliases)]
)
def test_every_alias_is_recognised_in_any_dress(column: str, field: str) -> None:
    for dressed in (column, column.upper(), column.replace(" ", "_"), f" {column.title()} "):
        assert guess(dressed) == {dressed: field}


def test_aliases_are_unique() -> None:
    names = [(same_name(alias), f.name) for f in FIELDS for alias in (f.name, *f.aliases)]
    assert len({name for name, _ in set(names)}) == len(set(names))


def test_the_better_alias_wins_and_the_other_stays_a_variable() -> None:
    assert guess("text", "Prompt", "caption") == {
        "text": "variable",
        "Prompt": "prompt",
        "caption": "variable",
    }


def test_party_columns() -> None:
    assert guess("Prompt", "Category", "Challenge", "Note") == {
        "Prompt": "prompt",
        "Category": "section",
        "Challenge": "variable",
        "Note": "variable",
    }


def test_parameters_are_matched_by_name_and_by_common_alias() -> None:
    params = ("num_inference_steps", "guidance_scale", "strength")
    assert guess("prompt", "Steps", "CFG", "Strength", "other", params=params) == {
        "prompt": "prompt",
        "Steps": "param:num_inference_steps",
        "CFG": "param:guidance_scale",
        "Strength": "param:strength",
        "other": "variable",
    }


@given(st.lists(st.text(max_size=5)))
def test_column_names_are_distinct_and_filled(header: list[str]) -> None:
    names, _ = name_columns(header)
    assert len(set(names)) == len(names) == len(header)
    assert all(names)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1024x768", Size(1024, 768)),
        ("1024×768", Size(1024, 768)),
        (" 1024 X 768 px", Size(1024, 768)),
        ("1024 by 768", Size(1024, 768)),
        ("1024*768", Size(1024, 768)),
        ("1024", Size(1024, 1024)),
        ("1080p", Size(1920, 1080)),
        ("square", Ratio(1, 1)),
        ("square_hd", Ratio(1, 1)),
        ("landscape 16:9", Ratio(16, 9)),
        ("landscape_4_3", Ratio(4, 3)),
        ("portrait 16:9", Ratio(9, 16)),
        ("Portrait", Ratio(3, 4)),
        ("16:9", Ratio(16, 9)),
        ("big", None),
        ("1024x", None),
        ("0:9", None),
        ("-1024x768", None),
        ("=1024x768", None),
    ],
)
def test_sizes_as_people_write_them(text: str, size: Size | Ratio | None) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "ratio"),
    [("16:9", Ratio(16, 9)), ("3/2", Ratio(3, 2)), ("1.85:1", Ratio(1.85, 1)), ("wide", None)],
)
def test_ratios_as_people_write_them(text: str, ratio: Ratio | None) -> None:
    assert parse_ratio(text) == ratio


@given(
    st.floats(0.2, 5),
    st.integers(256, 2048),
    st.integers(256, 2048),
    st.sampled_from([1024, 2048, 4096]),
)
def test_fitting_keeps_ratio_area_and_bounds(
    ratio: float, width: int, height: int, max_side: int
) -> None:
    size = fit_ratio(Ratio(ratio, 1), Size(width, height), max_side)
    assert size.width % 8 == size.height % 8 == 0
    assert max(size) <= max_side
    ideal_short = (width * height / max(ratio, 1 / ratio)) ** 0.5
    assert min(size) <= ideal_short + 4
    assert abs(size.width - size.height * ratio) <= 4 + 4 * ratio + 8


def test_known_fits() -> None:
    assert fit_ratio(Ratio(16, 9), Size(1920, 1080), 4096) == Size(1920, 1080)
    assert fit_ratio(Ratio(16, 9), Size(1024, 1024), 4096) == Size(1368, 768)
    assert fit_ratio(Ratio(9, 16), Size(1024, 1024), 1024) == Size(576, 1024)
