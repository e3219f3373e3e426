"""What a look at a lost call found out: which jobs are lost, and every outcome in plain words."""

from __future__ import annotations

from studio.models import Charged, Fault, FaultKind, Job, JobState
from studio.models.lost import Found, LookedAt

NEVER_ARRIVED = Fault(
    kind=FaultKind.UNAVAILABLE,
    retry=True,
    charged=Charged.NO,
    message="The request never reached the provider.",
    hint="It is sent again by itself.",
)
_KNOWN = {
    JobState.DONE: (Found.IN_GALLERY, "Its picture is in the gallery."),
    JobState.FETCHING: (Found.BEING_MADE, "It is made; its file is on its way."),
    JobState.RUNNING: (Found.BEING_MADE, "The provider is making it."),
    JobState.SUBMITTING: (Found.BEING_MADE, "It is being sent."),
    JobState.QUEUED: (Found.NEVER_ARRIVED, "It waits for its turn; nothing was charged."),
    JobState.CANCELED: (Found.ENDED, "It was canceled."),
    JobState.FAILED: (Found.ENDED, "It ended without a picture."),
    JobState.REFUSED: (Found.ENDED, "The provider refused it."),
}
NOT_LOST = (
    "This picture is not lost.",
    "Only one whose outcome is unknown, or that was charged without a picture, can be looked for.",
)


def is_lost(job: Job) -> bool:
    """Whether a job may have been paid for and has no picture."""
    if job.state is JobState.UNKNOWN:
        return True
    charged = job.fault is not None and job.fault.charged is not Charged.NO
    return job.state is JobState.FAILED and (bool(job.cost) or (job.cost is None and charged))


def as_it_stands(job: Job) -> LookedAt:
    """Where a job is now, as the outcome of a look."""
    found, told = _KNOWN.get(job.state, (Found.STILL_UNKNOWN, "Nobody can tell yet."))
    return looked_at(job, found, told)


def looked_at(job: Job, found: Found, message: str) -> LookedAt:
    """The outcome of a look at a job."""
    return LookedAt(job_id=job.id, found=found, message=message)
