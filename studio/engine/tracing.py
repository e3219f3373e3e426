"""Tracing a call at its provider: by the request's own id where it is known, else by its list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from studio.db import receipts
from studio.engine.parts import Parts
from studio.models import (
    Call,
    CannotTell,
    FaultKind,
    Finished,
    Job,
    NotThere,
    PauseReason,
    ProviderFault,
    Running,
)
from studio.models.request import Fault
from studio.providers import Provider

ACCOUNT = {FaultKind.BAD_KEY: PauseReason.KEY, FaultKind.NO_FUNDS: PauseReason.FUNDS}
"""Faults that pause a batch until the account is mended; accepted work is still there then."""

_MAYBE_ABOUT_LOOKING = {FaultKind.UNAVAILABLE, FaultKind.RATE_LIMITED}

Traced = Running | Finished | NotThere | CannotTell


async def trace(
    parts: Parts, job: Job, provider: Provider, call: Callable[[], Awaitable[Call]]
) -> Traced:
    """Where the call of a job's present attempt is. Free; never makes anything.

    Accepted work is asked about by its id only: that it is on no list would prove nothing. An id
    that the provider's own notice named is tried first, and the list where that leads nowhere;
    but then it did arrive, whatever the list lacks.

    Args:
        call: Makes the call, for where it must be looked for.

    Raises:
        ProviderFault: the work itself ended without a picture.
    """
    if job.remote:
        return await by_reference(parts, provider, job.remote)
    ref = parts.store.read(lambda tx: receipts.of_attempt(tx, job.id, job.attempt))
    if ref is not None:
        found = await by_reference(parts, provider, ref)
        if not isinstance(found, CannotTell):
            return found
    try:
        listed = await provider.find(await call(), parts.context(provider))
    except ProviderFault as problem:  # a search that fails says nothing about the work
        return CannotTell(known=problem.fault.message, ask_again=True)
    if ref is not None and isinstance(listed, NotThere):
        return CannotTell(known=f"{provider.label} named it, and does not show it now.")
    return listed


async def by_reference(
    parts: Parts, provider: Provider, ref: Mapping[str, Any]
) -> Running | Finished | CannotTell:
    """What the provider says about one request.

    Raises:
        ProviderFault: the work itself ended without a picture.
    """
    try:
        found = await provider.check(ref, parts.context(provider))
    except ProviderFault as problem:
        if about_looking(problem.fault) or problem.fault.kind is FaultKind.UNKNOWN_OUTCOME:
            return CannotTell(known=problem.fault.message, ask_again=True)
        raise
    if isinstance(found, Finished) and found.ref is None:
        return found.model_copy(update={"ref": dict(ref)})
    return found


def about_looking(fault: Fault) -> bool:
    """Whether the work goes on and only the look failed: an account problem always is that."""
    if fault.looking is None:
        return fault.kind in ACCOUNT or (fault.retry and fault.kind in _MAYBE_ABOUT_LOOKING)
    return fault.looking or fault.kind in ACCOUNT
