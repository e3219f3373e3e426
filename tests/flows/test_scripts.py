"""The shell scripts that the README shows, run as their users run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--model", "sketch:default", "--size", "96x64")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts")

FFMPEG = """#!/bin/sh
# stands in for ffmpeg: keeps the list of frames and what it was asked
while [ $# -gt 1 ]; do [ "$1" = -i ] && cp "$2" "$FRAMES"; shift; done
echo film >"$1"
"""


def prompts(folder: Path) -> Path:
    """Two scenes, in the order of the film and not of the alphabet."""
    file = folder / "scenes.csv"
    lines = [
        "section,image_number,image_prompt,description",
        '"Opening",1,"A lighthouse on a rocky coast at dawn, soft light, watercolour","Zebra"',
        '"Opening",2,"A red boat on a calm lake at dusk, golden light, watercolour","Apple"',
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def script(name: str, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one of the examples."""
    return subprocess.run(
        ["/bin/sh", str(ROOT / "examples" / name), *words],
        env=os.environ | {"PYTHON": sys.executable, "PYTHONPATH": str(ROOT)} | more,
        text=True, capture_output=True, check=False, timeout=120,
    )  # fmt: skip


def test_the_nightly_run_makes_each_picture_once(tmp_path: Path) -> None:
    words = (str(prompts(tmp_path)), str(tmp_path / "out"), *SMALL)
    first = script("nightly.sh", *words)
    assert first.returncode == 0, first.stderr
    made = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*.png")}
    assert sorted(made) == ["Opening_001_Zebra.png", "Opening_002_Apple.png"]
    second = script("nightly.sh", *words)
    assert second.returncode == 0
    again = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*.png")}
    assert again == made, "the second night made nothing"
    told = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert (told["state"], told["done"], told["skipped"]) == ("done", 2, 2)


def test_the_nightly_run_says_why_it_could_not(tmp_path: Path) -> None:
    file = prompts(tmp_path)
    file.write_text("", encoding="utf-8")
    bad = script("nightly.sh", str(file), str(tmp_path / "out"), *SMALL)
    assert bad.returncode == 2
    assert "Nothing was spent" in bad.stdout
    failed = script(
        "nightly.sh", str(prompts(tmp_path)), str(tmp_path / "out"), *SMALL,
        "--param", "simulate=fail", "--max-retries", "0",
    )  # fmt: skip
    assert failed.returncode == 1
    assert "failed" in failed.stdout
    no_key = script("nightly.sh", str(prompts(tmp_path)), str(tmp_path / "out"))
    assert no_key.returncode == 4, "classic means fal, and there is no key here"
    assert "key" in no_key.stdout


def test_the_film_shows_the_scenes_in_the_order_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    ffmpeg = tmp_path / "bin" / "ffmpeg"
    ffmpeg.write_text(FFMPEG, encoding="utf-8")
    ffmpeg.chmod(0o755)
    keep = tmp_path / "kept"
    keep.mkdir()
    ran = script(
        "video.sh", str(prompts(tmp_path)), str(tmp_path / "film.mp4"), *SMALL,
        PATH=f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        FRAMES=str(tmp_path / "frames.txt"), TMPDIR=str(keep),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "film.mp4").read_text(encoding="utf-8") == "film\n"
    listed = (tmp_path / "frames.txt").read_text(encoding="utf-8").splitlines()
    frames = [Path(line.split("'")[1]).name for line in listed if line.startswith("file")]
    assert frames == ["Opening_001_Zebra.png", "Opening_002_Apple.png"]
    assert listed.count("duration 3") == 2
    assert list(keep.iterdir()) == [], "the frames are gone, the pictures stay in the studio"


def test_the_film_is_not_made_from_half_the_scenes(tmp_path: Path) -> None:
    failed = script(
        "video.sh", str(prompts(tmp_path)), str(tmp_path / "film.mp4"), *SMALL,
        "--param", "simulate=fail", "--max-retries", "0",
    )  # fmt: skip
    assert failed.returncode == 1
    assert not (tmp_path / "film.mp4").exists()


def test_pictures_of_the_nightly_run_are_what_was_asked_for(tmp_path: Path) -> None:
    script("nightly.sh", str(prompts(tmp_path)), str(tmp_path / "out"), *SMALL)
    with Image.open(tmp_path / "out" / "Opening_001_Zebra.png") as picture:
        assert (picture.size, picture.format) == ((96, 64), "PNG")
