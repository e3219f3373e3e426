"""What can be done about lost pictures: look, make again, write off; and what that brought."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import streamlit as st

from studio.container import Studio
from studio.errors import Conflict, StudioError
from studio.models import Charged, format_usd
from studio.models.lost import Found, LookedAt, LostItem, LostKind
from studio.ui.lost_words import (
    GOOD,
    Again,
    again_label,
    again_words,
    looked_words,
    reconciled_words,
)
from studio.ui.nav import link
from studio.ui.session import friendly_errors, show_error
from studio.ui.steering import waits_words
from studio.ui.words import count, plain

ASKED = "_lost_asked"
"""Session key of the question that is open: what is asked, and about which jobs."""
TOLD = "_lost_told"
"""Session key of what the last action brought: how it is shown, and the words."""
PLACE = "_lost_place"
"""Session key of the page, or batch, that questions and answers are about now."""
EACH, LONGEST = 20.0, 120.0
"""Seconds that looking for one picture, and for several, may take."""


def enter(place: str) -> None:
    """Come to a place where lost pictures are decided about; what was open elsewhere is left."""
    if st.session_state.get(PLACE) != place:
        _close()
        _forget_told()
        st.session_state[PLACE] = place


def draw_told() -> None:
    """What the last action brought, until the next one."""
    told: tuple[str, str] | None = st.session_state.get(TOLD)
    if told is None:
        return
    how, words = told
    draw, icon = (st.success, "check_circle") if how == "good" else (st.info, "info")
    with st.container(horizontal=True, vertical_alignment="center", key="lost_told"):
        draw(plain(words), icon=f":material/{icon}:", width="stretch")
        st.button("OK", width="content", key="lost_told_ok", on_click=_forget_told)


def tell(words: str, *, good: bool) -> None:
    """Remember what an action brought, for the next look at the page."""
    st.session_state[TOLD] = ("good" if good else "quiet", words)


def draw_look_for_all(studio: Studio, batch_id: str | None) -> None:
    """One button that looks everything up now."""
    if st.button("Look again for all", icon=":material/travel_explore:", key="lost_all"):
        with st.spinner("Asking the providers about everything that is open …"), friendly_errors():
            result = studio.lost.reconcile(batch_id)
            tell(reconciled_words(result), good=any(item.found in GOOD for item in result.looked))
            st.rerun()


def draw_acts(studio: Studio, items: Sequence[LostItem], key: str) -> None:
    """The buttons for one lost picture, or for several of one kind."""
    kind, number = items[0].kind, len(items)
    ids = [item.job_id for item in items]
    there = [item for item in items if item.can_look]  # a charged refusal left nothing to find
    these = "" if number == 1 else f" for these {len(there):,}"
    looking = False
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if kind is not LostKind.LATE:
            looking = bool(there) and st.button(
                f"Look again now{these}", icon=":material/search:", key=f"look_{key}"
            )
            draw_make_again(ids, key)
            if kind is LostKind.UNKNOWN:
                _opens("Write off", "money_off", "write_off", ids, key)
            else:
                st.button("Take note", icon=":material/task_alt:", key=f"note_{key}",
                          on_click=_note, args=(studio, ids),
                          help="It leaves this list. The money stays counted as charged without "
                          "a picture.")  # fmt: skip
        if number == 1:
            _more(studio, items[0], key)
    if looking:
        look_for(studio, [item.job_id for item in there])


def draw_make_again(job_ids: list[str], key: str) -> None:
    """The button that opens the question what making these a second time means."""
    _opens("Make again", "refresh", "again", job_ids, key)


def draw_question(studio: Studio, items: Sequence[LostItem]) -> None:
    """The dialog of the question that is open, if there is one."""
    asked: tuple[str, list[str]] | None = st.session_state.get(ASKED)
    if asked is None:
        return
    what, ids = asked
    about = [item for item in items if item.job_id in ids]
    if not about:  # all of them were found meanwhile
        _close()
        return
    _DIALOGS[what](studio, about)


def again_of(studio: Studio, items: Sequence[LostItem]) -> Again:
    """What making these again means for money."""
    unknown = [item for item in items if item.kind is LostKind.UNKNOWN]
    maybe = [item for item in items if item.charged is Charged.MAYBE]
    return Again(
        quotes=tuple(studio.batches.job(item.job_id).spec.quote for item in items),
        held=sum(item.amount for item in unknown),
        paid=sum(item.amount for item in items if item.kind is LostKind.PAID),
        perhaps=len({item.job_id for item in (*unknown, *maybe)}),
    )


def _opens(label: str, icon: str, what: str, ids: list[str], key: str) -> None:
    st.button(f"{label} …", icon=f":material/{icon}:", key=f"{what}_{key}",
              on_click=_ask, args=(what, ids))  # fmt: skip


def _more(studio: Studio, item: LostItem, key: str) -> None:
    """Links rather than a menu: the browser's own way back works for them."""
    with st.popover("More", key=f"more_{key}", type="tertiary", icon=":material/more_horiz:"):
        if item.can_look and item.kind is not LostKind.LATE:
            st.button("I have its request id …", icon=":material/key:", type="tertiary",
                      key=f"request_{key}", on_click=_ask,
                      args=("request", [item.job_id]))  # fmt: skip
        link("Tell its whole story", "gallery", icon=":material/history:", job=item.job_id)
        source = studio.batches.status(item.batch_id).batch.source
        link("Open its batch", "generate" if source == "generate" else "batch_upload",
             icon=":material/folder_open:", batch=item.batch_id)  # fmt: skip


