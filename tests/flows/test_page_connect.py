"""A key connected on the settings page: checked first, kept in memory only, forgotten at will."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from studio.access import Access
from studio.container import Studio
from studio.models import AccountState, BatchState, RunOptions
from studio.models.report import ACCOUNT_WORDS
from studio.ui.accounts import LOOKS
from tests.flows.keyed import EMPTY, GOOD, NAME, WRONG, Paid, keyed_world
from tests.flows.page_world import click, looked_at, open_page, shown

FIELD = re.compile(r"connect_key_paid_\d+")


@pytest.fixture
def paid() -> Paid:
    return Paid()


@pytest.fixture
def studio(paid: Paid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    with keyed_world(tmp_path, monkeypatch, paid) as made:
        yield made


def paste(page: AppTest, key: str, button: str = "connect_check_paid") -> AppTest:
    """Paste a key and press a button."""
    field = next(field for field in page.text_input if FIELD.fullmatch(field.key or ""))
    field.set_value(key)
    return click(page, button)


def words(page: AppTest) -> str:
    """Everything a person can read, without the signs that keep it plain."""
    parts = [shown(page), *(str(block.value) for block in page.code)]
    parts += [element.value for element in page.success]
    parts += [expander.label for expander in page.expander]
    return "\n".join(parts).replace("\\", "")


def everything(page: AppTest) -> str:
    """Every message that was sent to the browser, and what the session remembers."""
    sent = "".join(str(getattr(element, "proto", "")) for element in page._tree)
    return sent + str(page.session_state)


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_without_a_key_the_way_to_one_is_shown(studio: Studio) -> None:
    page = open_page("settings", connect="paid")
    assert "No key yet" in words(page)
    assert f"{NAME}=paste-the-key-here" in words(page)
    assert f'{NAME} = "paste-the-key-here"' in words(page)
    links = [element.proto.url for element in page.get("link_button")]
    assert links == ["https://paid.example/keys"]


def test_a_good_key_is_checked_and_then_used(studio: Studio, paid: Paid) -> None:
    page = paste(open_page("settings"), GOOD)
    assert paid.asked[0] == GOOD
    assert studio.keys.get(paid.key_env) == GOOD
    assert "Ready · balance $12.30" in words(page)
    assert "kept in memory until the app restarts" in words(page)


def test_a_key_may_be_pasted_with_its_name(studio: Studio, paid: Paid) -> None:
    paste(open_page("settings"), f'  export {NAME}="{GOOD}"\n')
    assert studio.keys.get(paid.key_env) == GOOD


@pytest.mark.parametrize(
    ("key", "said"), [(WRONG, "This key was refused"), (EMPTY, "the account is empty")]
)
def test_a_key_that_does_not_work_is_not_used(
    studio: Studio, paid: Paid, key: str, said: str
) -> None:
    page = paste(open_page("settings"), key)
    assert said in words(page)
    assert studio.keys.get(paid.key_env) is None
    assert studio.live.last_account("paid") is None
    assert key not in everything(page)
    links = [element.proto.url for element in page.get("link_button")]
    assert ("https://paid.example/funds" in links) == (key == EMPTY)


def test_a_dead_network_is_told_and_the_person_decides(studio: Studio, paid: Paid) -> None:
    paid.offline = True
    page = open_page("settings")
    assert "connect_anyway_paid" not in [button.key for button in page.button]
    paste(page, GOOD)
    assert "cannot be reached, so the key was not checked" in words(page)
    assert studio.keys.get(paid.key_env) is None
    click(page, "connect_anyway_paid")
    assert studio.keys.get(paid.key_env) == GOOD
    assert "Not reachable" in words(page)
    paid.offline = False
    assert "Ready · balance $12.30" in words(click(page, "check_paid"))


@pytest.mark.parametrize("typed", ["", "  ", "••••••••••", "“key”\u200b with ünicode", "k" * 600])
def test_what_cannot_be_a_key_never_leaves(studio: Studio, paid: Paid, typed: str) -> None:
    page = paste(open_page("settings"), typed)
    assert page.error
    assert paid.asked == []
    assert studio.keys.get(paid.key_env) is None


def test_a_key_is_forgotten_on_request(studio: Studio, paid: Paid) -> None:
    page = paste(open_page("settings"), GOOD)
    click(page, "forget_paid")
    assert studio.keys.get(paid.key_env) is None
    assert "No key yet" in words(page)


def test_after_forgetting_the_installed_key_counts_again(
    studio: Studio, paid: Paid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, WRONG)
    page = open_page("settings")
    assert "Key refused" in words(page)
    assert "Key from environment" in words(page)
    paste(page, GOOD)
    assert "Ready" in words(page)
    click(page, "forget_paid")
    assert "Key refused" in words(page)


@pytest.mark.parametrize("password", ["", "s3same"])
def test_who_can_spend_is_said_before(
    password: str, paid: Paid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with keyed_world(tmp_path, monkeypatch, paid, password):
        monkeypatch.setattr(Access, "has_session", lambda self, cookies: True)
        page = open_page("settings")
        assert ("asks nobody for a password" in words(page)) == (password == "")
        assert "Everybody who can open this app can spend with it" in words(page)


def test_the_key_is_nowhere_but_in_memory(studio: Studio, paid: Paid, tmp_path: Path) -> None:
    """A whole run with a pasted key; then every file, every message and every log line is read."""
    page = open_page("settings")
    paste(page, WRONG)
    paste(page, GOOD)
    options = RunOptions(model="paid:one", width=64, height=64, title="Paid")
    batch = studio.batches.start(studio.planner.single("a red boat on a lake", options))
    while studio.batches.wait(batch, 10).counts.unfinished:
        pass
    assert paid.made == [GOOD]
    studio.exports.folder(batch, tmp_path / "data" / "exported", "sections")
    looked_at(page)
    told = on_disk(tmp_path / "data").decode("utf-8", errors="replace") + everything(page)
    assert "Paid pictures" in told
    for key in (GOOD, WRONG):
        assert key not in told
        assert key.partition(":")[2] not in told


def test_an_account_looked_at_long_ago_is_looked_at_again(
    studio: Studio, paid: Paid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, GOOD)
    page = open_page("settings")
    assert paid.asked == [GOOD]
    looked_at(page)
    assert paid.asked == [GOOD], "a fresh look is not repeated"
    monkeypatch.setattr("studio.container.accounts.FRESH", studio.parts.now() - studio.parts.now())
    looked_at(page)
    assert paid.asked == [GOOD, GOOD]
    assert studio.live.last_account("paid") is not None


@pytest.mark.parametrize("state", list(AccountState))
def test_every_state_of_an_account_has_words_and_a_look(state: AccountState) -> None:
    assert ACCOUNT_WORDS[state]
    assert LOOKS[state]


def links(page: AppTest) -> list[str]:
    """Where the links to other pages lead."""
    return [f"{link.proto.page}?{link.proto.query_string}" for link in page.get("page_link")]


def test_a_model_without_a_key_says_so_and_offers_the_free_one(studio: Studio) -> None:
    page = open_page("generate")
    page.text_area(key="generate_prompt").set_value("a red boat on a calm lake")
    page.selectbox(key="generate_model").set_value("paid:one")
    looked_at(page)
    assert "Paid pictures needs a key" in words(page)
    assert "settings?connect=paid" in links(page)
    assert page.button(key="generate_go").disabled
    click(page, "generate_use_free_paid")
    assert page.selectbox(key="generate_model").value == studio.models.default
    assert "needs a key" not in words(page)
    assert not page.button(key="generate_go").disabled


def test_a_file_whose_rows_need_a_key_does_not_start(studio: Studio, paid: Paid) -> None:
    page = open_page("batch_upload")
    sheet = b"prompt,model\na red boat on a calm lake at dawn,paid:one\na fox in the snow at dusk,"
    page.file_uploader(key="prompt_file").upload("rows.csv", sheet)
    looked_at(page)
    looked_at(page)
    assert "Paid pictures needs a key" in words(page)
    assert page.button(key="start").disabled
    studio.keys.use(paid.key_env, GOOD)
    looked_at(page)
    assert not page.button(key="start").disabled


@pytest.mark.parametrize(("key", "said"), [(WRONG, "Key refused"), (EMPTY, "Account empty")])
def test_a_batch_that_waits_for_its_account_goes_on_when_it_is_mended(
    studio: Studio, paid: Paid, key: str, said: str
) -> None:
    studio.keys.use(paid.key_env, key)
    options = RunOptions(model="paid:one", width=64, height=64, images=2, title="Waiting")
    batch = studio.batches.start(studio.planner.single("a red boat on a lake", options))
    while studio.batches.wait(batch, 10).batch.state is BatchState.RUNNING:
        pass
    page = open_page("batch_upload", batch=batch)
    assert "settings?connect=paid" in links(page)
    funds = [element.proto.url for element in page.get("link_button")]
    assert funds == (["https://paid.example/funds"] if key == EMPTY else [])
    click(page, f"account_resume_{batch}")
    assert said in words(page)
    assert studio.batches.status(batch).batch.state is BatchState.PAUSED
    studio.keys.use(paid.key_env, GOOD)
    click(page, f"account_resume_{batch}")
    while studio.batches.wait(batch, 10).counts.unfinished:
        pass
    assert studio.batches.status(batch).counts.done == 2
