"""What rows of one sheet share: ids, numbers within sections, and requests already made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from studio.intake.row_sizes import WantedSize
from studio.intake.rows import MAX_IMAGE_NUMBER, Row, Rules
from studio.intake.templates import Expansion, fill_known
from studio.intake.wording import remarks
from studio.models import PromptRow, Sheet

_LABEL = 48
"""Characters of a choice that go into a description."""


@dataclass(slots=True)
class Seen:
    """What earlier rows have used: ids, numbers in their section, whole requests."""

    ids: set[str] = field(default_factory=set)
    repeats: Counter[str] = field(default_factory=Counter)
    numbers: Counter[str] = field(default_factory=Counter)
    taken: set[tuple[str, int]] = field(default_factory=set)
    requests: dict[tuple[object, ...], int] = field(default_factory=dict)
    prompts: int = 0

    def next_number(self, section: str) -> int:
        """The next number of a section that no row has taken."""
        self.numbers[section] += 1
        while (section, self.numbers[section]) in self.taken:
            self.numbers[section] += 1
        return self.numbers[section]


def given_numbers(sheet: Sheet, rules: Rules) -> set[tuple[str, int]]:
    """Numbers that rows state themselves: automatic ones must not repeat them."""
    if "image_number" not in rules.layout.fields:
        return set()
    taken = set()
    for number, record in enumerate(sheet.records, start=1):
        row = Row(number, record, rules)
        given = row.whole("image_number", 0, MAX_IMAGE_NUMBER, "")
        if given is not None:
            taken.add((fill_known(row.text("section"), row.variables), given))
    return taken


def unique_id(row: Row, seen: Seen) -> str:
    """The row's id from its column, or its number; a repeated one gets a suffix."""
    written = row.text("prompt_id") or str(row.number)
    unique = written
    while unique in seen.ids:
        seen.repeats[written] += 1
        unique = f"{written}-{seen.repeats[written] + 1}"
    if unique != written:
        row.warn(
            row.column("prompt_id"),
            "duplicate_id",
            f"The id {written!r} is there more than once; this row is called {unique!r}.",
            "Give every row an id of its own.",
        )
    seen.ids.add(unique)
    return unique


def expansion_labels(description: str, expansions: list[Expansion]) -> list[str]:
    """Descriptions that tell the expansions of one row apart."""
    if len(expansions) == 1:
        return [description]
    used: set[str] = set()
    labels = []
    for index, expansion in enumerate(expansions, start=1):
        chosen = " ".join(" ".join(expansion.choices).split())[:_LABEL].strip()
        label = f"{description} {chosen}".strip()
        if label.casefold() in used or not chosen:
            label = f"{label} {index}".strip()
        used.add(label.casefold())
        labels.append(label)
    return labels


def remark_on(row: Row, seen: Seen, made: list[PromptRow]) -> None:
    """Warn of wording and of repeated requests, each kind once for a row."""
    column = row.column("prompt")
    said: set[str] = set()
    alike = Counter(each.prompt.strip() for each in made)
    for prompt_row in made:
        for remark in remarks(prompt_row.prompt):
            if remark.code not in said:
                said.add(remark.code)
                row.warn(column, *remark)
        earlier = seen.requests.setdefault(_request(prompt_row), row.number)
        if "duplicate" not in said and (
            earlier != row.number or alike[prompt_row.prompt.strip()] > 1
        ):
            said.add("duplicate")
            where = f"row {earlier}" if earlier != row.number else "another of its alternatives"
            row.warn(
                column,
                "duplicate",
                f"This asks for the same as {where}: the picture would be made twice.",
                "Remove one, change the prompt, or give each a seed of its own.",
            )


def _request(row: PromptRow) -> tuple[object, ...]:
    return (
        row.prompt.strip(),
        row.negative_prompt,
        row.model,
        row.seed,
        *WantedSize(row.width, row.height),
        repr(sorted(row.params.items())) if row.params else "",
    )
