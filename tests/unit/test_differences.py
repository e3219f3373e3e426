"""Word by word: what differs between pictures, and that no text is ever lost or changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.ui.differences import differences, word_difference
from studio.ui.literal_table import GONE, NEW, SAME

texts = st.text(alphabet=st.sampled_from("ab \n,:$<>[]éß日"), max_size=60)


@given(texts, texts)
def test_the_pieces_joined_give_both_texts_back(first: str, second: str) -> None:
    left, right = word_difference(first, second)
    assert "".join(text for _, text in left) == first
    assert "".join(text for _, text in right) == second


@given(texts, texts)
def test_what_is_called_the_same_is_the_same_on_both_sides(first: str, second: str) -> None:
    left, right = word_difference(first, second)
    assert [text for kind, text in left if kind == SAME] == [
        text for kind, text in right if kind == SAME
    ]
    assert NEW not in {kind for kind, _ in left}
    assert GONE not in {kind for kind, _ in right}


@given(texts)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    left, right = word_difference(text, text)
    assert left == right == ([(SAME, text)] if text else [])


def test_one_changed_word_is_all_that_is_marked() -> None:
    left, right = word_difference("a red fox", "a blue fox")
    assert left == [(SAME, "a "), (GONE, "red"), (SAME, " fox")]
    assert right == [(SAME, "a "), (NEW, "blue"), (SAME, " fox")]


def test_facts_that_agree_are_only_named() -> None:
    rows, same = differences([{"Seed": "1", "Model": "m"}, {"Seed": "2", "Model": "m"}])
    assert same == ["Model"]
    assert [row.name for row in rows] == ["Seed"]
    assert rows[0].cells == [[(SAME, "1")], [(NEW, "2")]]


def test_a_fact_that_one_picture_lacks_is_shown_as_none() -> None:
    rows, same = differences([{"Tags": "hero", "Prompt": "x"}, {"Prompt": "x"}])
    assert same == ["Prompt"]
    assert rows[0].cells == [[(SAME, "hero")], [(NEW, "none")]]


def test_each_of_three_prompts_is_compared_with_the_first() -> None:
    rows, _ = differences([{"Prompt": "a cat"}, {"Prompt": "a dog"}, {"Prompt": "a cat"}])
    assert rows[0].cells == [
        [(SAME, "a cat")],
        [(SAME, "a "), (NEW, "dog")],
        [(SAME, "a cat")],
    ]
