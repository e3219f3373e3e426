"""Output folders as systems A and B leave them, and their import on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.fakes import png
from tests.flows.cli_desk import Desk

COUNT = 3


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def record(number: int, **more: Any) -> dict[str, Any]:
    """What system B notes of a picture."""
    return {
        "section": "Harbour", "image_number": number, "image_prompt": f"boat {number} at dawn",
        "description": f"Boat {number}", "output_filename": f"Harbour_{number:03d}_Boat.png",
        "generation_time": 2.5, "timestamp": "2025-03-04T12:00:00+00:00",
        "model": "fal-ai/flux/dev", "resolution": "32x32", "success": True,
        "error_message": None, "retry_count": 1, **more,
    }  # fmt: skip


def system_b(folder: Path, count: int = COUNT) -> Path:
    """A folder as system B leaves it: no costs, one failure."""
    failed = record(count + 1, success=False, error_message="busy")
    records = [*(record(number) for number in range(1, count + 1)), failed]
    for each in records:
        name = each["output_filename"]
        write(folder / "metadata" / f"{name}.json", each)
        if each["success"]:
            (folder / name).write_bytes(png(32, 32, (each["image_number"], 9, 9)))
    write(folder / "batch_metadata.json", {"total_images": len(records), "images": records})
    return folder


def system_a(folder: Path) -> Path:
    """A folder as system A leaves it: two prompts of three iterations, noted costs."""
    for place, prompt in enumerate(("fox", "owl")):
        for number in (1, 2, 3):
            stem = folder / "results" / prompt / f"iteration_{number}"
            stem.parent.mkdir(parents=True, exist_ok=True)
            stem.with_suffix(".png").write_bytes(png(32, 32, (place, number, 0)))
            noted = {"prompt": f"{prompt} {number}", "seed": number, "cost_usd": "0.03",
                     "timestamp": f"2025-01-0{number}T10:00:00Z"}  # fmt: skip
            write(stem.with_name(f"{stem.name}_results.json"), noted)
            judged = {"score": 5 + number, "details": {"hands": ["six fingers"]}}
            write(stem.with_name(f"{stem.name}_evaluation.json"), judged)
    write(folder / "summary.json", {"model": "fal-ai/flux/schnell", "prompts": 2})
    return folder


def imported(desk: Desk, folder: Path, code: int = 0) -> dict[str, Any]:
    outcome = desk.studio("import", str(folder), "--json")
    assert outcome.code == code, outcome.err
    return outcome.document
