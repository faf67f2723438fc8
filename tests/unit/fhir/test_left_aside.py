"""Results of which nothing is read are left aside, and whatever else they say of a chart is heard as before."""

from decimal import Decimal

import pytest

from service.fhir.intake.bundle import PatientRecord, record_from_prefetch
from service.fhir.intake.left_aside import left_aside
from service.fhir.intake.unmapped import Unmapped
from tests.unit.fhir.bundles import AS_OF, LOINC, MAPPINGS, SODIUM, Resource, concept, observation, patient

HERE, THERE = "https://here.example.org/r4", "https://there.example.org/r4"
_SODIUM = concept(LOINC, SODIUM)
Found = tuple[str | None, Resource]


def sodium(identity: str = "s1", /, **elements: object) -> Resource:
    return observation(identity, **{"code": _SODIUM, **elements})


def at(base: str, resource: Resource) -> Found:
    return f"{base}/{resource['resourceType']}/{resource['id']}", resource


def aside(*found: Found, server: str | None = None) -> set[int]:
    return set(left_aside(found, Unmapped(MAPPINGS, are_listed=False), server).positions)


def record(*found: Found, server: str | None = None) -> PatientRecord:
    return record_from_prefetch("p1", server, found, AS_OF, MAPPINGS)


def test_a_measured_result_whose_code_means_nothing_is_left_aside() -> None:
    assert aside(at(HERE, sodium())) == {0}
    assert aside((None, sodium()), server=HERE) == {0}


KEPT = {
    "a result that is read": observation("s1"),
    "a result under two codes": sodium(code={"coding": [*_SODIUM["coding"], {"system": "urn:own", "code": "NA"}]}),  # type: ignore[misc]
    "a result in words": sodium(valueQuantity=None, valueString="normal"),
    "a panel that holds others": sodium(contained=[observation("o2")]),
    "a result without an id": sodium(id=None),
    "a result whose code is no concept": sodium(code="sodium"),
    "another kind of resource": sodium(resourceType="Condition"),
}


@pytest.mark.parametrize("what", KEPT)
def test_all_else_is_kept(what: str) -> None:
    assert aside((None, KEPT[what]), server=HERE) == set()


def test_of_two_results_of_one_id_none_is_left_aside() -> None:
    twice = (None, sodium()), (None, observation("s1")), (None, sodium("s2"))
    assert aside(*twice, server=HERE) == {2}


@pytest.mark.parametrize(("newer", "used"), [("read", 1), ("not read", 0)])
def test_of_two_versions_the_newer_one_counts_also_where_nothing_is_read_of_it(newer: str, used: int) -> None:
    days = {"2025-01-01T00:00:00Z": newer != "read", "2025-02-01T00:00:00Z": newer == "read"}
    versions = [
        observation("o1", meta={"lastUpdated": day}, **({} if is_read else {"code": _SODIUM}))
        for day, is_read in days.items()
    ]
    assert len(record(*(at(HERE, each) for each in versions)).sources) == used


def test_what_does_not_say_where_it_comes_from_is_kept_until_the_call_says_it() -> None:
    assert aside((None, sodium())) == set()
    assert aside(at("urn:uuid", sodium())) == set()


@pytest.mark.parametrize("bases", [{HERE}, {HERE, THERE}])
def test_the_servers_of_what_is_left_aside_are_heard(bases: set[str]) -> None:
    found = [at(base, sodium(f"s{number}")) for number, base in enumerate(sorted(bases))]
    assert left_aside(found, Unmapped(MAPPINGS, are_listed=False), None).bases == bases
    subject = {"reference": f"{HERE}/Patient/p1"}
    owned = record((None, patient()), *found, (None, observation("o1", subject=subject)))
    assert len(owned.sources) == (1 if bases == {HERE} else 0)


def test_a_result_that_is_left_aside_changes_nothing_in_the_record() -> None:
    chart = at(HERE, patient()), at(HERE, observation("o1")), at(HERE, sodium("s0", valueQuantity=None))
    more = [at(HERE, sodium(f"s{n}", valueQuantity={"value": Decimal(n), "unit": "mmol/L"})) for n in range(1, 5)]
    assert record(*more[:2], *chart, *more[2:]) == record(*chart)
