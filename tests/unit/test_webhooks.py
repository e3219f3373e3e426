"""Webhooks without a provider: addresses nobody can guess, their secret, and limits."""

from __future__ import annotations

import itertools
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.models import Job, JobSpec, JobState, PictureRequest
from studio.webhooks import Addresses, Target, public_base
from studio.webhooks.addresses import FOLDER, KEY_FILE, installation_key
from studio.webhooks.incoming import Turnstile, _means
from tests.studio_fixture import QuickClock

PUBLIC = "https://studio.example"
MADE_AT = datetime(2026, 11, 21, tzinfo=UTC)
JOB = Job(
    id="j_1", batch_id="b_1", position=0, seed=1, file_stem="boat", state=JobState.RUNNING,
    attempt=2, retries=0, created_at=MADE_AT,
    spec=JobSpec(request=PictureRequest(model="fal:fal-ai/x", prompt="x", width=64, height=64)),
)  # fmt: skip


def addresses(folder: Path, url: str | None = PUBLIC) -> Addresses:
    return Addresses(folder, url)


def named(address: str | None) -> dict[str, str]:
    """What an address says."""
    assert address is not None
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://studio.example", "https://studio.example"),
        ("https://studio.example/", "https://studio.example"),
        (" https://studio.example:8443/app/ ", "https://studio.example:8443/app"),
        ("http://127.0.0.1:8501", "http://127.0.0.1:8501"),
        ("http://[::1]:8501/", "http://[::1]:8501"),
        ("http://localhost:8501", "http://localhost:8501"),
        ("http://studio.example", None),
        ("http://localhost.evil.example", None),
        ("http://192.168.1.7:8501", None),
        ("https://user:secret@studio.example", None),
        ("https://studio.example/?a=1", None),
        ("https://studio.example/#top", None),
        ("https://", None),
        ("https://studio.example:port", None),
        ("https://[::1", None),
        ("ftp://studio.example", None),
        ("studio.example", None),
        ("", None),
        (None, None),
    ],
)
def test_where_webhooks_can_arrive(url: str | None, base: str | None) -> None:
    assert public_base(url) == base


class TestAddresses:
    """An address is right only as a whole, and the same after any restart."""

    def test_the_same_attempt_has_the_same_address_for_good(self, tmp_path: Path) -> None:
        first = addresses(tmp_path).of(JOB)
        assert first is not None
        assert addresses(tmp_path).of(JOB) == first
        again = JOB.model_copy(update={"attempt": 3})
        assert addresses(tmp_path).of(again) != first
        assert addresses(tmp_path / "other").of(JOB) != first
        assert len(named(first)["tag"]) == 32

    def test_without_an_address_of_the_app_there_is_none(self, tmp_path: Path) -> None:
        assert addresses(tmp_path, None).of(JOB) is None
        assert addresses(tmp_path, "http://studio.example").of(JOB) is None
        assert not (tmp_path / FOLDER).exists()

    @given(
        left=st.tuples(st.text(max_size=6), st.text(max_size=6), st.text(max_size=3)),
        right=st.tuples(st.text(max_size=6), st.text(max_size=6), st.text(max_size=3)),
    )
    def test_no_two_have_the_same_tag(
        self, left: tuple[str, str, str], right: tuple[str, str, str]
    ) -> None:
        made = Addresses(Path(), PUBLIC)
        made._key = b"k" * 32
        assert made.is_right(*left, made._tag(*left))
        assert made.is_right(*left, made._tag(*right)) == (left == right)

    @pytest.mark.parametrize("tag", ["", "0" * 32, "é", "\ud800", "x" * 100_000])
    def test_a_wrong_tag(self, tmp_path: Path, tag: str) -> None:
        assert not addresses(tmp_path).is_right("fal", "j_1", "1", tag)


class TestSecret:
    """Made once per installation, readable for its owner alone, beside the database."""

    def test_it_is_made_once_by_whoever_comes_first(self, tmp_path: Path) -> None:
        path = tmp_path / FOLDER / KEY_FILE
        with ThreadPoolExecutor(8) as pool:
            made = set(pool.map(installation_key, itertools.repeat(path, 16)))
        assert len(made) == 1
        assert len(made.pop()) == 32
        if os.name == "posix":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600

    @pytest.mark.parametrize("kept", [b"", b"abc", b"\xff" * 64, b"00" * 31])
    def test_a_damaged_one_is_replaced(self, tmp_path: Path, kept: bytes) -> None:
        path = tmp_path / KEY_FILE
        path.write_bytes(kept)
        assert installation_key(path) == installation_key(path)

    def test_where_it_cannot_be_kept_there_are_no_webhooks(self, tmp_path: Path) -> None:
        (tmp_path / FOLDER).write_text("a file where the folder should be", encoding="utf-8")
        assert addresses(tmp_path).of(JOB) is None


class TestTurnstile:
    """So many in so many seconds, each name for itself."""

    def test_each_name_has_its_own_turns_and_gets_them_back(self) -> None:
        clock = QuickClock()
        gate = Turnstile(clock, 3, 60.0)
        assert [gate.passes("a") for _ in range(5)] == [True] * 3 + [False] * 2
        assert gate.passes("b")
        clock.skip(61)
        assert gate.passes("a")

    def test_it_forgets_the_oldest_names(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("studio.webhooks.incoming.MOST_COUNTED", 10)
        gate = Turnstile(QuickClock(), 1, 60.0)
        assert all(gate.passes(str(number)) for number in range(100))
        assert len(gate._passed) == 10


def test_only_the_present_attempt_is_hinted_at() -> None:
    waited_for = {JobState.SUBMITTING, JobState.RUNNING, JobState.UNKNOWN}
    owners = (None, ("j_1", 2), ("j_1", 1), ("j_2", 2))
    for state, attempt, owner, ours in itertools.product(
        JobState, (1, 2, 3), owners, (True, False)
    ):
        job = JOB.model_copy(update={"state": state})
        news = _means(job, Target("fal", "j_1", attempt), owner, ours) == "look now"
        right = attempt == 2 and owner in {None, ("j_1", 2)} and ours
        assert news == (right and state in waited_for), (state, attempt, owner, ours)
