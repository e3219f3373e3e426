"""The person at a page, as budgets count them."""

from __future__ import annotations

from studio.models import Plan
from studio.models.budget import person_name
from studio.ui import identity


def person() -> str | None:
    """Who is signed in by name; ``None`` behind a plain password, or where nobody is asked."""
    visitor = identity.signed_in()
    known = visitor and (visitor.email or visitor.name).strip()
    return person_name(known) if known else None


def mine(plan: Plan) -> Plan:
    """The same plan, started by the person at this page: it counts against their budget."""
    return plan.model_copy(
        update={"options": plan.options.model_copy(update={"created_by": person()})}
    )


def who() -> str:
    """The person at this page, as the history of changes names them."""
    visitor = identity.signed_in()
    return visitor.name if visitor and visitor.name else "the web page"