def look_for(studio: Studio, job_ids: Sequence[str]) -> None:
    """Look for each, one after the other; what is not reached in time is left for later."""
    end = studio.parts.clock.monotonic() + LONGEST
    looked: list[LookedAt] = []
    number = len(job_ids)
    bar = st.progress(0.0, text=f"Looking for {count(number)} …")
    for before, job_id in enumerate(job_ids):
        if studio.parts.clock.monotonic() > end:
            break
        bar.progress(before / number, text=f"Looking for {before + 1:,} of {number:,} …")
        try:
            with suppress(Conflict):  # it went on by itself meanwhile
                looked.append(studio.lost.adopt(job_id, timeout=EACH))
        except StudioError as error:
            bar.empty()
            show_error(error)
            return
    tell(_looked(looked, number), good=any(item.found in GOOD for item in looked))
    st.rerun()


def _looked(looked: Sequence[LookedAt], wanted: int) -> str:
    if len(looked) == 1 == wanted:
        still = "Still unknown. " if looked[0].found is Found.STILL_UNKNOWN else ""
        return f"{still}{looked[0].message}"
    words = looked_words(looked) if looked else ""
    left = wanted - len(looked)
    if left:
        words += f" {left:,} went on by themselves meanwhile or were not reached in time."
    return words.strip()


def _note(studio: Studio, ids: Sequence[str]) -> None:
    done = _each(studio.lost.write_off, ids)
    tell(f"Taken note of {count(done)}. The money stays counted as charged without a picture.",
         good=False)  # fmt: skip


def _each(act: Callable[[str], None], ids: Sequence[str]) -> int:
    """Do it for each; what went on by itself meanwhile is left alone. Returns how many it met."""
    done = 0
    with friendly_errors():
        for job_id in ids:
            with suppress(Conflict):
                act(job_id)
                done += 1
    return done


def _ask(what: str, ids: list[str]) -> None:
    st.session_state[ASKED] = (what, ids)


def _close() -> None:
    st.session_state.pop(ASKED, None)


def _forget_told() -> None:
    st.session_state.pop(TOLD, None)


def _names(items: Sequence[LostItem]) -> None:
    """Which pictures a question is about."""
    first = items[0]
    more = f" and {count(len(items) - 1, 'other')}" if len(items) > 1 else ""
    st.markdown(f"**Row {first.row}** · {plain(first.name)}{more}")


@st.dialog("Make again?", icon=":material/refresh:", on_dismiss=_close)
def _again(studio: Studio, items: Sequence[LostItem]) -> None:
    with friendly_errors():
        again = again_of(studio, items)
        _names(items)
        words = plain(" ".join(again_words(again)))
        if again.price.is_free:
            st.write(words)
        else:
            st.warning(words, icon=":material/payments:")
        with st.container(horizontal=True):
            if st.button(again_label(again).replace("$", "\\$"), type="primary", key="again_now"):
                done = _each(studio.lost.retry, [item.job_id for item in items])
                told = f"{count(done)} will be made again in turn."
                waits = [waits_words(studio, one, done) for one in {i.batch_id for i in items}]
                _done(" ".join([told, *filter(None, waits[:1])]), done, len(items))
            _leave()


@st.dialog("Write off?", icon=":material/money_off:", on_dismiss=_close)
def _write_off(studio: Studio, items: Sequence[LostItem]) -> None:
    _names(items)
    held = sum(item.amount for item in items)
    aside = f"The {format_usd(held)} set aside" if held else "What it may have cost"
    st.write(plain(
        f"{aside} counts as spent. They are not looked for any more. Where the provider shows its "
        "own bill, the figure is corrected by that later. You can still make them again."
        .replace("They are", "It is" if len(items) == 1 else "They are")
        .replace("make them", "make it" if len(items) == 1 else "make them")
    ))  # fmt: skip
    with st.container(horizontal=True):
        if st.button("Write off", type="primary", key="write_off_now"):
            done = _each(studio.lost.write_off, [item.job_id for item in items])
            _done(f"{count(done)} written off.", done, len(items))
        _leave()


@st.dialog("Find it by its request id", icon=":material/key:", on_dismiss=_close)
def _request(studio: Studio, items: Sequence[LostItem]) -> None:
    item = items[0]
    _names([item])
    st.write(plain(
        f"Look it up in the list of requests on {item.provider}'s site, copy the request's id, and "
        "paste it here. Looking costs nothing."
    ))  # fmt: skip
    with st.form("request_form", border=False):
        given = st.text_input("Request id", key=f"request_id_{item.job_id}", max_chars=200)
        asked = st.form_submit_button("Look for it", type="primary", key="request_now")
    if asked and not given.strip():
        st.warning("Paste the request's id first.", icon=":material/key:")
    elif asked:
        with st.spinner(plain(f"Asking {item.provider} …")), friendly_errors():
            found = studio.lost.adopt(item.job_id, given.strip())
            if found.found in {Found.NOT_FOUND, Found.STILL_UNKNOWN}:
                st.warning(plain(found.message), icon=":material/search_off:")
            else:
                tell(found.message, good=found.found in GOOD)
                _close()
                st.rerun()
    _leave()


def _done(words: str, done: int, wanted: int) -> None:
    if not done and wanted:
        words = "Nothing was changed: they went on by themselves meanwhile."
    elif done < wanted:
        words += f" {wanted - done:,} went on by themselves meanwhile and were left alone."
    tell(words, good=bool(done))
    _close()
    st.rerun()


def _leave() -> None:
    if st.button("Leave as it is", key="lost_leave"):
        _close()
        st.rerun()


_DIALOGS: dict[str, Callable[[Studio, Sequence[LostItem]], None]] = {
    "again": _again,
    "write_off": _write_off,
    "request": _request,
}
