"""A run that is stopped, politely or by force, goes on later and makes no picture twice."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from tests.flows.cli_desk import ROOT, Desk

PICTURES = 32
PATIENCE = 90.0
"""Seconds until a test gives up waiting for another process."""


def until(reached: Callable[[], bool]) -> None:
    """Look again and again until something is so, or patience ends."""
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline, "the other process did not get there"
        pause.wait(0.01)


@pytest.fixture
def words(desk: Desk) -> list[str]:
    """The run of these tests: slow enough to be stopped halfway."""
    slow = ("--size", "256x256", "--workers", "1")
    return ["run", desk.prompts(PICTURES), *slow, "--output", "out", "--yes"]


def stopped_halfway(desk: Desk, words: list[str], how: int) -> tuple[int, str]:
    """Start a run and stop it when a few pictures are there; its exit code and messages."""
    with desk.process(*words) as process:
        try:
            until(lambda: len(desk.records()) >= 5 or process.poll() is not None)
            assert process.poll() is None, process.communicate()[1]
            process.send_signal(how)
            _, messages = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert 5 <= desk.rows("select count(*) from jobs where state = 'done'")[0][0] < PICTURES
    return process.returncode, messages


def assert_whole(desk: Desk) -> None:
    """Every picture is there exactly once: in the database, in the folder, in the summary."""
    assert desk.rows("select state, count(*) from jobs group by state") == [("done", PICTURES)]
    assert desk.rows("select count(*), count(distinct job_id) from assets") == [
        (PICTURES, PICTURES)
    ]
    assert desk.rows("select count(*) from batches") == [(1,)]
    assert len(desk.pictures()) == len(desk.records()) == PICTURES
    summary = json.loads((desk.out / "batch_metadata.json").read_text(encoding="utf-8"))
    assert summary["successful"] == PICTURES
    assert not list(desk.out.rglob("*.part"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
@pytest.mark.parametrize("how", ["the same command", "resume"])
def test_killed_halfway_it_completes_without_a_second_picture(
    desk: Desk, words: list[str], how: str
) -> None:
    code, _ = stopped_halfway(desk, words, signal.SIGKILL)
    assert code == -signal.SIGKILL

    outcome = desk.studio(*(words if how == "the same command" else ["resume"]))

    assert outcome.code == 0, outcome.err
    assert_whole(desk)
    assert "Nothing new to make: 32 pictures" in desk.studio(*words).err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signal")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_says_how_to_go_on(desk: Desk, words: list[str], number: int) -> None:
    code, messages = stopped_halfway(desk, words, number)
    assert code == 130
    assert "studio resume b_" in messages
    assert "Traceback" not in messages
    assert desk.rows("select count(*) from jobs where state = 'failed'") == [(0,)]

    assert desk.studio("resume").code == 0
    assert_whole(desk)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signal")
def test_a_stopped_batch_can_be_paused_canceled_and_retried(desk: Desk, words: list[str]) -> None:
    stopped_halfway(desk, words, signal.SIGINT)
    paused = desk.studio("pause", "--json").document
    assert (paused["state"], paused["pause_reason"]) == ("paused", "user")

    canceled = desk.studio("cancel", "--yes", "--json")
    assert canceled.code == 0
    assert canceled.document["waiting"] > 0
    assert desk.studio("status", "--json").document["state"] == "canceled"
    refused = desk.studio("resume", "--json")
    assert refused.code == 2
    assert "studio retry b_" in refused.document["error"]["next_step"]

    assert desk.studio("retry", paused["batch_id"]).code == 0
    assert_whole(desk)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signal")
def test_a_second_ctrl_c_ends_at_once(desk: Desk, words: list[str]) -> None:
    with desk.process(*words) as process:
        until(lambda: len(desk.records()) >= 2)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert any("Ctrl-C again ends at once" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert desk.studio("resume").code == 0
    assert_whole(desk)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signal")
def test_stopped_with_json_it_still_prints_one_document(desk: Desk, words: list[str]) -> None:
    with desk.process(*words, "--json") as process:
        until(lambda: len(desk.records()) >= 2)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=PATIENCE)
    document = json.loads(out)
    assert process.returncode == 130
    assert document["done"] < document["total"] == PICTURES


SERVED = """
import os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b"left well\\n"), sys.exit(7)))
print("up", flush=True)
signal.pause()
"""
SERVE = """
import sys, typer
from studio.cli.commands import serve
serve.command = lambda port, address: [sys.executable, "-c", sys.argv[1]]
try:
    serve.serve()
except typer.Exit as end:
    sys.exit(end.exit_code)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signal")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_passes_the_signal_on_and_waits(number: int) -> None:
    words = [sys.executable, "-c", SERVE, SERVED]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(number)
        assert process.stdout.read() == "left well\n"
        assert process.wait(timeout=PATIENCE) == 0
