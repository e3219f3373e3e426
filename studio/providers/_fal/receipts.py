"""Which call a request at fal belongs to, and when calls left, as far as this process knows."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

from studio.models import Call

MOST_RECEIPTS = 5000
Owner = tuple[str, int]
"""A job and its attempt."""


class Receipts:
    """The memory of one process; bounded."""

    def __init__(self) -> None:
        self._owners: OrderedDict[str, Owner] = OrderedDict()
        self._left: OrderedDict[Owner, datetime] = OrderedDict()

    def claim(self, request_id: str, call: Call) -> bool:
        """Give a request to a call; false where it belongs to another one."""
        if not self.may_be(request_id, call):
            return False
        self._owners[request_id] = _owner(call)
        while len(self._owners) > MOST_RECEIPTS:
            self._owners.popitem(last=False)
        return True

    def may_be(self, request_id: str, call: Call) -> bool:
        """False where a request is known to belong to another call."""
        return self._owners.get(request_id, _owner(call)) == _owner(call)

    def leaves(self, call: Call, now: datetime) -> None:
        """The paid request of a call leaves the house now."""
        self._left[_owner(call)] = now
        while len(self._left) > MOST_RECEIPTS:
            self._left.popitem(last=False)

    def left_at(self, call: Call) -> datetime | None:
        """When the request of a call left: what was noted here, or else with the job.

        A call of a process that is gone may have been kept long by its uploads.
        """
        noted = call.left_at if call.references else call.sent_at
        return self._left.get(_owner(call), noted or call.sent_at)


def _owner(call: Call) -> Owner:
    return call.job_id, call.attempt
