"""Logs: lines of JSON in the data folder, warnings on the console, and no secret anywhere."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from studio import logs
from studio.logs import close_logs, configure_logs, remove_secrets
from studio.settings import Settings, load_settings

SECRET = "abcdef0123456789"  # a made-up one


def written(settings: Settings) -> list[dict[str, Any]]:
    """What stands in the log file."""
    close_logs()
    file = settings.studio_data_dir / "logs" / "studio.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_line_is_json_with_run_time_and_level(capsys: pytest.CaptureFixture[str]) -> None:
    settings = load_settings(run_id="nightly")
    configure_logs(settings)
    structlog.get_logger("studio.test").info("batch_started", batch_id="b_1", pictures=3, who="Zoë")
    (line,) = written(settings)
    assert line["event"] == "batch_started"
    assert (line["batch_id"], line["pictures"], line["who"]) == ("b_1", 3, "Zoë")
    assert (line["run_id"], line["level"], line["logger"]) == ("nightly", "info", "studio.test")
    assert line["timestamp"].endswith("Z")
    assert capsys.readouterr().err == "", "people see progress, not log lines"


def test_warnings_reach_the_console(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(load_settings())
    structlog.get_logger("studio.test").warning("disk_almost_full")
    assert "disk_almost_full" in capsys.readouterr().err


def test_debug_is_written_only_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    quiet, loud = load_settings(), load_settings(log_level="debug")
    configure_logs(quiet)
    structlog.get_logger("studio.test").debug("detail")
    configure_logs(loud)
    structlog.get_logger("studio.test").debug("detail_wanted")
    assert [line["event"] for line in written(loud)] == ["detail_wanted"]
    assert "detail_wanted" in capsys.readouterr().err


def test_an_exception_is_told_without_its_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    settings = load_settings()
    configure_logs(settings)
    try:
        raise ValueError(f"refused: Bearer {SECRET}")
    except ValueError:
        structlog.get_logger("studio.test").exception("call_failed", api_key=SECRET)
    text = json.dumps(written(settings)) + capsys.readouterr().err
    assert "ValueError" in text
    assert "call_failed" in text
    assert SECRET not in text


@pytest.mark.parametrize(
    "name", ["api_key", "password", "FAL_KEY", "token", "Authorization", "cookie", "client_secret"]
)
@given(value=st.text(min_size=1))
def test_what_is_named_like_a_secret_is_masked(name: str, value: str) -> None:
    event = remove_secrets(None, "info", {"event": "x", name: value, "deep": {name: [value]}})
    assert event[name] == "***"
    assert event["deep"] == {name: "***"}


@pytest.mark.parametrize("prefix", ["Bearer ", "Key ", "sk-", "r8_", "AIza", "hf_"])
def test_what_looks_like_a_secret_is_masked_wherever_it_stands(prefix: str) -> None:
    event = remove_secrets(
        None, "info", {"event": f"sent {prefix}{SECRET}", "seen": [[f"{prefix}{SECRET}"]]}
    )
    assert SECRET not in str(event)


@given(
    st.dictionaries(
        st.sampled_from(["event", "batch_id", "model"]), st.text(alphabet="abc :_", max_size=20)
    )
)
def test_everything_else_stays(event: dict[str, Any]) -> None:
    assert remove_secrets(None, "info", dict(event)) == event


def test_the_file_is_rotated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "FILE_BYTES", 2_000)
    settings = load_settings()
    configure_logs(settings)
    for number in range(100):
        structlog.get_logger("studio.test").info("line", number=number)
    close_logs()
    kept = sorted((settings.studio_data_dir / "logs").iterdir())
    assert 2 <= len(kept) <= logs.FILES_KEPT + 1
    assert all(path.stat().st_size <= 2_000 for path in kept)


def test_a_folder_that_cannot_be_made_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    configure_logs(load_settings(studio_data_dir=tmp_path / "file"))
    structlog.get_logger("studio.test").info("still_alive")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "in the way"


def test_configuring_again_adds_no_second_handler() -> None:
    for _ in range(3):
        configure_logs(load_settings())
    assert len(logging.getLogger("studio").handlers) == 2
