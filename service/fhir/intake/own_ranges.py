"""Reference ranges by age and sex: of several, those that are meant for somebody else are left out."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

from service.domain.moments import Moment, moment_of
from service.fhir.intake.records import PatientRecord, SourceResource
from service.fhir.values.answers import codings_of, keys_of, objects_in, plain, text_of
from service.fhir.values.units import UnitProblem, convert

_YEAR = Fraction("365.25")
_UNITS: Mapping[str, str] = {"yr": "a", "yrs": "a", "year": "a", "years": "a", "y": "a"}


def leave_own_ranges(records: Iterable[PatientRecord], sexes: Mapping[str, str]) -> None:
    """Leave to each result of a record the reference ranges that may be of its patient; ``sexes``: as below."""
    for record in records:
        person = record.patient_resource or {}
        record.sources = [_for_patient(source, person, sexes) for source in record.sources]


def _for_patient(source: SourceResource, patient: Mapping[str, object], sexes: Mapping[str, str]) -> SourceResource:
    """The result with those of its reference ranges that are, or may be, of this patient.

    ``sexes``: ``system|code`` or a word -> ``male`` or ``female``. What cannot be decided is kept: two ranges that
    judge a result differently then leave it open.
    """
    if "referenceRange" not in source.resource:
        return source
    ranges = objects_in(source.resource["referenceRange"])
    if len(ranges) < 2 and not any("appliesTo" in each or "age" in each for each in ranges):  # noqa: PLR2004
        return source
    kept = [each for each in ranges if _may_be_of(each, patient, source.moment, sexes)]
    return source if kept == ranges else replace(source, resource={**source.resource, "referenceRange": kept})


def _may_be_of(
    limits: Mapping[str, object], patient: Mapping[str, object], moment: Moment, sexes: Mapping[str, str]
) -> bool:
    applies = limits.get("appliesTo")
    concepts = objects_in([applies] if isinstance(applies, Mapping) else applies)
    meant = {sex for concept in concepts for sex in _sexes_of(concept, sexes)}
    gender = patient.get("gender")
    if meant and gender in ("male", "female") and gender not in meant:
        return False
    return _may_be_of_age(limits.get("age"), patient.get("birthDate"), moment)


def _sexes_of(concept: Mapping[str, object], sexes: Mapping[str, str]) -> set[str]:
    words = [text_of(concept), *(plain(coding.get("display")) for coding in codings_of(concept))]
    return {sexes[key] for key in (*keys_of(concept), *words) if key in sexes}


def _may_be_of_age(ages: object, birth_date: object, moment: Moment) -> bool:
    birth = moment_of(birth_date)
    if not isinstance(ages, Mapping) or birth is None or moment.day is None:
        return True
    youngest, oldest = (Fraction((moment.latest - each).days) / _YEAR for each in (birth.latest, birth.earliest))
    low, high = _years(ages.get("low")), _years(ages.get("high"))
    return (low is None or oldest >= low) and (high is None or youngest < high + 1)


def _years(quantity: object) -> Fraction | None:
    try:
        return convert(quantity, "a", _UNITS)
    except UnitProblem:
        return None
