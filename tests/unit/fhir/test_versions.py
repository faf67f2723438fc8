"""Which version counts when a resource comes more than once."""

import pytest

from tests.unit.fhir.bundles import (
    about,
    addressed,
    bundle,
    observation,
    patient,
    reasons,
    record,
    records,
    used,
)

JANUARY = {"lastUpdated": "2025-01-01T00:00:00Z"}
JUNE = {"lastUpdated": "2025-06-01T00:00:00Z"}


def interpreted(meta: object, word: str) -> dict[str, object]:
    return observation(meta=meta, interpretation=[{"text": word}])


def shown(*versions: object) -> tuple[list[object], dict[str, str]]:
    made = record(*versions)
    return [source.resource.get("interpretation") for source in made.sources], reasons(made)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (JANUARY, JUNE),
        ({**JANUARY, "versionId": "9"}, {**JUNE, "versionId": "2"}),
        ({"versionId": "9"}, {"versionId": "10"}),
        ({**JANUARY, "versionId": "1"}, {**JANUARY, "versionId": "2"}),
        ({"lastUpdated": "2025-01-01T10:00:00+02:00"}, {"lastUpdated": "2025-01-01T09:00:00Z"}),
    ],
)
def test_the_newest_version_counts_in_whatever_order_they_come(old: object, new: object) -> None:
    expected: tuple[list[object], dict[str, str]] = [[{"text": "new"}]], {"Observation/o1": "superseded"}
    assert shown(interpreted(old, "old"), interpreted(new, "new")) == expected
    assert shown(interpreted(new, "new"), interpreted(old, "old")) == expected


def test_a_correction_into_error_takes_the_value_back() -> None:
    made = record(observation(meta=JANUARY), observation(meta=JUNE, status="entered-in-error"))
    assert made.sources == []
    assert sorted(row.reason for row in made.excluded) == ["status", "superseded"]


def test_an_older_version_of_the_right_patient_does_not_come_back_when_the_newest_is_anothers() -> None:
    made = record(observation(meta=JANUARY), observation(meta=JUNE, subject=about("Patient/p2")))
    assert made.sources == []
    assert sorted(row.reason for row in made.excluded) == ["other-patient", "superseded"]


def test_an_older_version_does_not_come_back_when_the_newest_means_something_else() -> None:
    newest = observation(meta=JUNE, code={"text": "wrong test"})
    assert sorted(row.reason for row in record(observation(meta=JANUARY), newest).excluded) == [
        "superseded",
        "unmapped",
    ]


def test_the_same_content_twice_counts_once() -> None:
    made = record(observation(), observation())
    assert (used(made), made.excluded) == (["Observation/o1"], [])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (None, None),
        (JANUARY, JANUARY),
        (JANUARY, {"versionId": "2"}),
        ({"versionId": "a"}, {"versionId": "b"}),
        ({"lastUpdated": "2025"}, {"lastUpdated": "2025-06-01"}),
        ("2025", ["2025"]),
    ],
)
def test_versions_that_cannot_be_ordered_do_not_count(first: object, second: object) -> None:
    made = record(interpreted(first, "high"), interpreted(second, "normal"))
    assert made.sources == []
    assert [row.reason for row in made.excluded] == ["invalid", "invalid"]
    assert "meta.lastUpdated" in made.excluded[0].detail


def test_among_three_versions_the_newest_must_be_newer_than_each() -> None:
    clear = [interpreted({"versionId": n}, n) for n in ("2", "3", "1")]
    assert shown(*clear) == ([[{"text": "3"}]], {"Observation/o1": "superseded"})
    unclear = [*clear, interpreted(JANUARY, "without version")]
    assert shown(*unclear) == ([], {"Observation/o1": "invalid"})


def test_resources_of_two_servers_with_one_id_are_two_resources() -> None:
    (made,) = records(
        addressed(
            ("", patient()),
            ("https://a.example/Observation/o1", interpreted(None, "a")),
            ("https://b.example/Observation/o1", interpreted(None, "b")),
        )
    )
    assert used(made) == ["Observation/o1", "Observation/o1"]


def test_an_entry_that_hides_its_server_may_be_a_version_of_any() -> None:
    (made,) = records(
        addressed(
            ("", patient()),
            ("https://a.example/Observation/o1", interpreted(None, "a")),
            ("", interpreted(None, "b")),
        )
    )
    assert [row.reason for row in made.excluded] == ["invalid", "invalid"]


def test_resources_without_an_id_are_never_versions_of_each_other() -> None:
    made = record(interpreted(JANUARY, "a") | {"id": 7}, interpreted(JUNE, "b") | {"id": 7})
    assert used(made) == ["Bundle.entry[1]", "Bundle.entry[2]"]


def test_a_patient_sent_twice_differently_is_still_the_patient_but_says_nothing() -> None:
    (made,) = records(bundle(patient(), patient() | {"birthDate": "1980-01-01"}, observation()))
    assert made.patient_resource is None
    assert used(made) == ["Observation/o1"]
    assert reasons(made) == {"Patient/p1": "invalid"}


def test_the_newest_patient_resource_counts() -> None:
    newest = patient() | {"birthDate": "1980-01-01", "meta": JUNE}
    (made,) = records(bundle(newest, patient() | {"meta": JANUARY}))
    assert made.patient_resource == newest


def test_thousands_of_versions_are_ordered() -> None:
    made = record(*[interpreted({"versionId": str(n)}, str(n)) for n in range(4000)])
    assert [source.resource["interpretation"] for source in made.sources] == [[{"text": "3999"}]]
    assert len(made.excluded) == 3999
