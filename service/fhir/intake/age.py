"""The age of a patient in years, exactly or as a range, or why the date of birth says none."""

from datetime import datetime

from service.domain.facts import Fact, Range
from service.domain.moments import moment_of
from service.fhir.intake.bundle import PatientRecord
from service.fhir.intake.unusable import refused, told_as
from service.fhir.values.answers import joined


def age_facts(record: PatientRecord, as_of: datetime) -> dict[str, Fact]:
    """``age_years``, or ``unusable_birth_date`` where one is there that cannot be used."""
    patient = record.patient_resource
    if patient is None or patient.get("birthDate") is None:
        unread = refused(record, ("patient",))
        return {"unusable_birth_date": told_as("on_record", unread)} if unread else {}
    birth = moment_of(patient["birthDate"])
    evidence = (f"Patient/{patient['id']}",) if isinstance(patient.get("id"), str) else ()
    if birth is None or birth.earliest > as_of:
        why = "Patient.birthDate is no date that can be read" if birth is None else "Patient.birthDate lies ahead"
        return {"unusable_birth_date": Fact("on_record", evidence, f"{joined(evidence) or 'Patient'} ({why})")}
    youngest, oldest = (_years(instant, as_of) for instant in (birth.latest, birth.earliest))
    if birth.day is not None:
        today = as_of.date()
        exact_age = today.year - birth.day.year - ((today.month, today.day) < (birth.day.month, birth.day.day))
        youngest = oldest = exact_age
    return {"age_years": Fact(Range.between(max(youngest, 0), max(oldest, 0)), evidence)}


def _years(birth: datetime, as_of: datetime) -> int:
    return as_of.year - birth.year - ((as_of.month, as_of.day) < (birth.month, birth.day))
