"""``studio doctor --repair`` and the plain report of an installation that cannot be opened."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from studio.cli import screen
from studio.cli.screen import say, table
from studio.errors import Conflict, InputError, StudioError
from studio.models import Check, Verdict

if TYPE_CHECKING:
    from studio.container.repair import Rescue, Step
    from studio.settings import Settings

_SHOWN = 20


def plain_checks(settings: Settings, error: StudioError) -> list[Check]:
    """What can be found out without opening the studio, and why it could not be opened."""
    from studio.container.repair import database_of, examine
    from studio.db import backups

    finding = examine(settings)
    free = shutil.disk_usage(_existing(settings)).free
    kept = backups.all_of(database_of(settings))
    newest = backups.made_at(kept[0]) if kept else None
    checks = [
        Check(name="Python", verdict=Verdict.OK, message=f"Version {platform.python_version()}."),
        Check(name="Disk space", verdict=Verdict.OK, message=f"{free / 1e9:.1f} GB free."),
        finding.check,
        Check(
            name="Backups",
            verdict=Verdict.OK if newest else Verdict.WARNING,
            message=f"The newest is of {newest:%d %b %Y, %H:%M} UTC." if newest else "None.",
        ),
    ]
    if error.message not in finding.check.message:
        checks.insert(
            0,
            Check(name="Studio", verdict=Verdict.ERROR, message=error.message, fix=error.next_step),
        )
    return checks


def repair(settings: Settings, *, yes: bool) -> dict[str, Any]:
    """Mend what can be mended, asking first; returns what was done, for a document.

    Raises:
        Conflict: another process works with the data folder.
        InputError: nobody is there to ask, and ``--yes`` was not given.
        StudioError: it cannot be mended.
    """
    from studio.container.repair import Condition, alone_with, examine, rescue

    done: dict[str, Any] = {"how": None, "damaged": None, "tables": {}, "mends": [], "left": []}
    finding = examine(settings, thorough=True)
    if finding.condition in {Condition.DAMAGED, Condition.MISSING}:
        say(f"{finding.check.message}")
        with alone_with(settings):
            _agree("Save what can be read into a new database, and keep the old one aside?", yes)
            rescued = rescue(settings)
        done |= _told(rescued)
    elif finding.condition is Condition.REFUSED:
        raise Conflict(finding.check.message, finding.check.fix)
    _mend(settings, done, yes=yes)
    return done


def _told(rescued: Rescue) -> dict[str, Any]:
    for words in rescued.words:
        say(words)
    saved = [each for each in rescued.salvaged.tables if each.kept or each.completed]
    if saved:
        rows = [(s.table, s.kept, s.completed, "?" if s.lost is None else s.lost) for s in saved]
        heads = ("Rows of", "Kept", "From the backup", "Known to be lost")
        screen.messages().print(table(heads, rows, right=heads[1:]))
    return {
        "how": rescued.salvaged.how,
        "damaged": str(rescued.kept) if rescued.kept else None,
        "tables": {
            s.table: {"kept": s.kept, "from_backup": s.completed, "lost": s.lost} for s in saved
        },
    }


def _mend(settings: Settings, done: dict[str, Any], *, yes: bool) -> None:
    from studio.container import open_studio
    from studio.container.repair import mends

    with open_studio(settings) as studio:
        if not studio.parts.owner.is_alone():
            raise Conflict(
                "Another studio process works with this data folder.",
                "Stop it (the pages, and every 'studio' command), then repair again.",
            )
        steps, left = mends(studio)
        _show(steps, left)
        done["left"] = left
        if not steps:
            say("Nothing else needs mending." if left else "Everything agrees.")
            return
        _agree(f"Mend these {len(steps)}?" if len(steps) > 1 else "Mend it?", yes)
        for number, step in enumerate(steps):
            words = step.do()
            done["mends"].append({"found": step.found, "done": words})
            if number < _SHOWN:
                say(words)
        if len(steps) > _SHOWN:
            say(f"… and {len(steps) - _SHOWN:,} more, done.")


def _show(steps: Sequence[Step], left: Sequence[str]) -> None:
    for step in steps[:_SHOWN]:
        say(f"{step.found} {step.plan}")
    if len(steps) > _SHOWN:
        say(f"… and {len(steps) - _SHOWN:,} more of the kind.")
    for words in left[:_SHOWN]:
        say(words, "yellow")
    if len(left) > _SHOWN:
        say(f"… and {len(left) - _SHOWN:,} more.", "yellow")


def _agree(question: str, yes: bool) -> None:
    if yes:
        return
    if not screen.can_ask():
        raise InputError(
            "This would change files, and nobody is there to ask.",
            "Add --yes to agree, or look first without --repair.",
        )
    if not typer.confirm(question, default=False, err=True):
        say("Nothing was changed.")
        raise typer.Exit(130)


def _existing(settings: Settings) -> str:
    folder = settings.studio_data_dir.absolute()
    return str(next(each for each in (folder, *folder.parents) if each.exists()))
