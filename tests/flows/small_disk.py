"""A disk of 20 MB for a test: a real one where this machine lets a test mount it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SIZE = 20 * 1024 * 1024
INSIDE = "SMALL_DISK_INSIDE"


@contextmanager
def mounted(folder: Path) -> Iterator[bool]:
    """A small disk at ``folder``; false where this process may not mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (shutil.which("mount") and sys.platform == "linux"):
        yield False
        return
    made = _run("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder))
    try:
        yield made
    finally:
        if made:
            _run("umount", "--lazy", str(folder))


def again_where_it_may_mount(node: str) -> bool:
    """Run one test again in a namespace of its own, in which it may mount; whether it could."""
    if os.environ.get(INSIDE) or not shutil.which("unshare") or not _run("unshare", "-rm", "true"):
        return False
    done = subprocess.run(
        ["unshare", "-rm", sys.executable, "-m", "pytest", node, "-q", "-p", "no:cacheprovider"],
        cwd=ROOT,
        env={**os.environ, INSIDE: "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return True


def fill(folder: Path, leave: int = 0, name: str = "ballast.bin") -> Path:
    """Fill a disk but for ``leave`` bytes; returns the file that does it."""
    path = folder / name
    chunk = b"\1" * 65536
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while shutil.disk_usage(folder).free > leave:
            left = shutil.disk_usage(folder).free - leave
            file.write(chunk[: max(1, min(len(chunk), left))])
    return path


def _run(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
