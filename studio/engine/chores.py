"""What the engine does beside making pictures: a chore that breaks begins again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

import structlog

from studio.engine.disk import DiskWatch
from studio.engine.followups import FollowupRunner
from studio.engine.parts import Parts
from studio.engine.patrol import Patrol
from studio.engine.upkeep import keep_backups
from studio.models.lost import LookedAt

AGAIN_SECONDS = 5.0

Chore = Callable[[], Awaitable[None]]

log = structlog.get_logger("studio.engine")


def chores(
    parts: Parts,
    *,
    search: Callable[[str], Awaitable[LookedAt]],
    mine: Callable[[], Collection[str] | None],
    works_on: Callable[[str], bool],
    go_on: Callable[[], None],
) -> dict[str, Chore]:
    """Every chore by its name; each runs for ever.

    Args:
        search: Looks for one lost call.
        mine: The batches this process works on; ``None`` for all.
        works_on: Whether this process works on a batch.
        go_on: Called when there may be work again.
    """
    after = FollowupRunner(parts, mine)
    patrol = Patrol(parts, search, mine)
    return {
        "followups": after.run,
        "bills": after.ask_bills,
        "backups": lambda: keep_backups(parts),
        "disk": DiskWatch(parts, works_on, go_on).run,
        "searches": lambda: patrol.run(at_start=mine() is None),
    }


async def keep_at(parts: Parts, name: str, chore: Chore) -> None:
    """Do a chore for ever: its failure must not end the engine, nor the chore."""
    while True:
        try:
            await chore()
        except Exception:  # the chore boundary
            log.exception("chore_broke", chore=name)
        await parts.clock.sleep(AGAIN_SECONDS)
