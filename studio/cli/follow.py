"""Watching a batch from the terminal: progress, and a graceful stop on signals."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Protocol

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Column
from rich.text import Text

from studio.cli.outcomes import INTERRUPTED
from studio.cli.screen import messages, plain, say
from studio.ids import Clock, SystemClock
from studio.models import BatchState, BatchStatus, PauseReason, format_usd
from studio.models.standing import flight_words, speed_words, still_moves

if TYPE_CHECKING:
    from studio.container import Studio

_LOOK = 0.5
"""Seconds between two looks at a batch in which nothing changes."""

_QUIET = 15.0
"""Seconds between two lines of a progress that goes to a file."""


@dataclass(slots=True)
class Stop:
    """Whether somebody asked this process to stop.

    Until work is under way (``armed``) a signal interrupts at once: nothing can be lost yet.
    """

    asked: bool = False
    armed: bool = False


@contextmanager
def stop_on_signal() -> Iterator[Stop]:
    """Turn the first Ctrl-C or termination into a request; a second one ends at once."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def handle(number: int, frame: FrameType | None) -> None:
        if not stop.armed:
            raise KeyboardInterrupt
        if stop.asked:
            os._exit(INTERRUPTED)
        stop.asked = True

    names = [name for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]
    numbers = [signal.Signals[name] for name in names]
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield stop
    finally:
        if not stop.asked:  # a process on its way out still listens for the second Ctrl-C
            for number, handler in before.items():
                signal.signal(number, handler)


def follow(studio: Studio, batch_id: str, stop: Stop) -> BatchStatus:
    """Show progress until the batch no longer moves by itself, or a stop is asked for."""
    stop.armed = True
    status, waits = studio.batches.status(batch_id), False
    with _display() as display:
        display.show(status)
        while not stop.asked and still_moves(status):
            if waits is not (status.batch.pause_reason is PauseReason.DISK):
                waits = not waits
                display.tell(_disk_words(status) if waits else "The disk is fine again: going on.")
            status = studio.batches.wait(batch_id, timeout=_LOOK)
            display.show(status)
    if stop.asked:
        say("Stopping: pictures that are under way stay safe. Ctrl-C again ends at once.")
    return status


def _disk_words(status: BatchStatus) -> str:
    """What a batch that waits for the disk needs; Ctrl-C is safe meanwhile."""
    return f"The batch waits. {status.batch.pause_message or ''}".strip()


def progress_words(status: BatchStatus) -> str:
    """Where pictures are, failures, time left, speed and spend, in few words."""
    counts = status.counts
    words = flight_words(status, status.batch.model.partition(":")[0])
    if missed := counts.failed + counts.refused:
        words.append(f"{missed} failed")
    if counts.unknown:
        words.append(f"{counts.unknown} unknown")
    if status.batch.state is BatchState.PAUSED:
        words.append("paused")
    elif status.eta_seconds is not None and counts.unfinished:
        words.append(f"about {_duration(status.eta_seconds)} left")
    if still_moves(status) and (speed := speed_words(status)):
        words.append(speed)
    words.append(f"{format_usd(status.settled)} spent")
    if status.reserved:
        words.append(f"{format_usd(status.reserved)} set aside")
    return " · ".join(words)


def _duration(seconds: float) -> str:
    """A time that is known roughly: the longer it is, the coarser it is said."""
    step = 1 if seconds < 10 else 5 if seconds < 60 else 15 if seconds < 600 else 60
    whole = max(1, round(seconds / step) * step)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    if minutes and not left:
        return f"{minutes} min"
    return f"{minutes} min {left:02d} s" if minutes else f"{left} s"


def _ended(status: BatchStatus) -> int:
    return status.counts.total - status.counts.unfinished


class _Display(Protocol):
    def show(self, status: BatchStatus) -> None: ...

    def tell(self, text: str) -> None: ...


class _Bar:
    """A live bar for people."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID = progress.add_task("", total=None, words="")

    def show(self, status: BatchStatus) -> None:
        self._progress.update(
            self._task,
            total=status.counts.total,
            completed=_ended(status),
            words=progress_words(status),
        )

    def tell(self, text: str) -> None:
        self._progress.console.print(Text(plain(text), style="bold yellow"))


class _Lines:
    """Now and then a plain line for logs: at each tenth, and when long nothing was said."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tenth = -1
        self._said_at = float("-inf")

    def show(self, status: BatchStatus) -> None:
        total, ended, now = status.counts.total, _ended(status), self._clock.monotonic()
        tenth = 10 * ended // total if total else 10
        if tenth == self._tenth and now - self._said_at < _QUIET:
            return
        self._tenth, self._said_at = tenth, now
        say(f"{ended}/{total} pictures · {progress_words(status)}")

    def tell(self, text: str) -> None:
        say(text, "bold yellow")


@contextmanager
def _display() -> Iterator[_Display]:
    console = messages()
    if not console.is_terminal:
        yield _Lines(SystemClock())
        return
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[words]}", table_column=Column(overflow="fold")),
    )
    with Progress(*columns, console=console) as progress:
        yield _Bar(progress)
