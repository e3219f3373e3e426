"""Plans: what is laid out, what it costs, and what a rerun of the same file still needs."""

from __future__ import annotations

from typing import Any

import pytest

from studio.errors import BadParameter, Conflict, UnknownModel
from studio.models import FaultKind, JobState, PromptRow, RunOptions
from tests.fakes import CENT, FakeProvider, fault
from tests.studio_fixture import finish, open_with


def row(number: int, prompt: str = "a red boat", **more: Any) -> PromptRow:
    values: dict[str, Any] = {"prompt_id": str(number), "image_number": number} | more
    return PromptRow(number=number, prompt=prompt, **values)


def options(**more: Any) -> RunOptions:
    values: dict[str, Any] = {"model": "fake:one", "width": 64, "height": 64} | more
    return RunOptions(**values)


def test_the_quote_counts_every_picture() -> None:
    with open_with() as studio:
        plan = studio.planner.plan([row(1), row(2, images=3)], options())
        assert plan.pictures == 4
        assert plan.quote.expected == 4 * CENT
        assert plan.models[0].price_source == "test"
        assert studio.planner.plan([row(1)], options(images=7)).pictures == 7


def test_equal_rows_are_pictures_of_their_own() -> None:
    with open_with() as studio:
        plan = studio.planner.plan([row(1), row(2)], options())
        assert len({spec.content_hash for spec in plan.specs}) == 2


def test_a_seed_gives_its_neighbours_to_the_copies() -> None:
    with open_with() as studio:
        plan = studio.planner.plan([row(1, images=3)], options(seed=7))
        assert [spec.request.seed for spec in plan.specs] == [7, 8, 9]
        own = studio.planner.plan([row(1, seed=100)], options(seed=7))
        assert own.specs[0].request.seed == 100


def test_an_aspect_ratio_is_fitted_to_the_batch_size() -> None:
    with open_with() as studio:
        spec = studio.planner.plan(
            [row(1, aspect_ratio="2:1")], options(width=512, height=512)
        ).specs[0]
        assert abs(spec.request.width - 2 * spec.request.height) <= 16
        assert abs(spec.request.width * spec.request.height - 512 * 512) < 512 * 16


@pytest.mark.parametrize("side", [0, 63, 4097, 100_000])
def test_a_size_that_the_model_cannot_make_is_refused(side: int) -> None:
    with open_with() as studio, pytest.raises(BadParameter, match="not possible"):
        studio.planner.plan([row(1)], options(width=side))


def test_an_unknown_model_names_the_closest() -> None:
    with open_with() as studio, pytest.raises(UnknownModel, match="Did you mean 'fake:one'"):
        studio.models.card("fake:on")


def test_an_empty_prompt_and_an_empty_plan_are_refused() -> None:
    with open_with() as studio:
        with pytest.raises(BadParameter, match="no prompt"):
            studio.planner.single("  ", options())
        with pytest.raises(Conflict, match="nothing to make"):
            studio.batches.start(studio.planner.plan([], options()))


def test_a_rerun_makes_only_what_is_missing() -> None:
    fake = FakeProvider(fault(FaultKind.BAD_REQUEST), FakeProvider.picture())
    key = {"continue_key": "/somewhere/prompts.csv"}
    with open_with(fake) as studio:
        first = studio.batches.start(studio.planner.plan([row(1), row(2)], options(**key)))
        status = finish(studio, first)
        assert (status.counts.done, status.counts.failed) == (1, 1)

        again = studio.planner.plan([row(1), row(2), row(3, "a blue boat")], options(**key))
        assert (again.batch_id, again.pictures, again.skipped) == (first, 2, 1)
        assert studio.batches.start(again) == first
        status = finish(studio, first)
        assert (status.counts.done, status.counts.total) == (3, 3)
        assert len(fake.submits) == 4

        nothing = studio.planner.plan([row(1), row(2)], options(**key))
        assert (nothing.pictures, nothing.skipped) == (0, 2)
        assert nothing.quote.is_free
        assert studio.batches.start(nothing) == first
        assert len(fake.submits) == 4
        assert studio.batches.jobs(first, [JobState.QUEUED]) == []

        fresh = studio.planner.plan([row(1)], options(**key, again=True))
        assert (fresh.batch_id, fresh.pictures) == (None, 1)
        other = studio.planner.plan([row(1)], options(**key, seed=5))
        assert other.batch_id is None


def test_varying_a_picture_makes_children_of_its_job() -> None:
    fake = FakeProvider()
    with open_with(fake) as studio:
        batch_id = studio.batches.start(studio.planner.plan([row(1)], options()))
        finish(studio, batch_id)
        asset = studio.batches.assets(batch_id)[0]
        same = studio.planner.again(asset.id, keep_seed=True)
        assert same.specs[0].request.seed == asset.seed
        varied = studio.planner.again(asset.id, images=3, prompt="a green boat")
        assert [spec.request.prompt for spec in varied.specs] == ["a green boat"] * 3
        assert {spec.parent_job_id for spec in varied.specs} == {asset.job_id}
        edited = studio.batches.start(studio.planner.again(asset.id, from_picture=True))
        finish(studio, edited)
        assert fake.submits[-1].references, "the picture itself travels along"
        assert studio.batches.assets(edited)[0].parent_asset_id == asset.id
        again = studio.batches.start(varied)
        finish(studio, again)
        assert {child.parent_asset_id for child in studio.batches.assets(again)} == {asset.id}


def test_file_names_are_readable_and_unique() -> None:
    with open_with() as studio:
        rows = [
            row(1, section="Sea", description="Boat"),
            row(1, section="sea", description="boat"),
        ]
        batch_id = studio.batches.start(studio.planner.plan(rows, options()))
        finish(studio, batch_id)
        names = sorted(asset.file_name for asset in studio.batches.assets(batch_id))
        assert names == ["Sea_001_Boat.png", "sea_001_boat_2.png"]
