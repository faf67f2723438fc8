"""Reference ranges by age and sex: those of somebody else are left out, and what cannot be decided stays."""

from typing import Any

import pytest

from tests.unit.fhir.bundles import bundle, observation, records

MALE = {"coding": [{"system": "http://snomed.info/sct", "code": "248153007"}]}
MEN, WOMEN = {"high": {"value": 50}, "appliesTo": [MALE]}, {"high": {"value": 40}, "appliesTo": [{"text": "Women"}]}
CHILD = {"high": {"value": 9}, "age": {"high": {"value": 17, "unit": "a"}}}
ADULT = {"high": {"value": 30}, "age": {"low": {"value": 18, "unit": "years"}}}
ANY = {"high": {"value": 60}}


def kept(*ranges: dict[str, Any], **patient: str) -> list[int]:
    person = {"resourceType": "Patient", "id": "p1", **patient}
    (made,) = records(bundle(observation(referenceRange=list(ranges)), person))
    (source,) = made.sources
    return [each["high"]["value"] for each in source.resource["referenceRange"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("ranges", "patient", "expected"),
    [
        ((MEN, WOMEN), {"gender": "male"}, [50]),
        ((MEN, WOMEN), {"gender": "female"}, [40]),
        ((MEN, WOMEN), {"gender": "other"}, [50, 40]),
        ((MEN, WOMEN), {}, [50, 40]),
        ((CHILD, ADULT), {"birthDate": "1970-01-01"}, [30]),
        ((CHILD, ADULT), {"birthDate": "2015-06"}, [9]),
        ((CHILD, ADULT), {}, [9, 30]),
        ((MEN, WOMEN, ANY), {"gender": "male"}, [50, 60]),
        ((WOMEN,), {"gender": "male"}, []),
    ],
)
def test_the_ranges_that_may_be_of_this_patient_are_kept(
    ranges: tuple[dict[str, Any], ...], patient: dict[str, str], expected: list[int]
) -> None:
    assert kept(*ranges, **patient) == expected
