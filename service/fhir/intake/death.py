"""Whether the chart says that the patient has died."""

from datetime import datetime

from service.domain.facts import Fact
from service.domain.moments import moment_of
from service.fhir.intake.records import PatientRecord


def death_fact(record: PatientRecord, as_of: datetime) -> Fact:
    """``recorded`` with its day where one is stated; a death that lies ahead, or a word that is no boolean, is none."""
    patient = record.patient_resource or {}
    moment = moment_of(patient.get("deceasedDateTime"))
    evidence = (f"Patient/{patient['id']}",) if isinstance(patient.get("id"), str) else ()
    if moment is not None and moment.earliest <= as_of:
        return Fact("recorded", evidence, f"died {moment.day}" if moment.day else "died")
    return Fact("recorded", evidence, "died") if patient.get("deceasedBoolean") is True else Fact("not_recorded")
