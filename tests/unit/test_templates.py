"""Prompt templates: columns, alternatives, ranges, plain braces, and what goes wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.intake.columns import same_name
from studio.intake.templates import (
    MAX_EXPANSIONS,
    MAX_LENGTH,
    TemplateProblem,
    Variables,
    expand,
    fill_known,
)

RECORD: dict[str, Any] = {
    "prompt": "own",
    "Animal": "fox",
    "Art Style": "ink",
    "empty": " ",
    "raw": "{Animal} {a|b} }{",
    "number": 3.0,
    "tags": ["red", 2],
    "1-5": "column wins",
}


def variables(**more: Any) -> Variables:
    record = RECORD | more
    return Variables(record, {same_name(name): name for name in record}, "prompt")


def texts(template: str, **more: Any) -> list[str]:
    made = expand(template, variables(**more))
    assert not isinstance(made, TemplateProblem), made
    return [each.text for each in made]


def problem(template: str, **more: Any) -> TemplateProblem:
    made = expand(template, variables(**more))
    assert isinstance(made, TemplateProblem), made
    return made


@given(st.text().filter(lambda text: "{" not in text and "}" not in text))
def test_without_braces_a_template_is_itself(text: str) -> None:
    assert texts(text) == [text]


@given(st.text())
def test_doubled_braces_give_any_text_back(text: str) -> None:
    escaped = text.replace("{", "{{").replace("}", "}}")
    assert texts(escaped) == [text]


@given(st.text(max_size=200).filter(str.strip))
def test_a_cell_is_never_expanded_again(cell: str) -> None:
    assert texts("<{Animal}>", Animal=cell) == [f"<{cell.strip()}>"]


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=2, max_size=4), max_size=4))
def test_alternatives_expand_to_their_product(groups: list[list[str]]) -> None:
    made = texts(" ".join("{" + "|".join(group) + "}" for group in groups))
    expected: list[list[str]] = [[]]
    for group in groups:
        expected = [[*chosen, one] for chosen in expected for one in group]
    assert made == [" ".join(chosen) for chosen in expected]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("a {animal} in {art_style}", ["a fox in ink"]),
        ("{ANIMAL}{number}", ["fox3"]),
        ("{tags}", ["red, 2"]),
        ("{raw}", ["{Animal} {a|b} }{"]),
        ("{1-5}", ["column wins"]),
        ("{1..3}", ["1", "2", "3"]),
        ("{2-4}", ["2", "3", "4"]),
        ("{1..10..4}", ["1", "5", "9"]),
        ("{3..1}", ["3", "2", "1"]),
        ("{-1..1}", ["-1", "0", "1"]),
        ("{08..11}", ["08", "09", "10", "11"]),
        ("{red |}cat", ["red cat", "cat"]),
        ("{a|{b|c}|{Animal}}", ["a", "b", "c", "fox"]),
        ("{x{1..2}|y}", ["x1", "x2", "y"]),
        ("{{{Animal}}}", ["{fox}"]),
        ('{{"subject": "cat"}}', ['{"subject": "cat"}']),
    ],
)
def test_what_templates_stand_for(template: str, expected: list[str]) -> None:
    assert texts(template) == expected


def test_choices_are_told() -> None:
    made = expand("a {red|blue} {fox|{cat|dog}} {1..2}", variables())
    assert not isinstance(made, TemplateProblem)
    assert made[0].choices == ("red", "fox", "1")
    assert made[-1].choices == ("blue", "dog", "2")


@pytest.mark.parametrize(
    ("template", "code", "says"),
    [
        ("a {colour}", "variable_missing", "no column 'colour'"),
        ("a {prompt}", "variable_missing", "no column 'prompt'"),
        ("a {}", "variable_missing", "no column ''"),
        ("{a|{colour}}", "variable_missing", "no column 'colour'"),
        ("{ {a|b} }", "variable_missing", "no column"),
        ("a {empty}", "variable_empty", "nothing in 'empty'"),
        ("a {Animal", "template_braces", "no '}' after it"),
        ("a Animal}", "template_braces", "no '{' before it"),
        ("{a|{b|c}", "template_braces", "no '}' after it"),
        ("{a|" * 50 + "b" + "}" * 50, "template_braces", "nested too deeply"),
        ("{1..5..0}", "template_range", "step of 0"),
        ("{1..501}", "too_many_alternatives", "501"),
        ("{1..999999999}{1..999999999}", "too_many_alternatives", "999,999,998,000,000,001"),
        ("{a|b}" * 10, "too_many_alternatives", "1,024"),
    ],
)
def test_what_goes_wrong_is_said(template: str, code: str, says: str) -> None:
    found = problem(template)
    assert (found.code, says in found.message) == (code, True)
    assert found.fix


def test_a_missing_column_names_those_there_are_and_the_closest() -> None:
    found = problem("a {animals}")
    assert "Did you mean {Animal}?" in found.fix
    assert "'Art Style'" in found.fix
    assert "'prompt'" not in found.fix


def test_an_empty_cell_is_the_fault_of_its_column() -> None:
    assert problem("{empty}").column == "empty"


def test_long_cells_do_not_multiply() -> None:
    assert problem("{Animal}" * 3000, Animal="x" * MAX_LENGTH).code == "prompt_long"


def test_the_most_expansions_still_work() -> None:
    assert len(texts(f"{{1..{MAX_EXPANSIONS}}}")) == MAX_EXPANSIONS


def test_filling_known_columns_leaves_the_rest() -> None:
    assert fill_known("{Animal} {unknown} {a|b} {{", variables()) == "fox {unknown} {a|b} {{"
    assert fill_known("{Animal}" * 900, variables(Animal="x" * 900)) == "{Animal}" * 900
