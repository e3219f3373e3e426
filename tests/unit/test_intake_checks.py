"""Checked rows: every error and warning, numbering, expansion, mending, the error file."""

from __future__ import annotations

from typing import Any

import pytest

from studio.errors import UnknownModel
from studio.intake import (
    EXTRA_CELLS,
    check_sheet,
    read_sheet,
)
from studio.models import (
    CheckedSheet,
    FieldKind,
    FormField,
    ModelCard,
    RowIssue,
    Severity,
    Sheet,
)

GOOD = (
    "A watercolour painting of a red fox in deep snow at dawn, soft light, highly detailed texture"
)
STEPS = FormField(name="steps", kind=FieldKind.INTEGER, label="Steps", minimum=1, maximum=50)
MOOD = FormField(name="mood", kind=FieldKind.CHOICE, label="Mood", choices=("calm", "wild"))
CARDS = {
    "demo:big": ModelCard(
        id="demo:big", label="Big", fields=(STEPS,), takes_negative_prompt=True, max_side=2048
    ),
    "demo:tiny": ModelCard(
        id="demo:tiny", label="Tiny", fields=(MOOD,), takes_seed=False, max_side=512
    ),
}


def card_for(model: str | None) -> ModelCard:
    try:
        return CARDS[model or "demo:big"]
    except KeyError:
        raise UnknownModel(f"There is no model {model!r}.", "See the list of models.") from None


def sheet_of(*records: dict[str, Any]) -> Sheet:
    columns = list(dict.fromkeys(key for record in records for key in record))
    return Sheet(name="x.csv", kind="csv", columns=columns, records=list(records))


def check(*records: dict[str, Any], **options: Any) -> CheckedSheet:
    return check_sheet(sheet_of(*records), card_for=card_for, **options)


def only(checked: CheckedSheet) -> RowIssue:
    assert len(checked.issues) == 1, checked.issues
    return checked.issues[0]


def test_a_good_row_has_its_meaning_and_no_issue() -> None:
    checked = check(
        {
            "Image Prompt": GOOD,
            "Category": "Animals",
            "No": "7",
            "Title": "Fox",
            "negative": "blur",
            "Seed": "42",
            "size": "1024×768",
            "Model": "demo:big",
            "copies": "3",
            "sku": "F-1",
            "Steps": "30",
            "Mood colour": "red",
        }
    )
    assert checked.issues == []
    assert checked.pictures == 3
    assert checked.rows[0].model_dump() == {
        "number": 1,
        "prompt_id": "F-1",
        "prompt": GOOD,
        "negative_prompt": "blur",
        "section": "Animals",
        "image_number": 7,
        "description": "Fox",
        "seed": 42,
        "width": 1024,
        "height": 768,
        "aspect_ratio": None,
        "model": "demo:big",
        "images": 3,
        "params": {"steps": 30},
        "variables": {"Mood colour": "red"},
    }


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"prompt": " "}, "prompt", "prompt_missing"),
        ({"prompt": None}, "prompt", "prompt_missing"),
        ({"prompt": "\x01\u202e"}, "prompt", "prompt_missing"),
        ({"prompt": ["a"]}, "prompt", "prompt_not_text"),
        ({"prompt": {"a": 1}}, "prompt", "prompt_not_text"),
        ({"prompt": "x" * 10_000}, "prompt", "prompt_long"),
        ({"prompt": "{a|b}" + "x" * 10_000}, "prompt", "prompt_long"),
        ({"prompt": "{a|b}" + "x" * 30_000}, "prompt", "prompt_long"),
        ({"prompt": "a {colour}"}, "prompt", "variable_missing"),
        ({"prompt": "a {colour}", "colour": ""}, "colour", "variable_empty"),
        ({"prompt": "{1..600}"}, "prompt", "too_many_alternatives"),
        ({"Seed": "abc"}, "Seed", "seed_unreadable"),
        ({"Seed": "1.5"}, "Seed", "seed_unreadable"),
        ({"Seed": True}, "Seed", "seed_unreadable"),
        ({"Seed": "-1"}, "Seed", "seed_out_of_range"),
        ({"Seed": "2147483648"}, "Seed", "seed_out_of_range"),
        ({"Size": "huge"}, "Size", "size_unreadable"),
        ({"Size": "4096x4096"}, "Size", "size_out_of_range"),
        ({"Size": "32x512"}, "Size", "size_out_of_range"),
        ({"Size": "1024x768", "width": "512", "height": "512"}, "Size", "size_conflict"),
        ({"width": "512", "height": ""}, "height", "size_incomplete"),
        ({"width": "5000", "height": "512"}, "width", "width_out_of_range"),
        ({"height": "tall", "width": "512"}, "height", "height_unreadable"),
        ({"Ratio": "wide"}, "Ratio", "aspect_ratio_unreadable"),
        ({"Ratio": "1000:1"}, "Ratio", "size_out_of_range"),
        ({"images": "0"}, "images", "images_out_of_range"),
        ({"images": "101"}, "images", "images_out_of_range"),
        ({"images": "two"}, "images", "images_unreadable"),
        ({"image_number": "first"}, "image_number", "image_number_unreadable"),
        ({"model": "demo:bigg"}, "model", "unknown_model"),
        ({"steps": "many"}, "steps", "bad_param"),
        ({"steps": "51"}, "steps", "bad_param"),
        ({"model": "demo:tiny", "mood": "sad"}, "mood", "bad_param"),
        ({EXTRA_CELLS: "and more"}, EXTRA_CELLS, "too_many_cells"),
    ],
)
def test_each_error_names_row_column_fault_and_remedy(
    cells: dict[str, Any], column: str, code: str
) -> None:
    checked = check({"prompt": GOOD}, {"prompt": GOOD + "."} | cells)
    issue = only(checked)
    assert (issue.row, issue.column, issue.code) == (2, column, code)
    assert issue.severity is Severity.ERROR
    assert issue.message.endswith(".")
    assert issue.fix.endswith((".", "?"))
    assert [row.number for row in checked.rows] == [1]
    assert checked.bad_rows == {2}


