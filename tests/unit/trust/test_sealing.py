"""What is sealed opens with its key and in its place only."""

from pathlib import Path

import pytest

from service.errors import StoreUnavailable
from service.trust.sealing import Sealing

CONTENT = b'{"patient":"Zebedee"}' * 50


def test_what_was_sealed_opens_and_shows_nothing_until_then() -> None:
    sealing = Sealing(b"k" * 32)
    sealed = sealing.seal(CONTENT, "place")
    assert b"Zebedee" not in sealed
    assert sealing.opened(sealed, "place") == CONTENT
    assert sealing.seal(CONTENT, "place") != sealed


@pytest.mark.parametrize("other", ["key", "place", "content", "cut"])
def test_another_key_or_place_or_content_does_not_open(other: str) -> None:
    sealed = Sealing(b"k" * 32).seal(CONTENT, "place")
    changed = {"content": sealed[:-1] + bytes([sealed[-1] ^ 1]), "cut": sealed[:5]}.get(other, sealed)
    opener = Sealing((b"o" if other == "key" else b"k") * 32)
    with pytest.raises(StoreUnavailable, match="does not open"):
        opener.opened(changed, "elsewhere" if other == "place" else "place")


def test_a_key_is_read_from_a_file_and_has_at_least_32_bytes(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"k" * 32 + b"\n")
    assert Sealing.read(tmp_path / "key").opened(Sealing(b"k" * 32).seal(CONTENT, "p"), "p") == CONTENT
    (tmp_path / "key").write_bytes(b"k" * 31 + b"\n")
    with pytest.raises(StoreUnavailable, match="at least 32 bytes"):
        Sealing.read(tmp_path / "key")
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        Sealing.read(tmp_path / "missing")
