"""The example files: equal in every format, free of problems, and worth drawing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.container import Studio, open_studio
from studio.models import CheckedSheet, PromptRow
from studio.providers._sketch.words import read_brief

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SAMPLES = ("sample.csv", "sample.json", "sample.yaml")


@pytest.fixture
def studio() -> Iterator[Studio]:
    """A studio of the test's own."""
    with open_studio() as opened:
        yield opened


def check(studio: Studio, name: str) -> CheckedSheet:
    """An example, read and checked."""
    return studio.planner.check(studio.planner.read((EXAMPLES / name).read_bytes(), name))


def told(row: PromptRow) -> tuple[str, int, str, str]:
    """What a row says, whatever its format."""
    return row.section, row.image_number, row.prompt, row.description


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_has_32_prompts_in_9_sections_and_no_issue(studio: Studio, name: str) -> None:
    checked = check(studio, name)
    assert [issue.message for issue in checked.issues] == []
    assert len(checked.rows) == 32
    assert len({row.section for row in checked.rows}) == 9
    assert all(len(row.prompt.split()) >= 12 for row in checked.rows)
    assert len({row.prompt for row in checked.rows}) == 32


def test_the_samples_are_the_same(studio: Studio) -> None:
    first, *others = ([told(row) for row in check(studio, name).rows] for name in SAMPLES)
    assert all(other == first for other in others)


def test_the_samples_ask_for_what_the_engine_knows(studio: Studio) -> None:
    briefs = [read_brief(row.prompt, None, 1, {}, b"") for row in check(studio, "sample.csv").rows]
    assert len({brief.composition for brief in briefs}) >= 12
    assert len({brief.style for brief in briefs}) >= 6
    assert sum(bool(brief.subjects) for brief in briefs) >= 28


@pytest.mark.parametrize(("name", "rows"), [("template.csv", 3), ("variables.csv", 8)])
def test_the_other_examples_have_no_issue(studio: Studio, name: str, rows: int) -> None:
    checked = check(studio, name)
    assert [issue.message for issue in checked.issues] == []
    assert len(checked.rows) == rows
    assert not any(mark in row.prompt for row in checked.rows for mark in "{|}")


def test_the_template_shows_its_columns() -> None:
    header = (EXAMPLES / "template.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == (
        "section,image_number,prompt,description,negative_prompt,seed,size,images,style"
    )