def test_a_mistyped_model_gets_the_closest() -> None:
    assert (
        "Did you mean 'demo:tiny'?"
        in only(check({"prompt": GOOD, "model": "demo:tinny"}, known_models=list(CARDS))).fix
    )
    assert "'demo:big'" in only(check({"prompt": GOOD, "model": "bigg"})).fix


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"prompt": "A watercolour fox, soft light"}, "prompt_short"),
        ({"prompt": "A fox stands in front of a house and looks, soft light"}, "no_style_words"),
        ({"prompt": "A watercolour of a fox that stands in front of a house"}, "no_quality_words"),
        ({"prompt": GOOD + ", by night, at midday"}, "contradiction"),
        ({"prompt": GOOD + ", black-and-white and colourful"}, "contradiction"),
        ({"prompt": GOOD + ", close-up, wide angle"}, "contradiction"),
        ({"prompt": GOOD + ", empty street, crowded"}, "contradiction"),
        ({"prompt": GOOD.replace("fox", "f\x00ox\u202e")}, "control_characters"),
        ({"seed": "1", "model": "demo:tiny"}, "seed_not_taken"),
        ({"negative": "blur", "model": "demo:tiny"}, "negative_not_taken"),
        ({"size": "512x512", "ratio": "16:9"}, "ratio_ignored"),
    ],
)
def test_each_warning_lets_the_row_run(cells: dict[str, Any], code: str) -> None:
    checked = check({"prompt": GOOD} | cells)
    issue = only(checked)
    assert (issue.row, issue.code, issue.severity) == (1, code, Severity.WARNING)
    assert len(checked.rows) == 1
    assert "\x00" not in checked.rows[0].prompt


def test_prompts_in_other_scripts_are_not_measured_with_english_words() -> None:
    assert check({"prompt": "黄昏时分雪地里的一只红狐狸柔和的光线水彩画风格非常细腻"}).issues == []
    russian = "Рыжая лиса стоит в глубоком снегу на рассвете под мягким светом зимой"
    assert check({"prompt": russian}).issues == []


def test_duplicates_are_warned_unless_their_seeds_differ() -> None:
    checked = check({"prompt": GOOD}, {"prompt": GOOD, "seed": "1"}, {"prompt": GOOD + " "})
    issue = only(checked)
    assert (issue.row, issue.code) == (3, "duplicate")
    assert "row 1" in issue.message
    assert [issue.code for issue in check({"prompt": GOOD + " {a|a}"}).issues] == ["duplicate"]


def test_no_prompt_column_stops_everything_and_says_how_to_map() -> None:
    checked = check({"Idea": GOOD, "Price": "3"})
    issue = only(checked)
    assert (issue.row, issue.column, issue.code) == (0, None, "no_prompt_column")
    assert "'Idea', 'Price'" in issue.message
    assert checked.rows == []
    mapped = check({"Idea": GOOD, "Price": "3"}, mapping={"Idea": "prompt"})
    assert mapped.issues == []
    assert mapped.rows[0].variables == {"Price": "3"}


def test_mapping_mistakes_are_issues() -> None:
    codes = [
        issue.code
        for issue in check(
            {"a": GOOD, "b": "x", "c": "y"}, mapping={"a": "prompt", "b": "prompt", "c": "sectoin"}
        ).issues
    ]
    assert codes == ["field_twice", "unknown_field"]


def test_an_ignored_column_is_no_variable() -> None:
    checked = check({"prompt": GOOD, "x": "1"}, mapping={"prompt": "prompt", "x": "ignore"})
    assert checked.rows[0].variables == {}


def test_duplicate_headers_are_warned() -> None:
    sheet = read_sheet(f"prompt,prompt\n{GOOD.replace(',', '')},b\n".encode(), "x.csv")
    checked = check_sheet(sheet, card_for=card_for)
    issue = only(checked)
    assert (issue.row, issue.column, issue.code) == (0, "prompt (2)", "duplicate_column")
    assert len(checked.rows) == 1
