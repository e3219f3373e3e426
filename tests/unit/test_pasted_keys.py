"""What people paste when they are asked for a key, and the key found in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.container.accounts import clean_key
from studio.errors import BadParameter

KEYS = st.text(
    st.characters(min_codepoint=48, max_codepoint=122, categories=["Lu", "Ll", "Nd"]), min_size=1
)
WRAPPINGS = st.sampled_from(
    [
        "{}", "  {}\n", '"{}"', "“{}”", "'{}',", "NAME_KEY={}", "export NAME_KEY='{}'",
        "name_key: {}", '$env:NAME_KEY = "{}"', "Authorization: Key {}", "Bearer {}", "\u200b{}",
        'NAME_KEY = "{}"', "OTHER_API_KEY={}", "setx NAME_KEY {}".replace(" {}", "={}"),
    ]
)  # fmt: skip


@given(left=KEYS, right=KEYS, wrapping=WRAPPINGS)
def test_a_key_is_found_in_whatever_was_pasted(left: str, right: str, wrapping: str) -> None:
    key = f"{left}:{right}"
    assert clean_key(wrapping.format(key), ("NAME_KEY",)) == key


def cleaned(typed: str) -> tuple[str | None, str]:
    """(the key, nothing) or (nothing, what was said)."""
    try:
        return clean_key(typed, ("NAME_KEY",)), ""
    except BadParameter as error:
        return None, str(error)


@given(st.text())
def test_a_key_has_plain_signs_or_is_refused_without_being_quoted(typed: str) -> None:
    key, said = cleaned(typed)
    if key is None:
        assert said
        assert len(typed) < 12 or typed not in said
        return
    assert key.isascii()
    assert key.isprintable()
    assert not any(letter.isspace() for letter in key)
    assert cleaned(key) == (key, "")
