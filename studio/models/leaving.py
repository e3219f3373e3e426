"""What cancelling a batch means for what is under way, in words: for every face."""

from __future__ import annotations

from studio.models.money import Micros, format_usd
from studio.models.plan import CancelReport


def under_way_words(report: CancelReport, in_line: int, *, is_free: bool) -> str:
    """What becomes of the pictures already sent, without a full stop; empty where there are none.

    ``1 being made will be charged, about $0.009; 8 in the provider's line are taken out and are
    free if that is in time (at most $0.072)``

    Args:
        in_line: How many of them wait in the provider's own queue.
        is_free: Whether the whole batch is certain to be free.
    """
    line = min(in_line, report.in_flight)
    making = report.in_flight - line
    parts = []
    if making:
        parts.append(f"{making:,} being made will {_ending(report, making, is_free=is_free)}")
    if line:
        are = "is" if line == 1 else "are"
        words = f"{line:,} in the provider's line {are} taken out"
        parts.append(words if is_free else f"{words} and {are} free if that is in time"
                     f"{_at_most(_share(report, line))}")  # fmt: skip
    return "; ".join(parts)


def _share(report: CancelReport, number: int) -> Micros:
    """What is set aside for so many of those under way."""
    return round((report.may_charge or 0) * number / report.in_flight)


def _ending(report: CancelReport, number: int, *, is_free: bool) -> str:
    share = _share(report, number)
    if share:
        return f"be charged, about {format_usd(share)}"
    return "be finished, at no cost" if is_free else "be charged, at a price that is not known"


def _at_most(amount: Micros) -> str:
    return f" (at most {format_usd(amount)})" if amount else ""
