"""The key of the audit: made once for its owner alone, long enough, and with other hashes for each purpose."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.errors import StoreUnavailable
from service.store.audit_key import AuditKey


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "key"
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: AuditKey.made_at(place), range(8)))
    assert len({key.of_patient("Patient/p1") for key in keys}) == 1
    assert place.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in place.parent.iterdir()] == ["key"]


def test_two_installations_have_two_hashes_of_one_patient(tmp_path: Path) -> None:
    keys = [AuditKey.made_at(tmp_path / name) for name in ("one", "two")]
    assert len({key.of_patient("Patient/p1") for key in keys}) == 2


def test_a_patient_a_person_and_an_input_of_the_same_name_differ(tmp_path: Path) -> None:
    key = AuditKey.made_at(tmp_path / "key")
    assert len({key.of_patient("x"), key.of_person("x"), key.of_input(b"x")}) == 3
    assert key.of_person("") == ""


def test_white_space_around_a_key_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"k" * 32)
    (tmp_path / "two").write_bytes(b"k" * 32 + b"\n")
    one, two = (AuditKey.read(tmp_path / name) for name in ("one", "two"))
    assert one.of_patient("Patient/p1") == two.of_patient("Patient/p1")


@pytest.mark.parametrize("content", [b"", b"\n", b"k" * 31, b"k" * 31 + b"\n"])
def test_a_key_under_32_bytes_is_refused_and_not_shown(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(StoreUnavailable, match="at least 32 bytes") as caught:
        AuditKey.read(tmp_path / "key")
    assert "kkkk" not in str(caught.value)


def test_a_key_that_cannot_be_read_or_made_is_named_as_the_problem(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="audit_key_file"):
        AuditKey.read(tmp_path / "missing")
    with pytest.raises(StoreUnavailable, match="key of the audit"):
        AuditKey.made_at(tmp_path / "file" / "key")
