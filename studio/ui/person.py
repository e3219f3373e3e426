"""The person at a page, as budgets count them."""

from __future__ import annotations

from studio.models import Plan
from studio.models.budget import person_name
from studio.ui import identity

PAGE = "the web page"
"""Who changed something, where nobody is signed in by name."""


def person() -> str | None:
    """Who is signed in by name; ``None`` behind a plain password, or where nobody is asked.

    An address that nobody checked is somebody else: else one could spend another's budget.
    """
    visitor = identity.signed_in()
    if visitor is None or not (known := (visitor.email or visitor.name).strip()):
        return None
    return person_name(known if visitor.email_verified else f"{known} (not verified)")


def mine(plan: Plan) -> Plan:
    """The same plan, started by the person at this page: it counts against their budget."""
    return plan.model_copy(
        update={"options": plan.options.model_copy(update={"created_by": person()})}
    )


def who() -> str:
    """The person at this page, as the history of changes names them."""
    visitor = identity.signed_in()
    return visitor.name if visitor and visitor.name else PAGE
