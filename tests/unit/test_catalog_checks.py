"""Checking settings: bounds, lists, JSON of the right shape, addresses, numbers as choices."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.catalog import check_params
from studio.models import FieldKind, FormField

ADDRESS = "https://example.com/a.png"


def field(kind: FieldKind, **facts: Any) -> FormField:
    """A field called ``x`` of that kind."""
    return FormField(name="x", kind=kind, label="The X", **facts)


def listed(items: FieldKind | None, **facts: Any) -> FormField:
    """A field that takes a list."""
    return field(FieldKind.JSON, shape="array", items=items, **facts)


def accepted(one: FormField, value: Any) -> Any:
    """The clean value; the check must have no complaint."""
    clean, problems = check_params([one], {"x": value})
    assert problems == []
    return clean.get("x")


def refused(one: FormField, value: Any) -> str:
    """What to do about a value that must be refused."""
    clean, problems = check_params([one], {"x": value})
    assert clean == {}
    assert [problem.name for problem in problems] == ["x"]
    assert problems[0].message.endswith("does not fit 'The X'.")
    return problems[0].fix


def test_bounds_that_are_not_included() -> None:
    strength = field(FieldKind.NUMBER, exclusive_minimum=0, maximum=1)
    assert accepted(strength, "0.01") == 0.01
    assert refused(strength, 0) == "Give a number above 0 and of at most 1."
    below = field(FieldKind.INTEGER, minimum=1, exclusive_maximum=5)
    assert accepted(below, 4) == 4
    assert refused(below, 5) == "Give a whole number of at least 1 and below 5."


def test_large_bounds_are_written_in_full() -> None:
    fix = refused(field(FieldKind.INTEGER, minimum=0, maximum=4294967295), -1)
    assert fix == "Give a whole number from 0 to 4294967295."


def test_multiples() -> None:
    side = field(FieldKind.INTEGER, minimum=64, maximum=128, multiple_of=16)
    assert accepted(side, 80) == 80
    assert "multiple of 16" in refused(side, 81)
    tenth = field(FieldKind.NUMBER, multiple_of=0.1)
    assert accepted(tenth, 0.3) == 0.3
    assert "multiple of 0.1" in refused(tenth, 0.35)


@given(st.integers(-(2**70), 2**70))
def test_whole_numbers_are_kept_exactly(number: int) -> None:
    assert accepted(field(FieldKind.INTEGER), number) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_written_out_is_read_back(number: float) -> None:
    one = field(FieldKind.NUMBER)
    assert accepted(one, repr(number)) == accepted(one, number) == number


@pytest.mark.parametrize(
    ("choices", "value", "chosen"),
    [
        ((4, 8), "8", 8), ((4, 8), 8.0, 8), (("4", "8"), 8, "8"), (("4", "8"), "8.0", "8"),
        (("1K", "2K"), " 1k ", "1K"), ((True, False), "true", True), ((0.5, 1), "0.50", 0.5),
    ],
)  # fmt: skip
def test_choices_that_are_numbers(choices: tuple[Any, ...], value: Any, chosen: Any) -> None:
    found = accepted(field(FieldKind.CHOICE, choices=choices), value)
    assert (found, type(found)) == (chosen, type(chosen))


def test_a_long_list_of_choices_is_cut() -> None:
    fix = refused(field(FieldKind.CHOICE, choices=tuple(f"c{n}" for n in range(30))), "z")
    assert fix.endswith("c11 and 18 more.")


def test_json_has_the_shape_that_is_asked_for() -> None:
    box = field(FieldKind.JSON, shape="object")
    assert accepted(box, '{"a": 1}') == {"a": 1}
    assert "braces" in refused(box, "[1]")
    assert "braces" in refused(box, "a")
    assert "braces" in refused(box, '{"a"')
    anything = field(FieldKind.JSON)
    assert accepted(anything, "5") == 5
    assert accepted(anything, "auto") == "auto"
    assert "JSON" in refused(anything, "{")


def test_lists_of_plain_values() -> None:
    words = listed(FieldKind.TEXT)
    assert accepted(words, "a, b\nc") == ["a, b", "c"]
    assert accepted(words, '["a", "b"]') == ["a", "b"]
    assert accepted(words, ["a"]) == ["a"]
    assert "one a line" in refused(words, "5")
    assert accepted(listed(FieldKind.INTEGER, maximum=9), "1\n2") == [1, 2]
    assert "at most 9" in refused(listed(FieldKind.INTEGER, maximum=9), "[10]")
    assert accepted(listed(FieldKind.CHOICE, choices=("Ink", "Oil")), "ink\noil") == ["Ink", "Oil"]
    assert accepted(listed(None), '[1, "a"]') == [1, "a"]


def test_lists_of_objects() -> None:
    loras = listed(FieldKind.JSON)
    assert accepted(loras, '[{"path": "a"}]') == [{"path": "a"}]
    assert "JSON list" in refused(loras, '["a"]')
    assert "JSON list" in refused(loras, "a")
    assert "JSON list" in refused(loras, '{"path": "a"}')


@pytest.mark.parametrize(
    ("low", "high", "fix"),
    [
        (2, None, "Give at least 2 of them."), (None, 0, "Give at most 0 of them."),
        (2, 3, "Give 2 to 3 entries."), (2, 2, "Give 2 entries."),
    ],
)  # fmt: skip
def test_lists_have_a_length(low: int | None, high: int | None, fix: str) -> None:
    assert refused(listed(FieldKind.TEXT, min_items=low, max_items=high), "a") == fix


def test_pictures_are_addresses() -> None:
    picture = field(FieldKind.IMAGE)
    assert accepted(picture, f" {ADDRESS} ") == ADDRESS
    assert accepted(picture, "data:image/png;base64,AAAA") == "data:image/png;base64,AAAA"
    for nonsense in ("picture.png", "folder/a.png", "file:///a.png", "https://", "javascript:x"):
        assert "address of a picture" in refused(picture, nonsense)
    assert accepted(listed(FieldKind.IMAGE), ADDRESS) == [ADDRESS]
    assert "address of a picture" in refused(listed(FieldKind.IMAGE), "a.png")


def test_a_size_is_a_choice_or_both_sides() -> None:
    size = field(FieldKind.SIZE, choices=("auto", "square"))
    assert accepted(size, "AUTO") == "auto"
    assert accepted(size, {"width": "640", "height": 480}) == {"width": 640, "height": 480}
    assert "auto, square" in refused(size, "big")
    assert "width and a height" in refused(size, {"width": 0, "height": 480})


def test_nothing_but_spaces_is_empty() -> None:
    assert accepted(field(FieldKind.TEXT), "  ") is None


def test_what_is_missing_says_how_to_give_it() -> None:
    fields = [
        FormField(name="a", kind=FieldKind.IMAGE, label="Mask", required=True),
        FormField(name="b", kind=FieldKind.JSON, shape="object", label="Box", required=True),
        FormField(name="c", kind=FieldKind.TEXT, label="Name", required=True),
        FormField(name="d", kind=FieldKind.IMAGE, label="Start", required=True, start=True),
    ]
    _, problems = check_params(fields, {})
    assert [problem.name for problem in problems] == ["a", "b", "c", "d"]
    assert "address of a picture" in problems[0].fix
    assert "braces" in problems[1].fix
    assert "changes a picture" in problems[3].message
    _, rest = check_params(fields, {}, has_picture=True)
    assert [problem.name for problem in rest] == ["a", "b", "c"]


def test_a_long_value_is_cut_in_the_message() -> None:
    _, problems = check_params([field(FieldKind.INTEGER)], {"x": "y" * 500})
    assert len(problems[0].message) < 120
