"""The address of the gallery and of Compare: what is written is read back, nonsense is left out."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.models import AssetFilter, AssetSort
from studio.ui.compare import CompareMode
from studio.ui.filters import GalleryView, page_count, read_view, write_view
from studio.ui.lineup import MOST, Lineup, read_lineup, write_lineup

words = st.none() | st.text(min_size=1, max_size=20).map(str.strip).filter(bool)
days = st.none() | st.dates(min_value=date(2000, 1, 1))
views = st.builds(
    GalleryView,
    filter=st.builds(
        AssetFilter,
        batch_id=words,
        model=words,
        section=words,
        search=words,
        starred=st.sampled_from([None, True]),
        since=days,
        until=days,
        deleted=st.booleans(),
        sort=st.sampled_from(AssetSort),
    ),
    page=st.integers(min_value=1, max_value=99_999),
    picture=words,
)
ids = st.lists(
    st.text(alphabet="abc0123_", min_size=1, max_size=8), unique=True, max_size=MOST
).map(tuple)


@given(views)
def test_a_view_survives_the_way_through_the_address(view: GalleryView) -> None:
    assert read_view(write_view(view)) == view


@given(
    st.dictionaries(
        st.sampled_from(["batch", "q", "starred", "from", "to", "show", "sort", "page", "picture"]),
        st.text(max_size=12),
    )
)
def test_no_address_breaks_the_page(params: dict[str, str]) -> None:
    view = read_view(params)
    assert view.page >= 1
    assert read_view(write_view(view)) == view


def test_defaults_leave_the_address_empty() -> None:
    assert write_view(GalleryView(AssetFilter())) == {}


@pytest.mark.parametrize("page", ["0", "-1", "x", "1.5", "٣", "99999999999", ""])
def test_a_page_that_is_none_becomes_the_first_or_a_real_one(page: str) -> None:
    assert 1 <= read_view({"page": page}).page < 1_000_000


def test_only_filters_are_counted_not_the_order() -> None:
    assert GalleryView(AssetFilter(sort=AssetSort.OLDEST)).filtered == 0
    assert GalleryView(AssetFilter(starred=True, search="fox")).filtered == 2


@pytest.mark.parametrize(("total", "pages"), [(0, 1), (1, 1), (60, 1), (61, 2), (100_000, 1667)])
def test_page_count(total: int, pages: int) -> None:
    assert page_count(total, 60) == pages


@given(ids, st.none() | st.sampled_from(CompareMode))
def test_a_lineup_survives_the_way_through_the_address(
    pictures: tuple[str, ...], mode: CompareMode | None
) -> None:
    lineup = Lineup(pictures, mode)
    written = {name: text for name, text in write_lineup(lineup).items() if text}
    assert read_lineup(written) == lineup


def test_a_lineup_has_no_picture_twice_and_not_too_many() -> None:
    assert read_lineup({"pictures": "a,b,a,,c,d,e,f"}).pictures == ("a", "b", "c", "d")


def test_the_number_of_pictures_decides_where_no_mode_is_asked_for() -> None:
    assert Lineup(("a", "b")).shown_as is CompareMode.SLIDER
    assert Lineup(("a", "b", "c")).shown_as is CompareMode.SIDE
    assert read_lineup({"pictures": "a,b", "mode": "nonsense"}).mode is None


@given(ids.filter(lambda pictures: len(pictures) >= 2), st.data())
def test_rearranging_keeps_every_picture(pictures: tuple[str, ...], data: st.DataObject) -> None:
    lineup = Lineup(pictures)
    chosen = data.draw(st.sampled_from(pictures))
    place = data.draw(st.integers(0, 1))
    assert lineup.placed(place, chosen).pictures[place] == chosen
    assert sorted(lineup.placed(place, chosen).pictures) == sorted(pictures)
    assert lineup.swapped().swapped() == lineup
    assert chosen not in lineup.without(chosen).pictures
