"""What checked rows hold: numbers, expansions, sizes, parameters, hostile text; and mending."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from studio.errors import BadRows, UnknownModel
from studio.intake import EXTRA_CELLS, check_sheet, error_csv, read_sheet, with_cells
from studio.models import ModelCard
from tests.unit.test_intake_checks import GOOD, card_for, check, only, sheet_of


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


def test_a_file_that_stands_for_too_many_prompts_says_from_which_row_on() -> None:
    checked = check(*({"prompt": f"{GOOD} {n} {{1..500}}"} for n in range(203)))
    assert [issue.row for issue in checked.errors] == [201, 202, 203]
    assert {issue.code for issue in checked.errors} == {"too_many_prompts"}
    assert checked.pictures == 100_000


def test_a_bad_row_keeps_the_ids_and_numbers_of_the_others() -> None:
    records = [{"prompt": GOOD + str(n), "id": "a"} for n in range(3)]
    broken = [records[0], records[1] | {"prompt": ""}, records[2]]
    whole = {row.number: (row.prompt_id, row.image_number) for row in check(*records).rows}
    partly = {row.number: (row.prompt_id, row.image_number) for row in check(*broken).rows}
    assert partly == {number: whole[number] for number in (1, 3)}
