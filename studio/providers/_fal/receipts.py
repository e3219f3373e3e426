"""Which call a request at fal belongs to, and when calls left, as far as this process knows."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from typing import NamedTuple

from studio.models import Call

MOST_RECEIPTS = 5000
Owner = tuple[str, int]
"""A job and its attempt."""


class Moments(NamedTuple):
    """The earliest and the latest moment at which a request can have left."""

    first: datetime
    last: datetime


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

    def moments(self, call: Call) -> Moments | None:
        """Between which moments the request of a call left.

        A call of a process that is gone may have been kept long by its uploads.
        """
        noted = self._left.get(_owner(call))
        if noted is not None:
            return Moments(noted, noted)
        if call.sent_at is None:
            return None
        last = call.left_at if call.references and call.left_at else call.sent_at
        return Moments(call.sent_at, last)


def _owner(call: Call) -> Owner:
    return call.job_id, call.attempt
