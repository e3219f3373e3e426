"""Checked rows: every error and warning, numbering, expansion, mending, the error file."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from studio.errors import BadRows, UnknownModel
from studio.intake import (
    EXTRA_CELLS,
    check_sheet,
    error_csv,
    read_sheet,
    with_cells,
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


def test_numbers_count_within_sections_and_leave_given_ones_out() -> None:
    rows = check(
        {"prompt": GOOD + " 1", "section": "A", "image_number": ""},
        {"prompt": GOOD + " 2", "section": "B", "image_number": ""},
        {"prompt": GOOD + " 3", "section": "A", "image_number": "2"},
        {"prompt": "", "section": "A", "image_number": ""},
        {"prompt": GOOD + " {4|5}", "section": "A", "image_number": ""},
    ).rows
    assert [(row.section, row.image_number) for row in rows] == [
        ("A", 1),
        ("B", 1),
        ("A", 2),
        ("A", 4),
        ("A", 5),
    ]


def test_expansions_have_ids_descriptions_and_the_rows_cells() -> None:
    rows = check(
        {
            "prompt": GOOD + " {red|blue} {Animal} by {section}, {1..2}",
            "Animal": "{fox|cat}",
            "category": "Wild",
            "title": "{animal} study",
            "id": "k",
        }
    ).rows
    assert [row.prompt_id for row in rows] == ["k-a1", "k-a2", "k-a3", "k-a4"]
    assert [row.description for row in rows] == [
        "{fox|cat} study red 1",
        "{fox|cat} study red 2",
        "{fox|cat} study blue 1",
        "{fox|cat} study blue 2",
    ]
    assert rows[0].prompt == GOOD + " red {fox|cat} by Wild, 1"
    assert rows[0].variables == {"Animal": "{fox|cat}"}


def test_descriptions_of_expansions_differ_even_if_their_choices_read_alike() -> None:
    rows = check({"prompt": GOOD + "{| x| X|" + "y" * 90 + "1|" + "y" * 90 + "2}"}).rows
    labels = [row.description.casefold() for row in rows]
    assert len(set(labels)) == 5
    assert all(labels)


def test_repeated_ids_are_told_apart() -> None:
    checked = check(*({"prompt": f"{GOOD} {n}", "id": "a"} for n in range(3)))
    assert [row.prompt_id for row in checked.rows] == ["a", "a-2", "a-3"]
    assert [issue.code for issue in checked.issues] == ["duplicate_id"] * 2


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, (None, None, None)),
        ({"ratio": "16:9"}, (1368, 768, "16:9")),
        ({"size": "portrait 4:3"}, (888, 1184, "3:4")),
        ({"width": "800", "ratio": "2:1"}, (800, 400, "2:1")),
        ({"height": "400", "ratio": "2:1"}, (800, 400, "2:1")),
        ({"width": "800", "height": "600"}, (800, 600, None)),
        ({"size": {"width": 800, "height": 600}}, (800, 600, None)),
        ({"size": "800x600", "ratio": "4:3"}, (800, 600, "4:3")),
    ],
)
def test_sizes_of_rows(cells: dict[str, Any], expected: tuple[Any, ...]) -> None:
    row = check({"prompt": GOOD} | cells).rows[0]
    assert (row.width, row.height, row.aspect_ratio) == expected


def test_ratios_fit_the_batchs_own_size() -> None:
    row = check({"prompt": GOOD, "ratio": "16:9"}, default_size=(1920, 1080)).rows[0]
    assert (row.width, row.height) == (1920, 1080)


def test_parameters_of_the_batch_and_the_row_meet() -> None:
    rows = check(
        {"prompt": GOOD, "steps": ""},
        {"prompt": GOOD + ".", "steps": "12"},
        default_params={"steps": "40"},
    ).rows
    assert [row.params for row in rows] == [{"steps": 40}, {"steps": 12}]


def test_a_bad_parameter_of_the_batch_is_said_once() -> None:
    checked = check(
        *({"prompt": f"{GOOD} {n}"} for n in range(5)), default_params={"steps": 99, "nope": 1}
    )
    assert [(issue.row, issue.column) for issue in checked.issues] == [(0, None), (0, None)]
    assert checked.rows == []


def test_a_column_that_only_another_model_takes_is_a_warning() -> None:
    checked = check(
        {"prompt": GOOD, "model": "", "steps": "12"},
        {"prompt": GOOD, "model": "demo:tiny", "steps": "12"},
    )
    issue = only(checked)
    assert (issue.row, issue.column, issue.code) == (2, "steps", "param_not_taken")
    assert [row.params for row in checked.rows] == [{"steps": 12}, {}]


def test_an_unknown_default_model_is_the_callers_mistake() -> None:
    def refuse(model: str | None) -> ModelCard:
        raise UnknownModel("There is no such model.", "Choose another.")

    with pytest.raises(UnknownModel):
        check_sheet(sheet_of({"prompt": GOOD}), card_for=refuse)


HOSTILE = {
    "prompt": '=HYPERLINK("https://evil.example","click") ' + GOOD,
    "section": "<script>alert(1)</script>",
    "description": "../../etc/passwd",
    "id": "@SUM(1)",
    "note": "\t+1",
}


def test_hostile_text_is_just_text() -> None:
    checked = check(HOSTILE)
    assert checked.issues == []
    row = checked.rows[0]
    assert (row.prompt, row.section, row.description, row.prompt_id) == (
        HOSTILE["prompt"],
        HOSTILE["section"],
        HOSTILE["description"],
        HOSTILE["id"],
    )
    assert row.variables == {"note": "\t+1"}


def test_the_error_file_has_the_bad_rows_and_no_formula() -> None:
    checked = check({"prompt": GOOD}, HOSTILE | {"seed": "-5"}, {"prompt": "", "Problem": "mine"})
    raw = error_csv(checked)
    assert raw.startswith(b"\xef\xbb\xbf")
    table = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert table[0] == [*checked.sheet.columns, "Problem found"]
    assert len(table) == 3
    assert "Row 2" in table[1][-1]
    assert "seed: -5 is out of range." in table[1][-1]
    assert "Row 3" in table[2][-1]
    assert table[1][0].startswith("'=HYPERLINK")
    for line in table:
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in line)


def test_the_error_file_of_a_file_without_prompts_has_every_row() -> None:
    raw = error_csv(check({"idea": "a"}, {"idea": "b"})).decode("utf-8-sig")
    assert raw.count("No column holds the prompts") == 2


def test_mending_cells_leaves_the_sheet_and_lets_the_row_run() -> None:
    sheet = sheet_of({"prompt": GOOD, "seed": "x"}, {"prompt": "", "seed": "1"})
    mended = with_cells(sheet, {1: {"seed": 5}, 2: {"prompt": GOOD, "section": "B"}})
    assert sheet.records == [{"prompt": GOOD, "seed": "x"}, {"prompt": "", "seed": "1"}]
    assert mended.columns == ["prompt", "seed", "section"]
    checked = check_sheet(mended, card_for=card_for)
    assert checked.errors == []
    assert [(row.seed, row.section) for row in checked.rows] == [(5, ""), (1, "B")]
    with pytest.raises(BadRows, match="no row 3"):
        with_cells(sheet, {3: {"seed": 1}})


def test_extra_cells_can_be_mended() -> None:
    sheet = read_sheet(f'prompt,section\n"{GOOD}",a,b\n'.encode(), "x.csv")
    assert only(check_sheet(sheet, card_for=card_for)).code == "too_many_cells"
    mended = with_cells(sheet, {1: {EXTRA_CELLS: ""}})
    assert check_sheet(mended, card_for=card_for).issues == []


def test_twenty_thousand_rows_are_checked_in_file_order() -> None:
    lines = "\n".join(f'"{GOOD}, {n}",s{n % 7},{n}' for n in range(20_000))
    sheet = read_sheet(f"prompt,section,seed\n{lines}\n".encode(), "x.csv")
    checked = check_sheet(sheet, card_for=card_for)
    assert checked.issues == []
    assert [row.number for row in checked.rows] == list(range(1, 20_001))
    assert checked.rows[-1].image_number == 20_000 // 7 + 1
