"""The commands that look, steer and hand out, and the command line as a whole."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from studio.cli.commands.serve import command
from tests.flows.cli_desk import ROOT, SMALL, Desk

COMMANDS = {
    "run", "resume", "pause", "cancel", "status", "retry", "batches", "models", "costs",
    "export", "doctor", "serve", "config", "storage", "write-off", "budget", "schema", "import",
}  # fmt: skip


@pytest.fixture
def batch(desk: Desk) -> str:
    """A finished batch of three."""
    return str(desk.studio("run", desk.prompts(3), *SMALL, "--json").document["batch_id"])


def test_every_command_is_there_and_explains_itself(desk: Desk) -> None:
    page = desk.studio("--help")
    assert page.code == 0
    for name in COMMANDS:
        assert name in page.out
        assert desk.studio(name, "--help").code == 0


def test_help_is_light() -> None:
    """Nothing heavy may be imported before a command needs it."""
    code = (
        "import sys; from studio.cli.app import build_app; build_app();"
        "heavy = {'pandas', 'numpy', 'streamlit', 'sqlite_utils', 'PIL', 'httpx', 'fastapi'};"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_python_dash_m_studio_is_the_command_line(desk: Desk) -> None:
    with desk.process("run", "nowhere.csv", "--json") as process:
        out, messages = process.communicate(timeout=60)
    assert process.returncode == 2
    assert json.loads(out)["error"]["code"] == "bad_file"
    assert "nowhere.csv" in messages


def test_status_and_batches_agree(desk: Desk, batch: str) -> None:
    status = desk.studio("status", batch, "--json").document
    assert (status["batch_id"], status["state"], status["done"]) == (batch, "done", 3)
    assert all(Path(job["file"]).is_file() for job in status["jobs"])
    listed = desk.studio("batches", "--json").document["batches"]
    assert [each["batch_id"] for each in listed] == [batch]
    assert "jobs" not in listed[0]
    assert batch in desk.studio("status").out
    assert batch in desk.studio("batches").out


def test_export_to_a_folder_writes_only_what_is_missing(desk: Desk, batch: str) -> None:
    first = desk.studio("export", batch, "out", "--json")
    assert first.code == 0
    assert first.document["pictures"] == 3
    assert len(desk.pictures()) == len(desk.records()) == 3
    desk.out.joinpath(desk.pictures()[0]).unlink()
    assert desk.studio("export", batch, "out", "--json").document["pictures"] == 1


def test_export_to_a_zip(desk: Desk, batch: str) -> None:
    assert desk.studio("export", batch, "all.zip", "--layout", "sections").code == 0
    with zipfile.ZipFile(desk.folder / "all.zip") as archive:
        names = archive.namelist()
        assert archive.testzip() is None
    assert len(names) == 8
    assert sum(name.startswith("metadata/") for name in names) == 3
    assert {"batch_metadata.json", "batch_generation.log"} <= set(names)


def test_export_refuses_a_file_and_an_unknown_layout(desk: Desk, batch: str) -> None:
    assert desk.studio("export", batch, desk.file("there.txt", "x")).code == 2
    assert desk.studio("export", batch, "out", "--layout", "pile").code == 2
    assert not desk.out.exists()


def test_a_finished_batch_has_nothing_to_retry_or_resume(desk: Desk, batch: str) -> None:
    outcome = desk.studio("retry", batch)
    assert outcome.code == 0
    assert "Nothing to retry" in outcome.err
    assert desk.studio("resume", batch).code == 0
    assert desk.rows("select count(*) from assets") == [(3,)]


def test_status_tells_what_failed_and_what_to_do(desk: Desk) -> None:
    failing = ("--param", "simulate=fail", "--max-retries", "0")
    assert desk.studio("run", desk.prompts(2), *SMALL, *failing).code == 1
    status = desk.studio("status")
    assert status.code == 0
    assert status.out.count("failed") >= 2
    assert "What to do" in status.out


def test_models_name_the_default_and_its_price(desk: Desk) -> None:
    document = desk.studio("models", "--json").document
    assert document["default"] == "sketch:default"
    card = next(card for card in document["models"] if card["id"] == "sketch:default")
    assert card["ready"] is True
    assert card["price_usd"]["high"] == 0
    assert "sketch:default" in desk.studio("models").out


@pytest.mark.parametrize("by", ["day", "model", "provider", "batch"])
def test_costs_have_the_agreed_shape(desk: Desk, batch: str, by: str) -> None:
    document = desk.studio("costs", "--by", by, "--json").document
    assert set(document) >= {"currency", "settled_usd", "reserved_usd", "by", "groups"}
    assert (document["currency"], document["by"]) == ("USD", by)
    for group in document["groups"]:
        assert set(group) >= {"key", "pictures", "settled_usd", "reserved_usd"}
    assert "Total" in desk.studio("costs", "--by", by).out


def test_the_doctor_is_content_and_shows_no_secret(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_PASSWORD", "open-sesame")
    plain, structured = desk.studio("doctor"), desk.studio("doctor", "--json")
    assert plain.code == structured.code == 0
    assert structured.document["healthy"] is True
    settings = {line["name"]: line for line in structured.document["settings"]}
    assert settings["STUDIO_PASSWORD"]["source"] == "environment"
    assert "All is well" in plain.err
    for text in (plain.out, plain.err, structured.out, structured.err):
        assert "open-sesame" not in text


def test_config_and_storage(desk: Desk, batch: str) -> None:
    names = {line["name"] for line in desk.studio("config", "show", "--json").document["settings"]}
    assert {"STUDIO_DATA_DIR", "STUDIO_DAILY_BUDGET", "LOG_LEVEL"} <= names
    assert "STUDIO_DATA_DIR" in desk.studio("config", "show").out
    asked = desk.studio("config", "schema", "--json")
    assert asked.document == desk.studio("config", "schema").document
    use = desk.studio("storage", "status", "--json").document
    assert use["pictures"] == 3
    assert use["picture_bytes"] > 0
    assert "Free on the disk" in desk.studio("storage", "status").out


def test_serve_starts_streamlit_with_our_app() -> None:
    words = command(8600, "127.0.0.1")
    assert words[:4] == [sys.executable, "-m", "streamlit", "run"]
    assert Path(words[4]) == ROOT / "app.py"
    assert words[5:] == ["--server.port", "8600", "--server.address", "127.0.0.1"]
    assert len(command(None, None)) == 5


def test_json_stays_one_document_when_logs_are_loud(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    outcome = desk.studio("run", desk.prompts(1), *SMALL, "--json")
    assert json.loads(outcome.out)["done"] == 1
