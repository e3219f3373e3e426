"""Spend for the faces: sums, groups, budgets and entries, all straight from the ledger."""

from __future__ import annotations

from datetime import date
from typing import Literal

from studio.container.bill_check import ask_again, bill_check
from studio.container.caps import budget_lines
from studio.db import Tx, batches, ledger, spending
from studio.engine import Parts
from studio.models import BudgetLine, CostGroup, CostReport, LedgerEntry
from studio.models.bill import BillCheck

By = Literal["day", "model", "provider", "batch"]
_COLUMNS: dict[str, str] = {
    "day": "day",
    "model": "model",
    "provider": "provider",
    "batch": "batch_id",
}


class Costs:
    """Reads the ledger."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def report(
        self,
        by: By = "day",
        *,
        since: date | None = None,
        until: date | None = None,
        batch_id: str | None = None,
    ) -> CostReport:
        """Spend in total and grouped, for all time or a span of days (inclusive)."""

        def look(tx: Tx) -> CostReport:
            total = spending.spent(tx, batch_id=batch_id, since=since, until=until)
            groups = spending.grouped(tx, _COLUMNS[by], batch_id=batch_id, since=since, until=until)
            titles = _titles(tx, [key for key, _ in groups]) if by == "batch" else {}
            return CostReport(
                by=by,
                settled=total.settled,
                reserved=total.reserved,
                charged_without_picture=total.without_picture,
                groups=[
                    CostGroup(
                        key=key,
                        label=titles.get(key, key),
                        pictures=spend.pictures,
                        settled=spend.settled,
                        reserved=spend.reserved,
                    )
                    for key, spend in groups
                ],
            )

        return self._parts.store.read(look)

    def ledger(
        self, limit: int = 200, offset: int = 0, batch_id: str | None = None
    ) -> list[LedgerEntry]:
        """Ledger entries, newest first."""
        return self._parts.store.read(
            lambda tx: spending.entries(tx, batch_id=batch_id, limit=limit, offset=offset)
        )

    def ledger_of(self, job_id: str) -> list[LedgerEntry]:
        """Every entry about one picture, oldest first."""
        return self._parts.store.read(lambda tx: ledger.of_job(tx, job_id))

    def ledger_count(self, batch_id: str | None = None) -> int:
        """How many ledger entries there are."""
        return self._parts.store.read(lambda tx: spending.count(tx, batch_id))

    def bill_check(self, limit: int = 200) -> BillCheck:
        """What was quoted, booked and billed: how it compares, and the charges that differ.

        Args:
            limit: Most of those charges; the newest come first.
        """
        return bill_check(self._parts, limit)

    def ask_bills_again(self) -> None:
        """Ask the bills again soon that could not be read or did not tell in time."""
        ask_again(self._parts)

    def today(self) -> date:
        """The present budget day."""
        return self._parts.now().astimezone(self._parts.settings.timezone).date()

    def budgets(self) -> list[BudgetLine]:
        """Spend of today and of this month, with the caps in force."""
        return budget_lines(self._parts)


def _titles(tx: Tx, batch_ids: list[str]) -> dict[str, str]:
    return {batch_id: batches.get(tx, batch_id).title for batch_id in batch_ids}
