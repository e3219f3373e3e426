"""The command line's own rules: exit codes, words of progress, values of options."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from studio.cli import follow
from studio.cli.arguments import read_budget, read_params, read_prompt_file, read_size
from studio.cli.follow import progress_words
from studio.cli.outcomes import exit_code
from studio.cli.presets import preset, presets
from studio.cli.screen import plain
from studio.errors import BadParameter
from studio.models import BatchState, BatchStatus, JobState, PauseReason
from tests.unit.exports_data import make_batch, make_job, make_status


def status_of(
    *states: JobState,
    batch_state: BatchState = BatchState.DONE,
    reason: PauseReason | None = None,
) -> BatchStatus:
    batch = make_batch(batch_state).model_copy(update={"pause_reason": reason})
    jobs = [make_job(number, state=state) for number, state in enumerate(states, start=1)]
    return make_status(batch, jobs)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (JobState.DONE, 0),
        (JobState.FAILED, 1),
        (JobState.REFUSED, 1),
        (JobState.UNKNOWN, 1),
        (JobState.CANCELED, 1),
        (JobState.QUEUED, 1),
    ],
)
def test_one_picture_decides_the_exit_code(state: JobState, code: int) -> None:
    assert exit_code(status_of(JobState.DONE, state)) == code


def test_every_reason_to_wait_has_an_exit_code() -> None:
    codes = {
        reason: exit_code(status_of(JobState.QUEUED, batch_state=BatchState.PAUSED, reason=reason))
        for reason in PauseReason
    }
    assert codes == {
        PauseReason.USER: 130,
        PauseReason.BUDGET: 3,
        PauseReason.FUNDS: 4,
        PauseReason.KEY: 4,
        PauseReason.DISK: 1,
    }


def test_progress_tells_failures_time_and_money() -> None:
    status = status_of(
        JobState.DONE, JobState.FAILED, JobState.UNKNOWN, JobState.QUEUED,
        batch_state=BatchState.RUNNING,
    ).model_copy(update={"eta_seconds": 75.0, "settled": 40_000})  # fmt: skip
    assert progress_words(status) == "1 failed · 1 unknown · about 1 min 15 s left · $0.04 spent"


def test_at_a_terminal_progress_is_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Console(file=io.StringIO(), force_terminal=True, width=120)
    monkeypatch.setattr(follow, "messages", lambda: terminal)
    status = status_of(JobState.DONE, JobState.QUEUED, batch_state=BatchState.RUNNING)
    with follow._display() as display:
        display.show(status)
    assert isinstance(terminal.file, io.StringIO)
    drawn = terminal.file.getvalue()
    assert "1/2" in drawn
    assert "$0.00 spent" in drawn


def test_without_a_terminal_progress_is_a_line_per_tenth(
    capsys: pytest.CaptureFixture[str],
) -> None:
    states = [JobState.QUEUED] * 40
    with follow._display() as display:
        for done in range(41):
            current = [JobState.DONE] * done + states[done:]
            display.show(status_of(*current, batch_state=BatchState.RUNNING))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 11
    assert (lines[0][:5], lines[-1][:6]) == ("0/40 ", "40/40 ")


@given(st.integers(1, 99_999), st.integers(1, 99_999), st.sampled_from(["x", "×", " X ", "*"]))
def test_every_size_is_read(width: int, height: int, between: str) -> None:
    assert read_size(f"{width}{between}{height}") == (width, height)


@pytest.mark.parametrize("text", ["", "1024", "x", "10x", "-1x5", "0x5", "1.5x2", "1x2x3"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(BadParameter, match="is not a size"):
        read_size(text)


def test_params_keep_everything_after_the_first_equals_sign() -> None:
    assert read_params(["a=1", " b = x=y ", "c="]) == {"a": "1", "b": "x=y", "c": ""}
    for bad in ("a", "=1"):
        with pytest.raises(BadParameter, match="no name and value"):
            read_params([bad])


@given(st.integers(1, 10**9))
def test_budgets_are_exact(cents: int) -> None:
    assert read_budget(f"{cents // 100}.{cents % 100:02d}") == cents * 10_000


def test_one_prompt_file_is_wanted() -> None:
    one, two = Path("a.csv"), Path("b.csv")
    assert read_prompt_file(one, None) == read_prompt_file(None, one) == one
    assert read_prompt_file(one, one) == one
    with pytest.raises(BadParameter, match="Two prompt files"):
        read_prompt_file(one, two)
    with pytest.raises(BadParameter, match="No prompt file"):
        read_prompt_file(None, None)


@given(st.text())
def test_nothing_printed_can_steer_a_terminal(text: str) -> None:
    shown = plain(text)
    assert shown.isprintable()
    assert plain(shown) == shown


def test_presets_are_named_when_one_is_wrong() -> None:
    assert preset(None).params == {}
    assert (presets()["classic"].width, presets()["classic"].height) == (1920, 1080)
    assert presets()["classic"].params == {"num_inference_steps": 50, "guidance_scale": 7.5}
    with pytest.raises(BadParameter, match="classic"):
        preset("modern")
