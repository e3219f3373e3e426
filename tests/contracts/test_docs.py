"""The generated parts of README and docs say what the code says; `just docs` renews them."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from studio.models import JobState
from tests.architecture.sources import ROOT, files, name, text

PAGES = [path for path in files() if path.suffix == ".md"]
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)|src=\"([^\"]+)\"")


def test_generated_tables_are_fresh() -> None:
    pages = ["README.md", *(name(path) for path in PAGES if name(path).startswith("docs/")
                            and "[[[cog" in text(path))]  # fmt: skip
    check = subprocess.run(
        [sys.executable, "-m", "cogapp", "--check", "-I", ".", "-I", "docs", *pages],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip
    assert check.returncode == 0, f"run `just docs`\n{check.stdout[-2000:]}{check.stderr[-2000:]}"


@pytest.mark.parametrize("state", list(JobState))
def test_every_state_of_a_job_is_explained(state: JobState) -> None:
    assert f"\n| `{state}` | " in text(ROOT / "docs" / "life-of-a-job.md")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_inside_the_repository_leads_somewhere(page: object) -> None:
    assert isinstance(page, type(ROOT))
    broken = [
        target
        for match in LINK.finditer(text(page))
        for target in [match[1] or match[2]]
        if not target.startswith(("http://", "https://")) and not (page.parent / target).exists()
    ]
    assert broken == []


def test_the_first_screen_has_both_commands() -> None:
    first = "\n".join(text(ROOT / "README.md").splitlines()[:40])
    assert "<!-- open-command -->\n```bash\n" in first
    assert "<!-- test-command -->\n```bash\n" in first
    assert first.count("py -m venv .venv") == 2, "and the same for Windows"
