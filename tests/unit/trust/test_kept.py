"""What is kept of patients: nobody reads it or guesses it without the key."""

import pytest

from service.trust.kept import CannotOpenError, Safe

SEAL, OTHER = Safe(b"a" * 32), Safe(b"b" * 32)


@pytest.mark.parametrize(
    "content", [b"", b"Patient/p1", b"x" * 3_000_000], ids=["nothing", "a reference", "a large message"]
)
def test_what_is_sealed_is_opened_with_the_same_key_only(content: bytes) -> None:
    sealed = SEAL.seal(content)
    assert SEAL.open(sealed) == content
    assert not content or content not in sealed
    with pytest.raises(CannotOpenError, match="another key"):
        OTHER.open(sealed)


def test_a_keyed_hash_is_the_same_for_the_same_texts_and_another_for_others() -> None:
    assert SEAL.mark("a", "bc") == SEAL.mark("a", "bc")
    others = {SEAL.mark("ab", "c"), SEAL.mark("a", "b", "c"), SEAL.mark("abc"), OTHER.mark("a", "bc")}
    assert len(others | {SEAL.mark("a", "bc")}) == 5
