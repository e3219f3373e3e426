"""Named moments on the way of a picture at which a test may end the process.

Nothing happens at them unless somebody armed them, which only tests do: the kill test ends the
process at every one of them, starts it again, and compares the books with the provider's bill.
"""

from __future__ import annotations

from collections.abc import Callable

POINTS: dict[str, str] = {
    "before_intent": "a job was chosen, nothing about it is written",
    "after_intent": "the intent and the reservation are on disk, nothing was sent",
    "before_send": "the call is prepared, its request leaves next",
    "after_send": "the provider has answered the request, the answer is not read",
    "after_answer": "the answer is read, its id is not on disk",
    "after_accept": "the id is on disk",
    "before_look": "accepted work is about to be looked at",
    "after_finish": "the provider is done, nothing of that is on disk",
    "mid_spool": "the answer's bytes are spooled, what they are is not noted",
    "after_spool": "the answer is spooled and noted, the job does not know",
    "after_locate": "the job knows where its file lies",
    "mid_download": "a part of the file is here",
    "after_download": "the whole file is in memory, unchecked",
    "after_thumbnail": "the thumbnail is stored, the picture is not",
    "before_rename": "the picture is written under a name for the time being",
    "after_rename": "the picture has its name, the database does not know it",
    "before_settle": "the row and the money are written and not committed",
    "after_settle": "row, money and state are on disk, the spool is still there",
    "in_commit": "a transaction is complete and about to be committed",
    "before_find": "a lost call is about to be looked for",
    "after_find": "a lost call was found, that is not on disk",
    "before_book": "the provider's bill is read, the difference is not booked",
}
"""Point → what has happened there and what has not."""

_armed: Callable[[str], None] | None = None


def arm(action: Callable[[str], None] | None) -> None:
    """Have ``action`` called with the name of every point that is reached; ``None`` disarms."""
    global _armed  # noqa: PLW0603  (one switch for the whole process)
    _armed = action


def reach(point: str) -> None:
    """This point of a picture's way is reached."""
    if _armed is not None:
        _armed(point)
