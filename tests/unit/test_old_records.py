"""Records of old folders are read with bounds, and single values with tolerance, never trust."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.intake.old_outputs.documents import RECORD_BYTES, read_document
from studio.intake.old_outputs.values import Notes
from tests.unit.test_old_outputs import put

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.json", '{"prompt": "a'),
        ("deep.json", "[" * 100_000 + "]" * 100_000),
        ("nested.json", "[" * 100 + "]" * 100),
        ("digits.json", "1" * 10_000),
        ("long.json", " " * (RECORD_BYTES + 1)),
        ("many.json", json.dumps([0] * 600_000)),
        ("object.yaml", "!!python/object/apply:os.system ['echo']"),
        ("bomb.yaml", BOMB),
        ("bytes.json", b"\xff\xfe\x00"),
        ("tab.yaml", "a:\n\t- b"),
    ],
)
def test_hostile_records_are_problems(tmp_path: Path, name: str, content: str | bytes) -> None:
    document = read_document(put(tmp_path / name, content), name)
    assert document.problem is not None
    assert document.problem.file == name
    assert document.problem.fix


def test_what_cannot_be_stored_is_replaced(tmp_path: Path) -> None:
    path = put(tmp_path / "odd.json", '{"a": "\\ud800 \\u0000", "b": NaN, "c": 1e999}')
    value = read_document(path, "odd.json").value
    assert value == {"a": "� �", "b": "NaN", "c": "inf"}
    json.dumps(value, allow_nan=False).encode()


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON_VALUES)
def test_no_value_is_too_odd_to_be_read(value: Any) -> None:
    notes = Notes({"it": value, "inside": {"it": value}})
    seed, cost, seconds = notes.whole("it"), notes.dollars("it"), notes.seconds("it")
    assert seed is None or 0 <= seed < 2**63
    assert cost is None or cost >= 0
    assert seconds is None or seconds >= 0
    moment = notes.moment("it")
    assert moment is None or moment.utcoffset() == timedelta(0)
    assert notes.truth("it") in {None, True, False}
    assert isinstance(notes.text("it"), str | None)


@given(st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2035, 1, 1)))  # noqa: DTZ001
def test_a_time_without_a_zone_is_local(naive: datetime) -> None:
    assert Notes({"at": naive.isoformat()}).moment("at") == naive.astimezone(UTC)


@given(st.integers(0, 10**10))
def test_amounts_survive_as_numbers_and_as_texts(micros: int) -> None:
    dollars = f"{micros // 10**6}.{micros % 10**6:06d}"
    assert Notes({"cost": dollars}).dollars("cost") == micros
    assert Notes({"cost": f" ${dollars} "}).dollars("cost") == micros
    assert Notes({"cost": micros / 10**6}).dollars("cost") == micros
