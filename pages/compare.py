"""Compare: pictures as slider, flicker, difference or side by side, and what differs in words."""

import streamlit as st

from studio.container import Studio
from studio.models import Asset, AssetFilter, AssetSort
from studio.ui.compare import CompareMode, compare
from studio.ui.differences import differences
from studio.ui.facts import facts, name_of
from studio.ui.filters import put
from studio.ui.grid import picture_grid, tiles
from studio.ui.lineup import MOST, Lineup, letters, read_lineup, write_lineup
from studio.ui.literal_table import literal_table
from studio.ui.nav import go, link
from studio.ui.selection import restore
from studio.ui.session import friendly_errors, guard
from studio.ui.words import count, plain

PAGE = {"title": "Compare", "icon": "compare", "section": "Review", "order": 40}

MODES = {
    CompareMode.SLIDER: "Slider",
    CompareMode.FLICKER: "Flicker",
    CompareMode.DIFFERENCE: "Difference",
    CompareMode.SIDE: "Side by side",
}
CHOICES = 60


def show(lineup: Lineup) -> None:
    """Write the line-up into the address."""
    put(**write_lineup(lineup))


def draw_compare(studio: Studio, lineup: Lineup) -> None:
    """The comparison, or the way to choose pictures for one."""
    found = studio.gallery.many(lineup.pictures)
    assets = [asset for asset in found if asset.deleted_at is None]
    draw_missing(studio, lineup, found)
    if len(assets) < 2:
        draw_choice(studio, assets)
        return
    lineup = Lineup(tuple(asset.id for asset in assets), lineup.mode)
    draw_toolbar(lineup, assets)
    compare(studio, assets, mode=lineup.shown_as)
    draw_cards(studio, lineup, assets)
    draw_differences(studio, assets)


def draw_missing(studio: Studio, lineup: Lineup, found: list[Asset]) -> None:
    """Say which of the pictures asked for cannot be shown, and why."""
    if missing := len(lineup.pictures) - len(found):
        st.warning(
            f"{count(missing)} of this link {'does' if missing == 1 else 'do'} not exist. "
            "Choose others in the gallery."
        )
    if gone := [asset.id for asset in found if asset.deleted_at is not None]:
        with st.container(horizontal=True, vertical_alignment="center"):
            verb = "was" if len(gone) == 1 else "were"
            st.warning(f"{count(len(gone))} of this link {verb} deleted.", width="stretch")
            st.button("Restore", icon=":material/undo:", on_click=restore,
                      args=(studio, gone), key="restore")  # fmt: skip


def draw_toolbar(lineup: Lineup, assets: list[Asset]) -> None:
    """The way of looking, and for two-up ways which two."""
    st.session_state["compare_mode"] = lineup.shown_as.value
    with st.container(horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            "View",
            [mode.value for mode in MODES],
            format_func=lambda mode: MODES[CompareMode(mode)],
            key="compare_mode",
            required=True,
            label_visibility="collapsed",
            on_change=change_mode,
            args=(lineup,),
        )
        if lineup.shown_as.takes_two and len(assets) > 2:
            draw_pair(lineup, assets)
        elif lineup.shown_as.takes_two:
            st.button("Swap A and B", icon=":material/swap_horiz:", on_click=show,
                      args=(lineup.swapped(),), key="swap")  # fmt: skip
        st.space("stretch")
        if st.button("Choose others", icon=":material/photo_library:", key="choose"):
            batches = {asset.batch_id for asset in assets}
            go("compare", **({"batch": batches.pop()} if len(batches) == 1 else {}))


def draw_pair(lineup: Lineup, assets: list[Asset]) -> None:
    """Which of three or more pictures are A and B."""
    captions = {asset.id: name_of(asset) for asset in assets}
    for at, letter in enumerate("AB"):
        key = f"compare_{letter}"
        st.session_state[key] = lineup.pictures[at]
        st.selectbox(
            f"Picture {letter}",
            list(lineup.pictures),
            key=key,
            format_func=lambda asset_id: captions[asset_id],
            on_change=change_pair,
            args=(lineup, at, key),
            label_visibility="collapsed",
            width=180,
        )


def change_mode(lineup: Lineup) -> None:
    """Another way of looking was chosen."""
    show(Lineup(lineup.pictures, CompareMode(st.session_state["compare_mode"])))


def change_pair(lineup: Lineup, at: int, key: str) -> None:
    """Another picture was chosen as A or B."""
    show(lineup.placed(at, st.session_state[key]))


