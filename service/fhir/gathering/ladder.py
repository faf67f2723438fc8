"""The steps from what was prefetched to what is known, for each key on its own.

1. a resource or a Bundle is there: it is used; a Bundle with a next page is fetched to its end
2. ``null``: known to be empty
3. an OperationOutcome of an error: the query failed, and it is not made again; a lower one says that the query ran, and
   perhaps that it left something out
4. absent, or the answer to some other question: fetched from the FHIR server
5. still unavailable and required: MissingData, unless a part of it came
6. still unavailable and optional: answered, and listed as not seen; what came of it counts all the same, since a part
   of a list can speak against something, and only its whole can show that nothing does
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from service.domain.facts import PARTIAL, UNSEEN
from service.errors import BadRequest, MissingData, PayloadTooLarge
from service.fhir.gathering.access import Access, Answer, Part, Wanted
from service.fhir.gathering.fetcher import FhirFetcher
from service.fhir.gathering.pages import OF_PATIENT, FoundResource, Unusable, asked_type, held_in, page_of

_LOOKED_UP = ("Medication", "Substance")


@dataclass(frozen=True, slots=True)
class Gathered:
    """Every resource with its fullUrl, and the keys that did not come, or not to their end.

    ``unseen``: key to reason, ``partial`` where some of it came or the EHR says that it left something out.
    ``whole``: the types of which all came; a query with a filter proves presence only.
    """

    resources: list[FoundResource]
    unseen: Mapping[str, str]
    whole: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Templates:
    """Prefetch key to FHIR query: what a service must have, and what it can do without."""

    required: Mapping[str, str]
    optional: Mapping[str, str]

    @cached_property
    def all(self) -> Mapping[str, str]:
        """Both together."""
        return {**self.required, **self.optional}

    @cached_property
    def of_all(self) -> Mapping[str, str]:
        """Prefetch key to type, where all of that type is asked for."""
        return {key: asked_type(query) for key, query in self.all.items() if query.endswith(OF_PATIENT)}


def gather(
    prefetch: Mapping[str, object], templates: Templates, access: Access, fetcher: FhirFetcher, max_entries: int
) -> Gathered:
    """What is known of the patient; MissingData names each required key that could not be had, and why."""
    _check_patient(prefetch.get("patient"), access.patient_id)
    steps = {key: _first_step(key, prefetch, template) for key, template in templates.all.items()}
    room = max_entries - sum(len(_came(step)) for step in steps.values())
    if room < 0:
        raise PayloadTooLarge(f"The prefetch holds more than {max_entries} resources")
    answers = _with_fetched(steps, access, fetcher, room)
    lacking = {key: answer for key, answer in answers.items() if not isinstance(answer, list)}
    missing = [key for key in templates.required if isinstance(lacking.get(key), Unusable)]
    if missing:
        told = ", ".join(f"{key} ({lacking[key]})" for key in missing)
        raise MissingData(f"Required data are not available: {told}")
    resources = [found for answer in answers.values() for found in usable(answer)]
    others = [value for key, value in prefetch.items() if value and not isinstance(steps.get(key), list)]
    resources += _looked_up(others, resources)
    unseen = {key: unseen_for(answer) for key, answer in lacking.items()}
    return Gathered(resources, unseen, frozenset(kind for key, kind in templates.of_all.items() if key not in lacking))


def _came(step: Answer | Wanted) -> Sequence[FoundResource]:
    return () if isinstance(step, Wanted) else usable(step)


def _first_step(key: str, prefetch: Mapping[str, object], template: str) -> Answer | Wanted:
    if key not in prefetch:
        return Wanted(template, "not sent")
    value = prefetch[key]
    if value is None:
        return [] if "?" in template else Unusable(f"there is no such {asked_type(template)}")
    try:
        page = page_of(value, template)
    except Unusable as problem:
        return problem if problem.was_asked else _again(template, problem)
    if page.next_link is not None:
        return Wanted(template, "incomplete, the Bundle has a next page", page, has_begun=True)
    if page.may_ask_again:
        return Wanted(template, page.left_out, part=page.resources, has_begun=True)
    return Part(page.resources, page.left_out) if page.left_out else page.resources


def _again(template: str, problem: Unusable) -> Wanted:
    return Wanted(template, str(problem), part=problem.part, has_begun=problem.has_begun)


def _with_fetched(
    steps: Mapping[str, Answer | Wanted], access: Access, fetcher: FhirFetcher, room: int
) -> dict[str, Answer]:
    wanted = {key: step for key, step in steps.items() if isinstance(step, Wanted)}
    fetched = fetcher.fetch(access, wanted, room) if wanted else {}
    return {key: _with_reason(step, fetched[key]) if isinstance(step, Wanted) else step for key, step in steps.items()}


def _with_reason(wanted: Wanted, answer: Answer) -> Answer:
    if not isinstance(answer, Unusable):
        return answer
    before = wanted.first.resources if wanted.first else wanted.part
    why, came = f"{wanted.why}; {answer}", (*before, *answer.part)
    # What the EHR sent counts, whatever becomes of the rest; an empty first page is a part too.
    has_begun = wanted.has_begun or ("?" in wanted.template and answer.has_begun)
    return Part(came, why) if has_begun else Unusable(why, part=came)


def _looked_up(others: Sequence[object], taken: Sequence[FoundResource]) -> list[FoundResource]:
    """What other resources point to, under whatever key it came: its key need not be one that is asked for.

    ``others``: the values that were not taken whole.
    """
    held = [found for value in others for found in held_in(value, _LOOKED_UP)]
    known = {id(resource) for _, resource in taken} if held else ()
    return [found for found in held if id(found[1]) not in known]


def unseen_for(answer: Part | Unusable) -> str:
    """The reason of a key that did not come, or not to its end."""
    return PARTIAL if isinstance(answer, Part) or answer.part else UNSEEN


def usable(answer: Answer) -> Sequence[FoundResource]:
    """What came of an answer."""
    if isinstance(answer, list):
        return answer
    return answer.part if isinstance(answer, Unusable) else answer.resources


def _check_patient(patient: object, patient_id: str) -> None:
    if isinstance(patient, dict) and patient.get("resourceType") == "Patient" and patient.get("id") != patient_id:
        raise BadRequest("The prefetched Patient is not the one of context.patientId")
