"""The process-wide studio: one per process, whatever is reloaded around it.

It hangs in a module without a file, which hot reload of the pages never evicts.
"""

from __future__ import annotations

import atexit
import sys
import threading
import types
from typing import cast

from studio.container.studio import Studio, open_studio

SLOT = "_studio_slot"


class Slot(types.ModuleType):
    """What survives reloads."""

    lock: threading.RLock
    studio: Studio | None
    registered: bool
    routes: bool
    """Whether the app serves our own routes, so that pages may use their addresses."""


def slot() -> Slot:
    """The module that survives reloads."""
    found = sys.modules.get(SLOT)
    if not hasattr(found, "lock"):
        found = found or types.ModuleType(SLOT)
        found.__dict__.update(lock=threading.RLock(), studio=None, registered=False, routes=False)
        found = sys.modules.setdefault(SLOT, found)
    return cast(Slot, found)


def runtime() -> Studio:
    """The process's studio, opened on first use with its engine at work."""
    here = slot()
    with here.lock:
        if here.studio is None:
            here.studio = open_studio(everything=True)
        if not here.registered:
            atexit.register(close_runtime)
            here.registered = True
        return here.studio


def close_runtime() -> None:
    """Close the process's studio; the next :func:`runtime` opens a new one."""
    here = slot()
    with here.lock:
        studio, here.studio = here.studio, None
        if studio is not None:
            studio.close()