def draw_cards(studio: Studio, lineup: Lineup, assets: list[Asset]) -> None:
    """Below the pictures: star the winner, open one, take one out."""
    with st.grid(len(assets), min_column_width=220):
        for letter, asset in zip(letters(len(assets)), assets, strict=True):
            with st.container(border=True, gap="small"):
                st.markdown(f"**{letter}** · {plain(name_of(asset))}")
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.button(
                        "Winner" if asset.starred else "Star as winner",
                        icon=":material/star:",
                        type="primary" if asset.starred else "secondary",
                        on_click=studio.gallery.star,
                        args=(asset.id, not asset.starred),
                        key=f"star_{asset.id}",
                    )
                    link("Open", "gallery", picture=asset.id)
                    if len(assets) > 2:
                        st.button("Take out", type="tertiary", on_click=show,
                                  args=(lineup.without(asset.id),),
                                  key=f"out_{asset.id}")  # fmt: skip


def draw_differences(studio: Studio, assets: list[Asset]) -> None:
    """The facts that differ, word by word, and the names of those that do not."""
    st.subheader("What differs")
    known = [facts(asset, studio.settings.timezone) for asset in assets]
    rows, same = differences(
        [{name: item[name] for name in item if name != "File"} for item in known]
    )
    if rows:
        literal_table(
            letters(len(assets)),
            {row.name: row.cells for row in rows},
            label="What differs between the pictures",
            key="differences",
        )
    else:
        st.caption("Nothing: these pictures were made from the same words in the same way.")
    if same:
        st.caption(f"The same for all: {plain(', '.join(same).lower())}.")


def draw_choice(studio: Studio, kept: list[Asset]) -> None:
    """Choose pictures of one batch."""
    facets = studio.gallery.facets()
    if not facets.batches:
        draw_empty()
        return
    names = {"": "All batches"}
    names |= {batch_id: f"{title} ({number:,})" for batch_id, title, number in facets.batches}
    asked = st.query_params.get("batch", "")
    st.session_state["compare_batch"] = asked if asked in names else ""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        batch = st.selectbox(
            "Batch", list(names), key="compare_batch", format_func=lambda name: names[name],
            on_change=change_batch, width=340,
        )  # fmt: skip
        bar = st.container(horizontal=True, vertical_alignment="center")
    wanted = AssetFilter(
        batch_id=batch or None, sort=AssetSort.SHEET if batch else AssetSort.NEWEST
    )
    page = studio.gallery.page(wanted, 1, CHOICES)
    grid = picture_grid(tiles(studio, page.items), key=f"compare_grid_{batch}", selectable=True)
    held = [asset.id for asset in kept]
    if grid.picked and grid.picked not in held:  # clicked, not ticked: the second click compares
        show(Lineup((*held, grid.picked)))
        st.rerun()
    chosen = list(dict.fromkeys([*held, *grid.selected]))
    with bar:
        draw_go(chosen)
    if page.total > CHOICES:
        st.caption(f"The first {CHOICES} of {count(page.total)}. Choose any others in the gallery.")


def draw_go(chosen: list[str]) -> None:
    """The button that starts the comparison, or what is missing for it."""
    if len(chosen) > MOST:
        st.caption(f"{len(chosen)} chosen. At most {MOST} pictures can be compared at once.")
    elif len(chosen) >= 2:
        label = f"Compare {count(len(chosen))}"
        if st.button(label, type="primary", icon=":material/compare:", key="compare_go"):
            show(Lineup(tuple(chosen)))
            st.rerun()
    elif chosen:
        st.caption("One picture is chosen. Click another to compare it with.")
    else:
        st.caption("Click two pictures to compare them, or tick up to four.")


def change_batch() -> None:
    """Another batch was chosen to pick from."""
    put(batch=st.session_state["compare_batch"])


def draw_empty() -> None:
    """Said when no picture exists yet."""
    with st.container(border=True, horizontal_alignment="center"):
        st.space("small")
        st.markdown("### :material/compare: Nothing to compare yet", width="content")
        st.caption(
            "Make two pictures, then look at them side by side here.",
            width="content",
            text_alignment="center",
        )
        with st.container(horizontal=True, horizontal_alignment="center"):
            if st.button("Make pictures", type="primary", icon=":material/brush:"):
                go("generate")
            if st.button("Try the sample batch", icon=":material/table:"):
                go("batch_upload", sample="1")
        st.space("small")


studio_now = guard("compare")
st.title("Compare")
with friendly_errors():
    draw_compare(studio_now, read_lineup(st.query_params.to_dict()))
