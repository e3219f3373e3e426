"""Bad input on the command line: a readable message, exit code 2, and nothing made or harmed."""

from __future__ import annotations

import pytest

from tests.flows.cli_desk import SMALL, Desk

GOOD = "a quiet harbour at dawn, watercolour, soft light, highly detailed, calm water"
NOISE = bytes(range(256)) * 16
LARGE = b"prompt\n" + b"a quiet harbour at dawn\n" * 2_200_000

REFUSED: dict[str, tuple[str, bytes, str]] = {
    "empty": ("empty.csv", b"", "empty"),
    "fifty megabytes": ("large.csv", LARGE, "MB"),
    "binary": ("binary.csv", b"\x89PNG\r\n\x1a\n\x00\x00" + NOISE, "binary.csv"),
    "broken encoding": (
        "cut.csv",
        "\ufeffprompt\n".encode("utf-16-le") + b"\xd8\xd8\x00",
        "cut.csv",
    ),
    "no prompt column": ("none.csv", b"colour,size\nred,big\n", "prompt"),
    "broken json": ("broken.json", b'{"prompts": [', "broken.json"),
    "only a header": ("header.csv", b"prompt,section\n", "rows below"),
    "very long prompt": ("long.csv", b"prompt\n" + b"a" * 10_000 + b"\n", "10,000"),
    "no such type": ("prompts.exe", b"MZ\x00\x00", "prompts.exe"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_cannot_be_used(desk: Desk, case: str) -> None:
    name, content, word = REFUSED[case]
    outcome = desk.studio("run", desk.file(name, content), *SMALL, "--output", "out", "--json")
    assert outcome.code == 2, outcome.err
    error = outcome.document["error"]
    assert set(error) >= {"code", "message", "next_step"}
    assert error["message"].endswith(".")
    assert error["next_step"].endswith(".")
    assert word in outcome.err
    assert "Traceback" not in outcome.err
    assert not desk.out.exists()
    assert desk.rows("select count(*) from jobs") == [(0,)]


def test_another_encoding_is_told_and_read(desk: Desk) -> None:
    file = desk.file("western.csv", f"prompt\n{GOOD} caf\xe9\n".encode("cp1252"))
    outcome = desk.studio("run", file, *SMALL, "--dry-run", "--json")
    assert outcome.code == 0
    assert outcome.document["jobs"][0]["prompt"].endswith("café")
    assert "Windows-1252" in outcome.err


def test_a_bad_row_stops_before_anything_is_spent(desk: Desk) -> None:
    file = desk.file("rows.csv", f'prompt,seed\n"{GOOD}",1\n,2\n"{GOOD}",many\n')
    outcome = desk.studio("run", file, *SMALL, "--output", "out", "--json")
    assert outcome.code == 2
    assert outcome.document["error"]["code"] == "bad_rows"
    assert {(row["row"], row["column"]) for row in outcome.document["error"]["rows"]} == {
        (2, "prompt"),
        (3, "seed"),
    }
    assert "--skip-bad-rows" in outcome.err
    assert not desk.out.exists()

    skipped = desk.studio("run", file, *SMALL, "--output", "out", "--skip-bad-rows", "--json")
    assert skipped.code == 0
    assert skipped.document["done"] == 1
    assert "2 bad rows left out" in skipped.err


def test_warnings_are_summed_up(desk: Desk) -> None:
    rows = "".join(f"cat {number}\n" for number in range(9))
    outcome = desk.studio("run", desk.file("short.csv", f"prompt\n{rows}"), *SMALL, "--dry-run")
    assert outcome.code == 0
    assert outcome.err.count("Warning, row") == 5
    assert " warnings in all" in outcome.err


def test_duplicate_headers_are_told_and_harm_nothing(desk: Desk) -> None:
    file = desk.file("twice.csv", f'prompt,prompt\n"{GOOD}","second"\n')
    outcome = desk.studio("run", file, *SMALL, "--output", "out")
    assert "twice" in outcome.err or "duplicate" in outcome.err.lower()
    assert "Traceback" not in outcome.err
    assert outcome.code in {0, 2}


def test_hostile_cells_are_only_text(desk: Desk) -> None:
    file = desk.file(
        "hostile.csv",
        "section,description,prompt\n"
        f'<script>alert(1)</script>,../../etc/passwd,"{GOOD}"\n'
        '../..,[red]x[/],"=HYPERLINK(""http://evil.example"") in soft light, detailed, calm"\n',
    )
    outcome = desk.studio("run", file, *SMALL, "--output", "out", "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.document["done"] == 2
    made = [path for path in desk.folder.rglob("*.png") if desk.data not in path.parents]
    assert len(made) == 2
    assert {path.parent for path in made} == {desk.out}
    assert not any(letter in path.name for path in made for letter in '<>:"/\\|?*')


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--model", "sketch:nothing-like-it"], "sketch:nothing-like-it"),
        (["--model", "nobody:x"], "nobody:x"),
        (["--size", "big"], "1024x768"),
        (["--size", "0x10"], "1024x768"),
        (["--size", "9999x9999"], "9999"),
        (["--preset", "fancy"], "classic"),
        (["--param", "steps"], "name=value"),
        (["--param", "no_such_setting=1"], "no_such_setting"),
        (["--budget", "0"], "above 0"),
        (["--budget", "lots"], "lots"),
        (["--layout", "sections"], "--output"),
        (["--output", "out", "--layout", "pile"], "sections"),
        (["--output", "prompts.json"], "folder"),
        (["--images", "0"], "images"),
        (["--format", "bmp"], "format"),
        (["--seed", "x"], "seed"),
        (["--no-such-option"], "--no-such-option"),
    ],
)
def test_an_option_that_cannot_be(desk: Desk, words: list[str], said: str) -> None:
    file = desk.prompts(1)
    outcome = desk.studio("run", file, *words, "--json")
    assert outcome.code == 2, outcome.err
    error = outcome.document["error"]
    assert said in f"{error['message']} {error['next_step']}"
    assert "Traceback" not in outcome.err
    assert not desk.data.exists() or desk.rows("select count(*) from jobs") == [(0,)]


@pytest.mark.parametrize(
    "words",
    [
        ["run", "missing.csv"],
        ["run"],
        ["run", "."],
        ["status", "b_nothing"],
        ["status"],
        ["resume", "b_nothing"],
        ["pause", "b_nothing"],
        ["cancel", "b_nothing"],
        ["retry", "b_nothing"],
        ["export", "b_nothing", "out"],
        ["write-off", "j_nothing"],
        ["costs", "--by", "moon"],
        ["costs", "--batch", "b_nothing"],
        ["nonsense"],
    ],
)
def test_every_command_refuses_in_words(desk: Desk, words: list[str]) -> None:
    outcome = desk.studio(*words, "--json")
    assert outcome.code == 2, outcome.err
    assert outcome.document["error"]["message"]
    assert "Traceback" not in outcome.err


def test_a_bad_setting_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_WORKERS", "many")
    outcome = desk.studio("doctor", "--json")
    assert outcome.code == 2
    assert "STUDIO_WORKERS" in outcome.document["error"]["message"]
