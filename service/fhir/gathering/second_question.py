"""The second question: what was prefetched by code or not at all, without a filter by code, where it matters.

What is prefetched stays narrow: infusions by code, and no reports. An infusion under the code of a product, or as a
procedure, is not among that, nor is a study that stands in a report as text. It is asked once, all
types at once, in what is left of the deadline; what does not come is not seen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from service.errors import Busy
from service.fhir.gathering.access import Access, Answer, Wanted
from service.fhir.gathering.fetcher import FhirFetcher
from service.fhir.gathering.ladder import Gathered, Templates, unseen_for, usable
from service.fhir.gathering.pages import OF_PATIENT, FoundResource, Unusable
from service.fhir.intake.wholeness import DRUG_HISTORY, REPORTS

_KEYS = dict(
    zip(
        (*DRUG_HISTORY, *REPORTS),
        ("administrations", "medications", "statements", "procedures", *REPORTS.values()),
        strict=True,
    )
)


def questions(gathered: Gathered, templates: Templates, kinds: Iterable[str] = tuple(_KEYS)) -> dict[str, Wanted]:
    """Key to query: the types that did not come whole, and that were not asked in these very words."""
    asked = {*templates.all.values()}
    lacking = {_KEYS[kind]: f"{kind}{OF_PATIENT}" for kind in kinds if kind not in gathered.whole}
    return {key: Wanted(query, "asked again without codes") for key, query in lacking.items() if query not in asked}


def ask_again(
    gathered: Gathered, wanted: Mapping[str, Wanted], access: Access, fetcher: FhirFetcher, room: int
) -> Gathered:
    """What was gathered with what the second question brought; nothing that it lacks is an error."""
    try:
        answers = fetcher.fetch(access, wanted, max(room, 0), is_extra=True)
    except Busy:
        answers = dict.fromkeys(wanted, Unusable("too many calls wait for this FHIR server"))
    unseen = {key: unseen_for(each) for key, each in answers.items() if not isinstance(each, list)}
    came = {kind for kind, key in _KEYS.items() if isinstance(answers.get(key), list)}
    return replace(
        gathered,
        resources=[*gathered.resources, *_new(gathered, answers)],
        unseen={**gathered.unseen, **unseen},
        whole=gathered.whole | came,
    )


def _new(gathered: Gathered, answers: Mapping[str, Answer]) -> list[FoundResource]:
    """Without what came before under a code: it is the same resource, not a second one."""
    known = {_name(found) for found in gathered.resources}
    return [found for answer in answers.values() for found in usable(answer) if _name(found) not in known]


def _name(found: FoundResource) -> tuple[object, object]:
    full_url, resource = found
    return resource.get("resourceType"), resource.get("id") or full_url or id(resource)
