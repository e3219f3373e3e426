"""Quotes, ledger and bills side by side on the command line, as lines and as a document."""

from __future__ import annotations

from typing import Any

from studio.cli.screen import results, table
from studio.models import format_usd, to_dollars
from studio.models.bill import BillCheck, ModelDrift, ProviderBill


def show(check: BillCheck) -> None:
    """Say how the bills compare, and which charges and quotes were off."""
    if not check.bills:
        results().print("Bills: nothing to compare; no charge is on a bill that can be asked.")
    for bill in check.bills:
        for words in _words(bill):
            results().print(words, markup=False)
    if check.rows:
        header = ("Job", "Try", "Model", "Quoted", "Booked", "Billed", "Booked figure from")
        rows = [
            (
                row.job_id, row.attempt, row.model, format_usd(row.quoted),
                format_usd(row.booked), format_usd(row.billed), row.source,
            )
            for row in check.rows
        ]  # fmt: skip
        results().print(table(header, rows, right=header[3:6]))
    for line in check.flagged:
        results().print(
            f"{line.model}: quoted {format_usd(line.quoted)}, paid {format_usd(line.actual)}"
            f"{_share(line)} ({line.which})",
            markup=False,
        )
    if any(not line.refreshed for line in check.flagged):
        results().print("Its price has probably changed: the next quote asks for it again.")


def document(check: BillCheck) -> dict[str, Any]:
    """The comparison as JSON; money in dollars."""
    return {
        "days": check.days,
        "bills": [
            {
                "provider": bill.provider,
                "readable": bill.readable,
                "checked": bill.checked,
                "equal": bill.equal,
                "different": bill.different,
                "difference_usd": to_dollars(bill.difference),
                "waiting": bill.waiting,
                "given_up": bill.given_up,
                "message": f"{bill.told} {bill.fix}".strip() or None,
            }
            for bill in check.bills
        ],
        "different": [
            {
                "job_id": row.job_id,
                "batch_id": row.batch_id,
                "attempt": row.attempt,
                "model": row.model,
                "quoted_usd": to_dollars(row.quoted),
                "booked_usd": to_dollars(row.booked),
                "billed_usd": to_dollars(row.billed),
                "booked_source": row.source,
                "checked_at": row.at.isoformat(),
            }
            for row in check.rows
        ],
        "models": [
            {
                "model": line.model,
                "pictures": line.pictures,
                "quoted_usd": to_dollars(line.quoted),
                "actual_usd": to_dollars(line.actual),
                "share": None if line.share is None else round(line.share, 4),
                "flagged": line.flagged,
            }
            for line in check.drift
        ],
    }


def _words(bill: ProviderBill) -> list[str]:
    lines = []
    if bill.checked or bill.readable:
        above = format_usd(abs(bill.difference))
        way = "more" if bill.difference > 0 else "less"
        differ = f"{bill.different:,} differ: {above} {way} than booked, corrected"
        came = "all equal" if not bill.different else differ
        said = came if bill.checked else "nothing compared yet"
        lines.append(f"Bill of {bill.label}: {bill.checked:,} of {bill.total:,} charges, {said}.")
    if not bill.readable:
        lines.append(f"{bill.told} {bill.fix}")
    if bill.waiting:
        lines.append(f"{bill.waiting:,} are compared later by themselves.")
    if bill.given_up:
        lines.append(f"{bill.given_up:,} are on no bill that could be read within two days.")
    return lines


def _share(line: ModelDrift) -> str:
    if line.share is None:
        return ", quoted as free"
    return f", {abs(line.share):.1%} {'more' if line.share > 0 else 'less'}"
