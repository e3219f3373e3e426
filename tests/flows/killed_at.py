"""Run as a process of its own by the kill tests: a ``studio`` command that is killed on its way.

Usage: ``python -m tests.flows.killed_at POINT NTH WORD…`` kills the process, as ``kill -9`` does,
when it reaches the failpoint POINT for the NTH time; ``any`` counts every failpoint.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from studio import failpoints
from studio.cli.app import main


def kill_at(point: str, nth: int) -> None:
    """End this process at a point, without a chance to tidy up."""
    counting, hits = threading.Lock(), 0

    def reached(name: str) -> None:
        nonlocal hits
        if point not in {name, "any"}:
            return
        with counting:
            hits += 1
            if hits == nth:
                os.write(2, f"killed at {name}\n".encode())
                os.kill(os.getpid(), getattr(signal, "SIGKILL", 9))

    failpoints.arm(reached)


if __name__ == "__main__":
    kill_at(sys.argv[1], int(sys.argv[2]))
    sys.argv = ["studio", *sys.argv[3:]]
    main()
