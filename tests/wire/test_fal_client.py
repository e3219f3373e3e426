"""The official fal_client, unchanged, makes pictures at the emulated fal (providers.md §1.9, §6).

It runs in a process of its own: it reads its hosts when it is imported and speaks HTTPS only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Served, World, serve
from tests.wire.emulator_desk import FLUX, IMAGE_TO_IMAGE

ROOT = Path(__file__).resolve().parents[2]

PICTURE = """
handle = fal_client.submit(FLUX, {"prompt": "a lighthouse", "seed": 7})
states = [type(event).__name__ for event in handle.iter_events(with_logs=True, interval=0.01)]
tell(states=states, result=handle.get(), id=handle.request_id)
"""

FROM_A_PICTURE = """
import base64
client.REST_URL = BASE + "/rest"
client.CDN_URL = BASE + "/cdn"
made = fal_client.subscribe(FLUX, {"prompt": "the first", "output_format": "png"})
with httpx.Client() as http:
    data = http.get(made["images"][0]["url"]).content
url = fal_client.upload(data, "image/png", "first.png")
older = fal_client.upload(data, "image/png", "first.png", repository="fal")
result = fal_client.subscribe(EDIT, {"prompt": "the second", "image_url": url})
tell(url=url, older=older, result=result, size=len(data))
"""

CANCEL = """
handles = [fal_client.submit(FLUX, {"prompt": str(number)}) for number in range(3)]
states = [type(handle.status()).__name__ for handle in handles]
handles[2].cancel()
handles[0].cancel()
tell(states=states, positions=[handles[1].status().logs], ids=[h.request_id for h in handles])
"""

REFUSED = """
try:
    fal_client.subscribe(FLUX, {"prompt": "x"})
except fal_client.FalClientHTTPError as error:
    tell(status=error.status_code, type=error.error_type, message=str(error.message))
"""


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(World(), tls=True) as found:
        yield found


def official(served: Served, script: str) -> dict[str, Any]:
    """Run a script that uses the SDK; returns what it told."""
    head = (
        "import json, httpx, fal_client\nfrom fal_client import client\n"
        f"BASE, FLUX, EDIT = {served.base!r}, {FLUX!r}, {IMAGE_TO_IMAGE!r}\n"
        "def tell(**found):\n    print(json.dumps(found))\n"
    )
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    done = subprocess.run(
        [sys.executable, "-c", head + script], env=environment | served.official_environment(),
        cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_it_completes_a_picture_and_the_bill_is_of_one(served: Served) -> None:
    told = official(served, PICTURE)
    assert told["states"][-1] == "Completed"
    assert told["result"]["seed"] == 7
    assert told["result"]["images"][0]["url"].startswith(f"{served.base}/files/")
    bill = served.world.bill
    assert bill.total == 25_000
    assert [item.request_id for item in bill.charges] == [told["id"]]
    assert bill.submits() == 1


def test_it_uploads_a_picture_and_makes_another_from_it(served: Served) -> None:
    told = official(served, FROM_A_PICTURE)
    assert told["url"].startswith(f"{served.base}/files/uploads/")
    assert told["older"].startswith(f"{served.base}/files/uploads/")
    assert told["result"]["images"]
    assert served.world.fal.uploads == 2
    assert served.world.bill.total == 25_000 + 30_000


def test_it_cancels(served: Served) -> None:
    served.world.fal.queue.hold()
    told = official(served, CANCEL)
    assert told["states"] == ["InProgress", "InProgress", "Queued"]
    running, _, queued = told["ids"]
    served.world.fal.queue.resume()
    served.world.clock.advance(1)
    assert served.world.fal.queue.done == 3
    assert served.world.bill.of(queued) == 0
    assert served.world.bill.of(running) == 25_000  # asked to stop, ran on all the same


def test_it_reads_a_refusal(served: Served) -> None:
    served.world.trouble.add("refuse")
    told = official(served, REFUSED)
    assert told["status"] == 422
    assert "content_policy_violation" in told["message"]
    assert served.world.bill.total == 0


@pytest.mark.parametrize("kind", ["lost_answer", "gateway"])
def test_it_pays_twice_when_an_answer_is_lost(served: Served, kind: str) -> None:
    """Why the studio has a client of its own: a submit is never repeated blindly (§1.9)."""
    options = {"accepted": True} if kind == "gateway" else {}
    served.world.trouble.add(kind, nth=1, **options)
    official(served, PICTURE)
    assert served.world.bill.submits(FLUX, seed=7) == 2
    assert served.world.bill.duplicates == {"a lighthouse": 2}
    assert served.world.bill.total == 50_000
