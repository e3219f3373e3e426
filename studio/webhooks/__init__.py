"""Incoming webhooks: only ever a hint to look now, at an address that nobody can guess.

A webhook's address names the job, the attempt, and a tag that only this installation can make.
Whatever arrives there must be signed by the provider too, and even then nothing of it is believed:
the engine looks at the request itself, with its own key. So webhooks may be lost, late, repeated
or replayed, and where there are none the studio finds out all the same, a little later.
"""

from studio.webhooks.addresses import Addresses, public_base
from studio.webhooks.incoming import Answer, Looker, Target, Webhooks

__all__ = ["Addresses", "Answer", "Looker", "Target", "Webhooks", "public_base"]
