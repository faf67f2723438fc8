"""Answers to a form: a QuestionnaireResponse taken as the Observations that its answers make."""

from dataclasses import dataclass, replace
from datetime import datetime

from service.domain.facts import Excluded
from service.fhir.forms.form import Form
from service.fhir.forms.responses import is_response_to, observations_of
from service.fhir.intake.entries import Entry
from service.fhir.intake.statuses import status_problem
from service.fhir.intake.timing import moment_of_resource
from service.fhir.intake.usability import modifier_problem

FORM_ANSWERS = "QuestionnaireResponse"


@dataclass(frozen=True, slots=True)
class Answered:
    """The Observations of one response, as entries of their own, and rows for answers that could not be read."""

    entries: list[Entry]
    rows: list[Excluded]


def answered(entry: Entry, form: Form, as_of: datetime) -> Answered | Excluded:
    """What a QuestionnaireResponse answers; the row that says why where it is none that counts here."""
    if not is_response_to(form, entry.resource):
        return Excluded(entry.reference, "unmapped", f"{FORM_ANSWERS}: of the forms only {form.url} is read")
    problem = modifier_problem(entry) or _problem(entry, as_of)
    if problem is not None:
        return replace(problem, relevant=True)
    made = observations_of(form, entry.resource, entry.reference)
    if not made.observations and not made.rows:
        return Excluded(entry.reference, "value", f"{FORM_ANSWERS}: it answers none of the form's questions")
    own = replace(entry, kind="Observation", full_url="", sent=None, repeated=None)
    entries = [
        replace(own, reference=f"{entry.reference}#{answer}", resource=resource)
        for answer, resource in made.observations.items()
    ]
    return Answered(entries, made.rows)


def _problem(entry: Entry, as_of: datetime) -> Excluded | None:
    status = status_problem(entry.kind, entry.resource)
    if status is not None:
        return Excluded(entry.reference, "status", f"{entry.kind}.{status}")
    moment = moment_of_resource(entry.kind, entry.resource, as_of)
    if isinstance(moment, str):
        return Excluded(entry.reference, "invalid", moment)
    if moment.is_surely_after(as_of):
        return Excluded(entry.reference, "future", f"{entry.kind}: dated after the moment of evaluation")
    return None
